from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Row, enum_type
from engage.people.models import Person as Person
from engage.people.recovery_rules import RecoveryStatus, RecoveryWay


class Recovery(Row):
    """One try to open an account anew, with its wait; codes are kept as hashes.

    In person two members of staff each hand over half of the code: `first_hash` and
    `second_hash`. A helper's try has its whole code in `first_hash`.
    """

    __tablename__ = "recovery"
    __table_args__ = (
        sa.CheckConstraint("(way = 'helper') = (started_by_id IS NULL)", "started_by"),
        sa.CheckConstraint(
            "vouched_by_id IS NULL OR vouched_by_id <> started_by_id", "two_people"
        ),
        sa.CheckConstraint(
            "status NOT IN ('waiting', 'done') OR ready_at IS NOT NULL", "ready_at"
        ),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    way: Mapped[RecoveryWay] = mapped_column(enum_type(RecoveryWay))
    status: Mapped[RecoveryStatus] = mapped_column(enum_type(RecoveryStatus))
    first_hash: Mapped[str] = mapped_column(sa.String(64))
    second_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    started_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    started_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    vouched_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    ABOUT_A_PERSON = frozenset(
        {"person_id", "way", "status", "first_hash", "second_hash", "started_at",
         "ready_at", "started_by_id", "vouched_by_id"}
    )  # fmt: skip
