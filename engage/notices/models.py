from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Row, enum_type
from engage.notices.rules import MailState


class Notice(Row):
    """Something a person is told inside Engage, and perhaps by a neutral mail.

    `kind` names the sentence, `values` fill it (uids, dates, minutes; never text
    about a person); a notice the person has put away is deleted.
    """

    __tablename__ = "notice"
    __table_args__ = (
        sa.Index("ix_notice_person_id_created_at", "person_id", "created_at"),
        sa.Index(
            "ix_notice_waiting",
            "next_try_at",
            postgresql_where=sa.text("mail IN ('waiting', 'sending')"),
            sqlite_where=sa.text("mail IN ('waiting', 'sending')"),
        ),
    )

    person_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(40))
    values: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    mail: Mapped[MailState] = mapped_column(
        enum_type(MailState), default=MailState.WAITING
    )
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]

    ABOUT_A_PERSON = frozenset({"person_id", "kind", "values"})
