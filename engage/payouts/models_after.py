"""What may follow a payment: it is taken back, or its details are given and erased."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core import crypto
from engage.core.db import Row, enum_type
from engage.payouts.models import Payout
from engage.payouts.returning_rules import ReversalReason, ReversalStatus


class Reversal(Row):
    """Money that two people want back from a payee, who is told first and may object.

    `base_cents` is what had come back before this was asked for.
    """

    __tablename__ = "reversal"
    __table_args__ = (
        sa.UniqueConstraint("payout_id", "number"),
        sa.CheckConstraint("cents > 0", "cents"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", "two_people"
        ),
        sa.Index(
            "uq_reversal_open",
            "payout_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_reversal_status_not_before", "status", "not_before"),
    )

    payout_id: Mapped[int] = mapped_column(sa.ForeignKey("payout.id"))
    number: Mapped[int]
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[ReversalReason] = mapped_column(enum_type(ReversalReason))
    status: Mapped[ReversalStatus] = mapped_column(
        enum_type(ReversalStatus), default=ReversalStatus.TOLD
    )
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    object_until: Mapped[date]  # the payee's silence counts as a yes after this day
    last_day: Mapped[date]  # after it the organization bears it
    answered_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    base_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    tries: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    payout: Mapped[Payout] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset(
        {"cents", "base_cents", "reason", "status", "asked_by_id", "decided_by_id"}
        | {"answered_at"}
    )


class PayeeDetail(Row):
    """What finance needs to pay one payment by hand, sealed under the person's key; for
    an account that was erased meanwhile, under that of the payee."""

    __tablename__ = "payee_detail"
    __table_args__ = (sa.Index("ix_payee_detail_erased_at", "erased_at"),)

    payout_id: Mapped[int] = mapped_column(sa.ForeignKey("payout.id"), unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    text_sealed: Mapped[bytes | None]
    given_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]

    payout: Mapped[Payout] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset({"person_id", "text_sealed", "given_at", "erased_at"})

    def write(self, subject: str, text: str) -> None:
        self.text_sealed = crypto.seal(subject, "payee_detail", "text", self.uid, text)

    def read(self, subject: str) -> str | None:
        """The text, None once it was erased."""
        if self.text_sealed is None:
            return None
        return crypto.open_sealed(
            subject, "payee_detail", "text", self.uid, self.text_sealed
        )
