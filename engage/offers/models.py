from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core.db import Base, Row, enum_type
from engage.engagements.models import Engagement
from engage.offers.rules import OfferStatus
from engage.offers.terms_rules import ChangeKind
from engage.opportunities.models import Opportunity
from engage.panels.models import Seat
from engage.people.models import Alias, Person


class NamedAsk(Row):
    """One organization asking one alias; the row is all an ask writes.

    Whether it is delivered is the worker's to decide; the row itself never says.
    """

    __tablename__ = "named_ask"
    __table_args__ = (sa.UniqueConstraint("opportunity_id", "alias_id"),)

    opportunity_id: Mapped[int] = mapped_column(sa.ForeignKey("opportunity.id"))
    alias_id: Mapped[int] = mapped_column(sa.ForeignKey("alias.id"))
    reply_by: Mapped[datetime]
    asked_at: Mapped[datetime]

    opportunity: Mapped[Opportunity] = relationship(lazy="raise")
    alias: Mapped[Alias] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset({"alias_id"})


class AskWave(Base):
    """When an opportunity is put to the next people; fixed times, never sooner."""

    __tablename__ = "ask_wave"

    opportunity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("opportunity.id"), primary_key=True
    )
    next_at: Mapped[datetime]

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class Offer(Row):
    """An opportunity put to one consultant.

    `closed` is one end for every cause and leaves no time, reason or counter behind;
    a conditional yes holds a seat and minutes until `reply_by`, and `is_raised` keeps
    that its person lifted their own limit for it. `version` is the post's as the person
    was asked, or said yes on condition. `is_reminded` is set for every offer of a
    moment alike, whatever was answered.
    """

    __tablename__ = "offer"
    __table_args__ = (
        sa.UniqueConstraint("opportunity_id", "person_id"),
        sa.CheckConstraint(
            "(status = 'accepted') = (engagement_id IS NOT NULL)", "accepted"
        ),
        sa.CheckConstraint(
            "status = 'conditional' OR seat_id IS NULL", "conditional_seat"
        ),
        sa.Index("ix_offer_person_id_status", "person_id", "status"),
        sa.Index(
            "uq_offer_seat",
            "seat_id",
            unique=True,
            postgresql_where=sa.text("seat_id IS NOT NULL"),
            sqlite_where=sa.text("seat_id IS NOT NULL"),
        ),
    )

    opportunity_id: Mapped[int] = mapped_column(sa.ForeignKey("opportunity.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    status: Mapped[OfferStatus] = mapped_column(
        enum_type(OfferStatus), default=OfferStatus.WAITING
    )
    reply_by: Mapped[datetime]
    seat_id: Mapped[int | None] = mapped_column(sa.ForeignKey("seat.id"))
    is_counted: Mapped[bool] = mapped_column(default=False)
    is_raised: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int | None]
    is_reminded: Mapped[bool] = mapped_column(default=False)
    engagement_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("engagement.id"), unique=True
    )

    opportunity: Mapped[Opportunity] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    seat: Mapped[Seat | None] = relationship(lazy="raise")
    engagement: Mapped[Engagement | None] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset(
        {
            "person_id",
            "status",
            "seat_id",
            "is_counted",
            "is_raised",
            "engagement_id",
        }
    )


class TermsChange(Row):
    """New terms put to somebody who agreed: other dates or lines, or more time.

    The row is all that asking writes; `is_delivered` is the worker's to decide. It is
    open for its organization until `is_done`, which for anything but a yes is at
    `reply_by`. `old_starts_at` is the session that was moved away, paid all the same
    where `is_paid`; `minutes` is the size of the ask, `cents` what is set aside.
    """

    __tablename__ = "terms_change"
    __table_args__ = (
        sa.Index(
            "uq_terms_change_open",
            "engagement_id",
            unique=True,
            postgresql_where=sa.text("NOT is_done"),
            sqlite_where=sa.text("NOT is_done"),
        ),
        sa.Index("ix_terms_change_person_id_status", "person_id", "status"),
        sa.Index("ix_terms_change_is_done_reply_by", "is_done", "reply_by"),
    )

    engagement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("engagement.id"), index=True
    )
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[ChangeKind] = mapped_column(enum_type(ChangeKind))
    status: Mapped[OfferStatus] = mapped_column(
        enum_type(OfferStatus), default=OfferStatus.WAITING
    )
    terms: Mapped[dict[str, Any]]
    reply_by: Mapped[datetime]
    asked_at: Mapped[datetime]
    next_at: Mapped[datetime]
    is_delivered: Mapped[bool] = mapped_column(default=False)
    is_reminded: Mapped[bool] = mapped_column(default=False)
    is_done: Mapped[bool] = mapped_column(default=False)
    old_starts_at: Mapped[datetime | None]
    is_paid: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[int] = mapped_column(default=0)
    cents: Mapped[int] = mapped_column(default=0)

    engagement: Mapped[Engagement] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset({"person_id", "status", "terms", "is_delivered"})

    @property
    def source(self) -> str:
        """Under which name a funding line holds its money."""
        return f"change:{self.uid}"
