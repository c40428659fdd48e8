from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.consents.models import Sealed
from engage.core.db import enum_type
from engage.people.models import Person
from engage.records.legal_rules import LegalKind, LegalStatus


class LegalRequest(Sealed):
    """Somebody asked by law for what is kept about one consultant.

    `parts` are the kinds of data that are ordered, and all that a cut has. Until
    `told_at` its person sees nothing of it; only a hold can delay that, to its end.
    `held_by_id` is who set the day of the hold: the next one to move it is another.
    """

    __tablename__ = "legal_request"
    __table_args__ = (
        sa.CheckConstraint(
            "second_id IS NULL OR second_id <> recorded_by_id", "second"
        ),
        sa.CheckConstraint(
            "(status = 'given') = (given_at IS NOT NULL)"
            " AND (status IN ('agreed', 'given')) <= (second_id IS NOT NULL)",
            "given",
        ),
        sa.Index("ix_legal_request_person_id", "person_id"),
        sa.Index("ix_legal_request_told_at_hold_until", "told_at", "hold_until"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[LegalKind] = mapped_column(enum_type(LegalKind))
    status: Mapped[LegalStatus] = mapped_column(
        enum_type(LegalStatus), default=LegalStatus.OPEN
    )
    asker_sealed: Mapped[bytes | None]
    asked_sealed: Mapped[bytes | None]
    given_sealed: Mapped[bytes | None]
    parts: Mapped[list[Any]]
    received_on: Mapped[date]
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    second_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    agreed_at: Mapped[datetime | None]
    given_at: Mapped[datetime | None]
    hold_until: Mapped[date | None]
    held_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    told_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="raise")
    recorded_by: Mapped[Person] = relationship(
        foreign_keys=[recorded_by_id], lazy="raise"
    )
    second: Mapped[Person | None] = relationship(foreign_keys=[second_id], lazy="raise")

    ABOUT_A_PERSON = frozenset(
        {"person_id", "recorded_by_id", "second_id", "kind", "status", "parts"}
        | {"asker_sealed", "asked_sealed", "given_sealed", "received_on"}
        | {"recorded_at", "agreed_at", "given_at", "told_at", "hold_until"}
        | {"held_by_id"}
    )

    @property
    def alone_since(self) -> datetime | None:
        """Since when one person alone stands for it; None once a second agreed."""
        return self.recorded_at if self.second_id is None else None
