from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core.db import Row, enum_type
from engage.payouts.reconcile_rules import Difference
from engage.payouts.rules import RailName


class ReconciliationDay(Row):
    """One day and currency at a payment service, as the worker read it: sums alone."""

    __tablename__ = "reconciliation_day"
    __table_args__ = (
        sa.UniqueConstraint("payer_id", "rail", "is_live", "day", "currency"),
        sa.CheckConstraint("matched >= 0 AND matched_cents >= 0", "matched"),
    )

    payer_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    rail: Mapped[RailName] = mapped_column(enum_type(RailName))
    is_live: Mapped[bool]
    day: Mapped[date]
    currency: Mapped[str] = mapped_column(sa.String(3))
    start_cents: Mapped[int] = mapped_column(sa.BigInteger)
    end_cents: Mapped[int] = mapped_column(sa.BigInteger)
    # Cents by kind of movement, as the service calls the kinds.
    movements: Mapped[dict[str, Any]]
    matched: Mapped[int] = mapped_column(default=0)
    matched_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    read_at: Mapped[datetime]
    # A person asked for this day to be read again.
    is_wanted: Mapped[bool] = mapped_column(default=False)

    differences: Mapped[list["ReconciliationDifference"]] = relationship(
        back_populates="of", order_by="ReconciliationDifference.id", lazy="raise"
    )

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class ReconciliationDifference(Row):
    """One thing that did not fit, who explained it and who looked at that.

    `gone_at`: a later reading did not find it any more.
    """

    __tablename__ = "reconciliation_difference"
    __table_args__ = (
        sa.UniqueConstraint("day_id", "kind", "thing"),
        sa.CheckConstraint(
            "looked_by_id IS NULL OR looked_by_id <> explained_by_id", "two_people"
        ),
        sa.CheckConstraint(
            "(explained_by_id IS NULL) = (explained_at IS NULL)"
            " AND (explained_by_id IS NULL) = (explanation = '')",
            "explained",
        ),
    )

    day_id: Mapped[int] = mapped_column(sa.ForeignKey("reconciliation_day.id"))
    kind: Mapped[Difference] = mapped_column(enum_type(Difference))
    thing: Mapped[str] = mapped_column(sa.String(60))
    payout_uid: Mapped[str] = mapped_column(sa.String(26), default="")
    ours_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    theirs_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    found_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    explanation: Mapped[str] = mapped_column(sa.String(200), default="")
    explained_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    explained_at: Mapped[datetime | None]
    looked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    looked_at: Mapped[datetime | None]

    of: Mapped[ReconciliationDay] = relationship(
        back_populates="differences", lazy="raise"
    )

    ABOUT_A_PERSON = frozenset({"explained_by_id", "looked_by_id"})

    @property
    def is_open(self) -> bool:
        return self.gone_at is None and self.looked_at is None
