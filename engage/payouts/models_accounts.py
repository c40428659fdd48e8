from datetime import datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core import crypto
from engage.core.db import Base, Row, enum_type
from engage.ledger.models import Payee
from engage.payouts.account_rules import BankLeg, Readiness


def key_of(payee_id: int) -> str:
    """Whose key closes what only payments need: it outlives that of the person, until
    the last of them has ended."""
    return f"payee:{payee_id}"


class PayeeAccount(Row):
    """A payee's account at the payment service: its sealed id, and a word about it.

    Its `uid` is what a payout freezes as the destination; a new account is a new row.
    `usable_from` is when a new place for money may first be paid.
    """

    __tablename__ = "payee_account"
    __table_args__ = (
        sa.UniqueConstraint("payee_id", "number"),
        sa.CheckConstraint(
            "(account_sealed IS NULL) = (account_hash IS NULL)", "sealed_and_hashed"
        ),
        sa.Index(
            "uq_payee_account_open",
            "payee_id",
            "is_live",
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index("ix_payee_account_look_at", "look_at"),
    )

    payee_id: Mapped[int] = mapped_column(sa.ForeignKey("payee.id"))
    number: Mapped[int] = mapped_column(default=1)
    is_live: Mapped[bool] = mapped_column(default=False)
    account_sealed: Mapped[bytes | None]
    account_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    readiness: Mapped[Readiness] = mapped_column(
        enum_type(Readiness), default=Readiness.NONE
    )
    needs_details: Mapped[bool] = mapped_column(default=False)
    bank_text: Mapped[str] = mapped_column(sa.String(10), default="")
    is_text_there: Mapped[bool] = mapped_column(default=False)  # known to the service
    created_at: Mapped[datetime]
    usable_from: Mapped[datetime]
    # The last way from Stripe to the payee's bank; no amount and no bank is kept.
    bank_leg: Mapped[BankLeg] = mapped_column(enum_type(BankLeg), default=BankLeg.NONE)
    bank_leg_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    payee: Mapped[Payee] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset(
        {"payee_id", "account_sealed", "account_hash", "readiness", "needs_details"}
        | {
            "bank_text",
            "is_text_there",
            "created_at",
            "usable_from",
            "checked_at",
            "look_at",
        }
        | {"look_at", "closed_at", "bank_leg", "bank_leg_at"}
    )

    @property
    def account_id(self) -> str | None:
        """The id at the payment service, sealed under the payee handle's own key."""
        if self.account_sealed is None:
            return None
        return crypto.open_sealed(
            key_of(self.payee_id),
            "payee_account",
            "account",
            self.uid,
            self.account_sealed,
        )

    @account_id.setter
    def account_id(self, text: str) -> None:
        self.account_sealed = crypto.seal(
            key_of(self.payee_id), "payee_account", "account", self.uid, text
        )
        self.account_hash = crypto.lookup_hash("payment account", text)


class RailEvent(Base):
    """That something changed at the payment service: ids alone, and no body."""

    __tablename__ = "rail_event"
    __table_args__ = (
        sa.Index(
            "ix_rail_event_waiting",
            "next_try_at",
            postgresql_where=sa.text("done_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL"),
        ),
    )

    event_id: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(100))
    # A transfer's id alone; of an account there is a keyed hash.
    object_id: Mapped[str] = mapped_column(sa.String(200))
    account_hash: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    arrived_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]

    ABOUT_A_PERSON = frozenset({"object_id", "account_hash"})


class RailCursor(Base):
    """What the worker itself has read at a rail: events up to a moment, and the money
    that is there for sending, so that no page has to ask."""

    __tablename__ = "rail_cursor"

    rail: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    read_until: Mapped[datetime]
    funds_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    funds_at: Mapped[datetime | None]
    ignored: Mapped[int] = mapped_column(default=0)  # of another mode, or not signed

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
