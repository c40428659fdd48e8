from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Row, enum_type
from engage.people.factor_rules import Device
from engage.people.models import Person as Person


class PastKind(StrEnum):
    IN = "in"
    WRONG = "wrong"


class PastSignIn(Row):
    """That somebody signed in, or tried with something wrong; for 30 days.

    `person_id` is None where the name that was tried is nobody's: that try is written
    down all the same, so that it takes as long.
    """

    __tablename__ = "past_sign_in"

    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), index=True
    )
    kind: Mapped[PastKind] = mapped_column(enum_type(PastKind))
    device: Mapped[Device] = mapped_column(enum_type(Device))
    at: Mapped[datetime] = mapped_column(index=True)

    ABOUT_A_PERSON = frozenset({"person_id", "kind", "device", "at"})
