from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Row


class Closure(Row):
    """An account that its person closed; gone once the account is erased.

    `subject` names the key that goes last, when the account has no name any more.
    """

    __tablename__ = "closure"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    subject: Mapped[str] = mapped_column(sa.String(60))
    closed_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]

    ABOUT_A_PERSON = frozenset({"person_id", "subject", "closed_at", "erased_at"})
