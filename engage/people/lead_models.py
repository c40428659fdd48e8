from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Row
from engage.people.models import Person as Person


class Lead(Row):
    """Who of an organization's coordinators looks after one panel or post.

    `thing` is "panel:uid" or "opportunity:uid", so that neither table speaks of a
    person. A stand-in has it from one day through another, while the lead is away.
    """

    __tablename__ = "lead"
    __table_args__ = (
        sa.CheckConstraint(
            "(stand_in_id IS NULL) = (stands_from IS NULL)"
            " AND (stand_in_id IS NULL) = (stands_until IS NULL)",
            "stand_in",
        ),
        sa.CheckConstraint("stands_from <= stands_until", "stands"),
        sa.Index("ix_lead_person_id", "person_id"),
    )

    thing: Mapped[str] = mapped_column(sa.String(60), unique=True)
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organization.id"), index=True
    )
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    stand_in_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    stands_from: Mapped[date | None]
    stands_until: Mapped[date | None]

    ABOUT_A_PERSON = frozenset(
        {"person_id", "stand_in_id", "stands_from", "stands_until"}
    )

    def holder(self, today: date) -> int:
        """The id of whoever has it on that day."""
        if (
            self.stand_in_id is not None
            and self.stands_from is not None
            and self.stands_until is not None
            and self.stands_from <= today <= self.stands_until
        ):
            return self.stand_in_id
        return self.person_id
