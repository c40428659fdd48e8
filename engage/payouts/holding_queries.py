"""What of Stripe waits, and for what: the reads that holding stands on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from engage.core.db import db
from engage.payouts.account_rules import Readiness
from engage.payouts.models import Payout, PayoutAttempt
from engage.payouts.models_accounts import PayeeAccount, RailCursor
from engage.payouts.queries import running
from engage.payouts.rules import PayoutStatus, RailName
from engage.payouts.settling_queries import is_settling

FOR_PAYEE = {"setup", "new_place", "destination", "anew"}
MOST_BY_ITSELF = 5  # attempts; after that a person tries again
MOST_ROWS = 200
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
ON_STRIPE = Payout.rail == RailName.STRIPE


@dataclass(frozen=True)
class QueuedRun:
    """What of one run waits to be called; `has_begun` when any of it was called."""

    batch_id: int
    cents: int
    has_begun: bool


def queued_runs() -> list[QueuedRun]:
    begun = sa.select(Payout.batch_id).where(ON_STRIPE, Payout.attempt > 0)
    rows = db.session.execute(
        sa.select(
            Payout.batch_id, sa.func.sum(Payout.cents), Payout.batch_id.in_(begun)
        )
        .where(ON_STRIPE, Payout.status == PayoutStatus.QUEUED, running())
        .group_by(Payout.batch_id)
        .order_by(Payout.batch_id)
    )
    return [QueuedRun(id_, int(cents), bool(begun)) for id_, cents, begun in rows]


def queued_in(batch_id: int) -> list[int]:
    return list(
        db.session.scalars(
            sa.select(Payout.id).where(
                ON_STRIPE,
                Payout.batch_id == batch_id,
                Payout.status == PayoutStatus.QUEUED,
            )
        )
    )


def under_way(batch_ids: Collection[int] | None) -> int:
    """Cents that may still leave: queued in these runs (None: all), or being sent."""
    queued = Payout.status == PayoutStatus.QUEUED
    if batch_ids is not None:
        queued = sa.and_(queued, Payout.batch_id.in_(batch_ids))
    leaving = Payout.status.in_([PayoutStatus.SENDING, PayoutStatus.UNKNOWN])
    found = db.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Payout.cents), 0)).where(
            ON_STRIPE, sa.or_(queued, leaving)
        )
    )
    return int(found or 0)


@dataclass(frozen=True)
class HeldRun:
    """The payments of one run that wait for money."""

    payout_ids: list[int]
    cents: int


def held_for_funds() -> list[HeldRun]:
    rows = db.session.execute(
        sa.select(Payout.batch_id, Payout.id, Payout.cents)
        .where(
            ON_STRIPE,
            Payout.status == PayoutStatus.BLOCKED,
            Payout.blocked_reason == "funds",
            Payout.attempt < MOST_BY_ITSELF,
        )
        .order_by(Payout.id)
    )
    by_run: dict[int, HeldRun] = {}
    for batch_id, payout_id, cents in rows:
        run = by_run.get(batch_id, HeldRun([], 0))
        by_run[batch_id] = HeldRun([*run.payout_ids, payout_id], run.cents + cents)
    return [by_run[batch_id] for batch_id in sorted(by_run)]


def is_figure_old(limit: datetime) -> bool:
    """Does a run wait for its release with a figure from before then, or none?"""
    waits = sa.select(Payout.id).where(ON_STRIPE, Payout.status == PayoutStatus.DRAFT)
    asked = sa.select(RailCursor.funds_at).where(RailCursor.rail == RailName.STRIPE)
    if db.session.scalar(waits.limit(1)) is None:
        return False
    funds_at = db.session.scalar(asked)
    return funds_at is None or funds_at < limit


@dataclass(frozen=True)
class HeldForPayee:
    """A payment on hold for its payee, whose account of today may change that.

    `is_elsewhere`: it is another one than was released. `is_looked_at`: somebody asked
    about it after its last no.
    """

    payout_id: int
    account_row_id: int
    is_elsewhere: bool
    is_looked_at: bool


def held_for_payee(now: datetime, *, is_live: bool) -> list[HeldForPayee]:
    """Those whose payee has another account by now, or one that reads ready."""
    now_open = sa.and_(
        PayeeAccount.payee_id == Payout.payee_id,
        PayeeAccount.is_live.is_(is_live),
        PayeeAccount.closed_at.is_(None),
        PayeeAccount.account_sealed.is_not(None),
    )
    is_ready = sa.and_(
        PayeeAccount.readiness == Readiness.READY, PayeeAccount.usable_from <= now
    )
    rows = db.session.execute(
        sa.select(Payout, PayeeAccount, sa.func.max(PayoutAttempt.ended_at))
        .join(PayeeAccount, now_open)
        .outerjoin(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        .where(
            ON_STRIPE,
            Payout.is_live.is_(is_live),
            Payout.status == PayoutStatus.BLOCKED,
            Payout.blocked_reason.in_(FOR_PAYEE),
            Payout.attempt < MOST_BY_ITSELF,
            sa.not_(is_settling(now)),
            sa.or_(is_ready, PayeeAccount.uid != Payout.destination),
        )
        .group_by(Payout.id, PayeeAccount.id)
        .order_by(Payout.id)
        .limit(MOST_ROWS)
    )
    return [
        HeldForPayee(
            payout_id=payout.id,
            account_row_id=account.id,
            is_elsewhere=account.uid != payout.destination,
            is_looked_at=(account.checked_at or LONG_AGO) > (declined_at or LONG_AGO),
        )
        for payout, account, declined_at in rows
    ]
