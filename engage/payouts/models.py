from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core.db import Base, Row, enum_type
from engage.core.money import CURRENCY
from engage.ledger.models import Payable, Payee
from engage.organizations.models import Organization
from engage.payouts.models_demo import DemoTransfer as DemoTransfer
from engage.payouts.rules import (
    BatchStatus,
    ManualKind,
    PayoutStatus,
    RailName,
    RepeatedAmount,
    RepeatedReference,
)


class PayoutBatch(Row):
    """What one finance person prepared and another releases."""

    __tablename__ = "payout_batch"
    __table_args__ = (
        sa.CheckConstraint(
            "released_by_id IS NULL OR released_by_id <> prepared_by_id", "two_people"
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR (released_by_id IS NOT NULL"
            " AND released_at IS NOT NULL AND content_hash <> '')",
            "released",
        ),
        sa.Index("ix_payout_batch_payer_id", "payer_id"),
    )

    payer_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    status: Mapped[BatchStatus] = mapped_column(
        enum_type(BatchStatus), default=BatchStatus.DRAFT
    )
    prepared_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    prepared_at: Mapped[datetime]
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    released_at: Mapped[datetime | None]
    content_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    # Why an amount that somebody got just before is right once more.
    repeated: Mapped[RepeatedAmount] = mapped_column(
        enum_type(RepeatedAmount), default=RepeatedAmount.NONE
    )

    payer: Mapped[Organization] = relationship(lazy="raise")
    payouts: Mapped[list["Payout"]] = relationship(
        back_populates="batch", order_by="Payout.id", lazy="raise"
    )

    ABOUT_A_PERSON = frozenset({"prepared_by_id", "released_by_id"})


class Payout(Row):
    """One payment to one payee; claimed, called, recorded (payments 6.2)."""

    __tablename__ = "payout"
    __table_args__ = (
        sa.CheckConstraint("cents > 0", "cents"),
        sa.CheckConstraint("length(currency) = 3", "currency"),
        sa.CheckConstraint("cents_back BETWEEN 0 AND cents", "cents_back"),
        sa.CheckConstraint(
            "status NOT IN ('sent', 'paid', 'returned') OR remote_id IS NOT NULL",
            "remote_id",
        ),
        sa.Index(
            "uq_payout_remote",
            "rail",
            "is_live",
            "remote_id",
            unique=True,
            postgresql_where=sa.text("remote_id IS NOT NULL"),
            sqlite_where=sa.text("remote_id IS NOT NULL"),
        ),
        sa.Index("ix_payout_status_not_before", "status", "not_before"),
        sa.Index("ix_payout_batch_id", "batch_id"),
        sa.Index("ix_payout_payee_id", "payee_id"),
    )

    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("payout_batch.id"))
    payee_id: Mapped[int] = mapped_column(sa.ForeignKey("payee.id"))
    rail: Mapped[RailName] = mapped_column(enum_type(RailName))
    is_live: Mapped[bool] = mapped_column(default=False)
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3), default=CURRENCY)
    destination: Mapped[str] = mapped_column(sa.String(60), default="")
    status: Mapped[PayoutStatus] = mapped_column(
        enum_type(PayoutStatus), default=PayoutStatus.DRAFT
    )
    attempt: Mapped[int] = mapped_column(default=0)
    remote_id: Mapped[str | None] = mapped_column(sa.String(60))
    blocked_reason: Mapped[str] = mapped_column(sa.String(30), default="")
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    paid_on: Mapped[date | None]
    cents_back: Mapped[int] = mapped_column(sa.BigInteger, default=0)  # of `cents`
    failures: Mapped[int] = mapped_column(default=0)  # of ours, never an answer
    # Somebody wants it ended once a look says how: recorded if found, or cancelled.
    is_end_asked: Mapped[bool] = mapped_column(default=False)
    # It came back with a copy of the data, and may have been paid since the copy.
    is_restored: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column()

    batch: Mapped[PayoutBatch] = relationship(back_populates="payouts", lazy="raise")
    payee: Mapped[Payee] = relationship(lazy="raise")
    items: Mapped[list["PayoutItem"]] = relationship(
        back_populates="payout", order_by="PayoutItem.id", lazy="raise"
    )
    manual: Mapped["ManualPayment | None"] = relationship(
        back_populates="payout", lazy="raise"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    ABOUT_A_PERSON = frozenset({"payee_id", "cents", "cents_back", "destination"})


class PayoutItem(Row):
    """One payable in one payout; in one active payout at most."""

    __tablename__ = "payout_item"
    __table_args__ = (
        sa.CheckConstraint("cents > 0", "cents"),
        sa.Index(
            "uq_payout_item_active",
            "payable_id",
            unique=True,
            postgresql_where=sa.text("is_active"),
            sqlite_where=sa.text("is_active"),
        ),
        sa.Index("ix_payout_item_payout_id", "payout_id"),
    )

    payout_id: Mapped[int] = mapped_column(sa.ForeignKey("payout.id"))
    payable_id: Mapped[int] = mapped_column(sa.ForeignKey("payable.id"))
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    is_active: Mapped[bool] = mapped_column(default=True)

    payout: Mapped[Payout] = relationship(back_populates="items", lazy="raise")
    payable: Mapped[Payable] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset({"cents"})


class PayoutAttempt(Row):
    """One attempt with its own key; the stored request is what every re-send reads."""

    __tablename__ = "payout_attempt"
    __table_args__ = (
        sa.UniqueConstraint("payout_id", "number"),
        sa.Index(
            "uq_payout_attempt_open",
            "payout_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        ),
    )

    payout_id: Mapped[int] = mapped_column(sa.ForeignKey("payout.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    request: Mapped[dict[str, Any]]
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(sa.String(20), default="")
    is_replayed: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)

    ABOUT_A_PERSON = frozenset({"request"})


_ONE_OF_ITS_KIND = "voided_at IS NULL AND repeated = 'none'"


class ManualPayment(Row):
    """A payment made outside, recorded by one and confirmed by another, or voided."""

    __tablename__ = "manual_payment"
    __table_args__ = (
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> recorded_by_id",
            "two_people",
        ),
        sa.CheckConstraint(
            "voided_by_id IS NULL OR voided_by_id <> void_asked_by_id",
            "two_to_void",
        ),
        sa.Index(
            "uq_manual_payment_reference",
            "payer_id",
            "kind",
            "reference",
            unique=True,
            postgresql_where=sa.text(_ONE_OF_ITS_KIND),
            sqlite_where=sa.text(_ONE_OF_ITS_KIND),
        ),
    )

    payout_id: Mapped[int] = mapped_column(sa.ForeignKey("payout.id"), unique=True)
    payer_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    kind: Mapped[ManualKind] = mapped_column(enum_type(ManualKind))
    reference: Mapped[str] = mapped_column(sa.String(40))
    paid_on: Mapped[date]
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    repeated: Mapped[RepeatedReference] = mapped_column(
        enum_type(RepeatedReference), default=RepeatedReference.NONE
    )
    void_asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    voided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    voided_at: Mapped[datetime | None]

    payout: Mapped[Payout] = relationship(back_populates="manual", lazy="raise")

    ABOUT_A_PERSON = frozenset(
        {"reference", "recorded_by_id", "confirmed_by_id"}
        | {"void_asked_by_id", "voided_by_id"}
    )


class RailSwitch(Base):
    """Whether a payer's rail is stopped by a person or by a self-check, and why."""

    __tablename__ = "rail_switch"

    rail: Mapped[RailName] = mapped_column(enum_type(RailName), primary_key=True)
    payer_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organization.id"), primary_key=True
    )
    is_stopped: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(sa.String(30), default="")
    # After a restore: the moment of the copy, and when it was put back.
    copied_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
