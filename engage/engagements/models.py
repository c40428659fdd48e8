from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core.db import Row, enum_type
from engage.engagements.rules import EngagementStatus
from engage.funding.models import FundingLine
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.models import Seat
from engage.people.models import Person


class Engagement(Row):
    """What one consultant and one organization agreed; terms frozen and hashed.

    `terms` is the card as accepted: every line, the sessions (UTC, minutes), the pay,
    the promise. A changed term is another engagement version with its own yes.
    `shown_from` is when the organization learns who it is: the reply-by of a yes from
    the pool, None for at once. Who left before it stays unnamed for good.
    """

    __tablename__ = "engagement"
    __table_args__ = (
        sa.UniqueConstraint("opportunity_id", "person_id"),
        sa.CheckConstraint(
            "(status IN ('finished', 'left', 'cancelled')) = (ended_on IS NOT NULL)",
            "ended",
        ),
        sa.Index("ix_engagement_person_id_status", "person_id", "status"),
        sa.Index("ix_engagement_organization_id_status", "organization_id", "status"),
    )

    opportunity_id: Mapped[int] = mapped_column(sa.ForeignKey("opportunity.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    seat_id: Mapped[int | None] = mapped_column(sa.ForeignKey("seat.id"))
    funding_line_id: Mapped[int] = mapped_column(sa.ForeignKey("funding_line.id"))
    status: Mapped[EngagementStatus] = mapped_column(
        enum_type(EngagementStatus), default=EngagementStatus.AGREED
    )
    agreed_at: Mapped[datetime]
    terms: Mapped[dict[str, Any]]
    terms_hash: Mapped[str] = mapped_column(sa.String(64))
    ended_on: Mapped[date | None]
    shown_from: Mapped[datetime | None]

    opportunity: Mapped[Opportunity] = relationship(lazy="raise")
    organization: Mapped[Organization] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    seat: Mapped[Seat | None] = relationship(lazy="raise")
    line: Mapped[FundingLine] = relationship(lazy="raise")
    sessions: Mapped[list["EngagementSession"]] = relationship(
        back_populates="engagement",
        order_by="EngagementSession.starts_at",
        cascade="all, delete-orphan",
        lazy="raise",
    )

    ABOUT_A_PERSON = frozenset({"person_id", "seat_id", "status", "ended_on", "terms"})

    def is_shown(self, now: datetime) -> bool:
        """May the organization know by now who it is?"""
        return self.shown_from is None or self.shown_from <= now


class EngagementSession(Row):
    """One agreed session of one engagement, as it stands in the frozen terms."""

    __tablename__ = "engagement_session"
    __table_args__ = (
        sa.CheckConstraint("minutes > 0", "minutes"),
        sa.UniqueConstraint("engagement_id", "starts_at"),
    )

    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]

    engagement: Mapped[Engagement] = relationship(
        back_populates="sessions", lazy="raise"
    )

    ABOUT_A_PERSON = frozenset({"starts_at"})
