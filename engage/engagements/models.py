from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core import crypto
from engage.core.db import Row, enum_type
from engage.engagements.promise_rules import Promise
from engage.engagements.rules import EngagementStatus, Side
from engage.funding.models import FundingLine
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.models import Seat
from engage.people.models import Person


class Engagement(Row):
    """What one consultant and one organization agreed; terms frozen and hashed.

    `terms` is the card as accepted: every line, the sessions (UTC, minutes), the pay,
    the promise. Changed terms are another version with its own yes: these are the last.
    `shown_from` is when the organization learns who it is: the reply-by of a yes from
    the pool, None for at once. Who left before it stays unnamed for good.
    `takes_messages` is the consultant's own wish, None where they made none.
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
    takes_messages: Mapped[bool | None]

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

    ABOUT_A_PERSON = frozenset(
        {"person_id", "seat_id", "status", "ended_on", "terms", "takes_messages"}
    )

    def is_shown(self, now: datetime) -> bool:
        """May the organization know by now who it is?"""
        return self.shown_from is None or self.shown_from <= now


class TermsVersion(Row):
    """Terms as they were agreed at one yes; the first is the engagement's."""

    __tablename__ = "terms_version"
    __table_args__ = (
        sa.CheckConstraint("version >= 1", "version"),
        sa.UniqueConstraint("engagement_id", "version"),
    )

    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"))
    version: Mapped[int]
    terms: Mapped[dict[str, Any]]
    terms_hash: Mapped[str] = mapped_column(sa.String(64))
    agreed_at: Mapped[datetime]

    ABOUT_A_PERSON = frozenset({"terms"})


class EngagementSession(Row):
    """One agreed session of one engagement, as it stands in the frozen terms.

    One that is not held is paid all the same: it was moved away too late.
    """

    __tablename__ = "engagement_session"
    __table_args__ = (
        sa.CheckConstraint("minutes > 0", "minutes"),
        sa.UniqueConstraint("engagement_id", "starts_at"),
    )

    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    is_held: Mapped[bool] = mapped_column(default=True)

    engagement: Mapped[Engagement] = relationship(
        back_populates="sessions", lazy="raise"
    )

    ABOUT_A_PERSON = frozenset({"starts_at"})


class PromiseAnswer(Row):
    """Whether one promise was kept, as whom it was made to said; no day, no words.

    Its giver reads it. An organization reads counts, from five different people up.
    """

    __tablename__ = "promise_answer"
    __table_args__ = (sa.UniqueConstraint("engagement_id", "line"),)

    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"))
    line: Mapped[Promise] = mapped_column(enum_type(Promise))
    is_kept: Mapped[bool]

    ABOUT_A_PERSON = frozenset({"line", "is_kept"})


class Message(Row):
    """What one side wrote to the other about agreed work, for a short time.

    Sealed under the consultant's key, whoever wrote it: it goes when that key goes.
    Who has read it, and when, is kept nowhere.
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.CheckConstraint("(side = 'organization') = (staff_id IS NOT NULL)", "staff"),
        sa.Index("ix_message_engagement_id", "engagement_id"),
    )

    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"))
    side: Mapped[Side] = mapped_column(enum_type(Side))
    staff_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    text_sealed: Mapped[bytes]
    at: Mapped[datetime]

    engagement: Mapped[Engagement] = relationship(lazy="raise")
    staff: Mapped[Person | None] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset({"side", "staff_id", "text_sealed", "at"})

    def text(self, subject: str) -> str:
        """The words again; `subject` is the consultant's, whoever wrote them."""
        return crypto.open_sealed(
            subject, "message", "text", self.uid, self.text_sealed
        )

    def write(self, subject: str, text: str) -> None:
        self.text_sealed = crypto.seal(subject, "message", "text", self.uid, text)


class CalendarFeed(Row):
    """A person's private calendar address; the table holds only its secret's hash."""

    __tablename__ = "calendar_feed"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    has_reply_days: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset({"person_id", "has_reply_days"})
