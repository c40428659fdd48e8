from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core.db import Row, enum_type
from engage.funding.models import FundingLine
from engage.opportunities.rules import (
    OpportunityKind,
    OpportunityStatus,
    PayKind,
    ProjectStage,
    Story,
    WorkActivity,
)
from engage.organizations.models import Organization
from engage.panels.models import Panel
from engage.panels.rules import SeatRole

CARD_TEXT = sa.String(2000)


class Opportunity(Row):
    """Posted work with its expectations card (product section 5).

    Minutes other than the sessions' own are per session; `reply_by` is when asking
    ends. A draft may be incomplete; posting asks `rules.missing_lines`.
    """

    __tablename__ = "opportunity"
    __table_args__ = (
        sa.CheckConstraint("seats_wanted BETWEEN 1 AND 30", "seats_wanted"),
        sa.CheckConstraint("rate_cents > 0", "rate_cents"),
        sa.CheckConstraint("costs_cents >= 0", "costs_cents"),
        sa.CheckConstraint(
            "status = 'draft' OR (reply_by IS NOT NULL AND posted_at IS NOT NULL"
            " AND rate_cents IS NOT NULL AND funding_line_id IS NOT NULL)"
            " OR status = 'cancelled'",
            "posted_is_whole",
        ),
        sa.Index("ix_opportunity_organization_id_status", "organization_id", "status"),
        sa.Index("ix_opportunity_status_reply_by", "status", "reply_by"),
    )

    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    panel_id: Mapped[int | None] = mapped_column(sa.ForeignKey("panel.id"), index=True)
    funding_line_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("funding_line.id")
    )
    status: Mapped[OpportunityStatus] = mapped_column(
        enum_type(OpportunityStatus), default=OpportunityStatus.DRAFT
    )
    kind: Mapped[OpportunityKind] = mapped_column(enum_type(OpportunityKind))
    activity: Mapped[WorkActivity] = mapped_column(enum_type(WorkActivity))
    stage: Mapped[ProjectStage] = mapped_column(enum_type(ProjectStage))
    title: Mapped[str] = mapped_column(sa.String(120))
    seats_wanted: Mapped[int] = mapped_column(default=2)
    seat_role: Mapped[SeatRole] = mapped_column(
        enum_type(SeatRole), default=SeatRole.MEMBER
    )
    asks_pool: Mapped[bool] = mapped_column(default=True)
    # Words of the wording check that may stay: [field, found, reason].
    kept_words: Mapped[list[Any]] = mapped_column(default=list)
    # Keys of people's TOPICS; none asks everybody.
    topics: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)
    reply_by: Mapped[datetime | None]
    created_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    # The card, in its order.
    what_is_asked: Mapped[str] = mapped_column(CARD_TEXT, default="")
    who_is_in_the_room: Mapped[str] = mapped_column(CARD_TEXT, default="")
    has_law_enforcement: Mapped[bool | None]
    recording: Mapped[str] = mapped_column(CARD_TEXT, default="")
    story: Mapped[Story] = mapped_column(enum_type(Story), default=Story.NONE)
    preparation_minutes: Mapped[int | None]
    travel_minutes: Mapped[int | None]
    debrief_minutes: Mapped[int | None]
    place: Mapped[str] = mapped_column(CARD_TEXT, default="")
    is_in_person: Mapped[bool] = mapped_column(default=False)
    access: Mapped[str] = mapped_column(CARD_TEXT, default="")
    languages: Mapped[str] = mapped_column(sa.String(200), default="")
    interpretation: Mapped[str] = mapped_column(CARD_TEXT, default="")
    pay_kind: Mapped[PayKind] = mapped_column(
        enum_type(PayKind), default=PayKind.HOURLY
    )
    rate_cents: Mapped[int | None]
    expenses: Mapped[str] = mapped_column(CARD_TEXT, default="")
    advances: Mapped[str] = mapped_column(CARD_TEXT, default="")
    # The most that costs beside pay may come to for one person; None is not said yet.
    costs_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    # Why its money is of another category than that of like work elsewhere.
    category_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    if_we_cancel: Mapped[str] = mapped_column(CARD_TEXT, default="")
    support_person: Mapped[str] = mapped_column(CARD_TEXT, default="")
    how_input_is_used: Mapped[str] = mapped_column(CARD_TEXT, default="")
    not_expected: Mapped[str] = mapped_column(CARD_TEXT, default="")

    organization: Mapped[Organization] = relationship(lazy="raise")
    panel: Mapped[Panel | None] = relationship(lazy="raise")
    line: Mapped[FundingLine | None] = relationship(lazy="raise")
    sessions: Mapped[list["WorkSession"]] = relationship(
        back_populates="opportunity",
        order_by="WorkSession.starts_at",
        cascade="all, delete-orphan",
        lazy="raise",
    )
    planned_seats: Mapped[list["PlannedSeat"]] = relationship(
        order_by="PlannedSeat.id", cascade="all, delete-orphan", lazy="raise"
    )

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class WorkSession(Row):
    """One dated session of an opportunity; minutes of the session itself."""

    __tablename__ = "work_session"
    __table_args__ = (sa.CheckConstraint("minutes BETWEEN 15 AND 720", "minutes"),)

    opportunity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("opportunity.id"), index=True
    )
    starts_at: Mapped[datetime]
    minutes: Mapped[int]

    opportunity: Mapped[Opportunity] = relationship(
        back_populates="sessions", lazy="raise"
    )

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class PlannedSeat(Row):
    """A professional seat of a draft; posting puts it on the panel."""

    __tablename__ = "planned_seat"
    __table_args__ = (sa.CheckConstraint("hourly_cents >= 0", "hourly_cents"),)

    opportunity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("opportunity.id"), index=True
    )
    role: Mapped[SeatRole] = mapped_column(enum_type(SeatRole))
    label: Mapped[str] = mapped_column(sa.String(80))
    hourly_cents: Mapped[int | None]
    is_salaried_elsewhere: Mapped[bool] = mapped_column(default=False)

    # A role and an organization, never a name: nobody can be told by it.
    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
