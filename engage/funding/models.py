from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core.db import Base, Row, enum_type
from engage.funding.cost_rules import EVERY_KIND
from engage.funding.rules import CostCategory, LineStatus, Stage
from engage.organizations.models import Organization


class FundingLine(Row):
    """Award money of one payer with its period, floor and caps (2 CFR 200.459)."""

    __tablename__ = "funding_line"
    __table_args__ = (
        sa.CheckConstraint("balance_cents >= 0", "balance_cents"),
        sa.CheckConstraint("ends_on >= starts_on", "period"),
        sa.CheckConstraint(
            "(final_report_on IS NULL) = (final_report_noted_on IS NULL)"
            " AND (records_gone_on IS NULL OR final_report_on IS NOT NULL)",
            "final_report",
        ),
        sa.UniqueConstraint("payer_id", "name"),
    )

    payer_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    award_reference: Mapped[str] = mapped_column(sa.String(60))
    status: Mapped[LineStatus] = mapped_column(
        enum_type(LineStatus), default=LineStatus.OPEN
    )
    cost_category: Mapped[CostCategory] = mapped_column(enum_type(CostCategory))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    balance_cents: Mapped[int] = mapped_column(sa.BigInteger)
    floor_hourly_cents: Mapped[int | None]
    cap_hourly_cents: Mapped[int | None]
    cap_daily_cents: Mapped[int | None]
    counts_preparation: Mapped[bool] = mapped_column(default=True)
    counts_travel: Mapped[bool] = mapped_column(default=True)
    prior_approval_reference: Mapped[str] = mapped_column(sa.String(60), default="")
    # Why this money is a fee or a stipend, as the payer wrote it down, and when.
    category_policy: Mapped[str] = mapped_column(sa.String(600), default="")
    category_policy_on: Mapped[date | None]
    # Which costs beside pay it bears: names of CostKind.
    allowed_costs: Mapped[list[Any]] = mapped_column(
        default=lambda: [str(kind) for kind in EVERY_KIND]
    )

    # Its records are kept for years from that day; when it was typed, when they went.
    final_report_on: Mapped[date | None]
    final_report_noted_on: Mapped[date | None]
    records_gone_on: Mapped[date | None]

    payer: Mapped[Organization] = relationship(lazy="raise")

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class LineUse(Base):
    """An organization that may post work on a payer's line."""

    __tablename__ = "line_use"

    line_id: Mapped[int] = mapped_column(
        sa.ForeignKey("funding_line.id"), primary_key=True
    )
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organization.id"), primary_key=True
    )

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class Reservation(Row):
    """Money of one source at one stage; what is left is the balance minus all rows."""

    __tablename__ = "reservation"
    __table_args__ = (
        sa.CheckConstraint("cents >= 0", "cents"),
        sa.UniqueConstraint("source", "stage"),
        sa.Index("ix_reservation_line_id_stage", "line_id", "stage"),
    )

    line_id: Mapped[int] = mapped_column(sa.ForeignKey("funding_line.id"))
    source: Mapped[str] = mapped_column(sa.String(60))
    stage: Mapped[Stage] = mapped_column(enum_type(Stage))
    cents: Mapped[int] = mapped_column(sa.BigInteger)

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
