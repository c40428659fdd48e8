"""What is compared with the payment service, and the days as finance reads them."""

from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa

from engage.core import crypto
from engage.core.db import db
from engage.ledger.models import Posting
from engage.organizations.models import Organization
from engage.payouts.models import Payout, PayoutAttempt, PayoutBatch
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.rails.table import stripe_payer_id
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.reconcile_rules import (
    ON_ITS_WAY_FOR,
    UNKNOWN_FOR,
    Ours,
)
from engage.payouts.recording import SENT
from engage.payouts.rules import PayoutStatus, RailName

GONE_OUT = (PayoutStatus.SENT, PayoutStatus.PAID, PayoutStatus.RETURNED)
OPEN = (
    PayoutStatus.QUEUED,
    PayoutStatus.SENDING,
    PayoutStatus.UNKNOWN,
    PayoutStatus.NEEDS_PERSON,
)


def on_stripe(*, is_live: bool) -> sa.ColumnElement[bool]:
    return sa.and_(Payout.rail == RailName.STRIPE, Payout.is_live.is_(is_live))


def payer(*, is_live: bool) -> Organization | None:
    """The payer that uses the service, one in each installation.

    Where none is named, or one that is not there, by the payments: a mistake in the
    settings must not end the comparing.
    """
    named = stripe_payer_id()
    if named is not None:
        return db.session.get(Organization, named)
    return db.session.scalar(
        sa.select(Organization)
        .join(PayoutBatch, PayoutBatch.payer_id == Organization.id)
        .join(Payout, Payout.batch_id == PayoutBatch.id)
        .where(on_stripe(is_live=is_live))
        .order_by(Payout.id)
        .limit(1)
    )


def first_sent_at(*, is_live: bool) -> datetime | None:
    """When the first attempt on the service began, None before that."""
    return db.session.scalar(
        sa.select(sa.func.min(PayoutAttempt.started_at))
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .where(on_stripe(is_live=is_live))
    )


def _ours(which: sa.ColumnElement[bool]) -> list[Ours]:
    rows = db.session.scalars(
        sa.select(Payout).where(which, Payout.status.in_(GONE_OUT)).order_by(Payout.id)
    )
    return [
        Ours(
            uid=row.uid,
            remote_id=row.remote_id or "",
            destination=row.destination,
            cents=row.cents,
            cents_back=row.cents_back,
            currency=row.currency,
        )
        for row in rows
    ]


def ours_of(uids: Collection[str], *, is_live: bool) -> dict[str, Ours]:
    """Payouts that were sent, of those uids."""
    which = sa.and_(on_stripe(is_live=is_live), Payout.uid.in_(uids))
    return {each.uid: each for each in _ours(which)}


def ours_between(start: datetime, end: datetime, *, is_live: bool) -> list[Ours]:
    """Payouts that were recorded as sent from start on and before the end."""
    sources = sa.select(Posting.source).where(
        Posting.kind == SENT, Posting.at >= start, Posting.at < end
    )
    source = sa.literal("payout:") + Payout.uid
    return _ours(sa.and_(on_stripe(is_live=is_live), source.in_(sources)))


def open_uids(uids: Collection[str], *, is_live: bool) -> set[str]:
    """Of those uids, payouts whose outcome is not recorded yet."""
    return set(
        db.session.scalars(
            sa.select(Payout.uid).where(
                on_stripe(is_live=is_live),
                Payout.uid.in_(uids),
                Payout.status.in_(OPEN),
            )
        )
    )


def destinations(account_ids: Collection[str], *, is_live: bool) -> dict[str, str]:
    """Our own name of each account at the service, found by its keyed hash."""
    hashes = {
        hashed: one
        for one in account_ids
        for hashed in crypto.lookup_hashes("payment account", one)
    }
    rows = db.session.execute(
        sa.select(PayeeAccount.account_hash, PayeeAccount.uid).where(
            PayeeAccount.account_hash.in_(hashes), PayeeAccount.is_live.is_(is_live)
        )
    )
    return {hashes[hashed]: uid for hashed, uid in rows if hashed}


def unknown_since(
    start: datetime, end: datetime, now: datetime, *, is_live: bool
) -> list[tuple[str, int]]:
    """(uid, cents) of payouts tried in that day of which nobody knows the outcome."""
    rows = db.session.execute(
        sa.select(Payout.uid, Payout.cents)
        .join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        .where(
            on_stripe(is_live=is_live),
            Payout.status.in_((PayoutStatus.UNKNOWN, PayoutStatus.NEEDS_PERSON)),
            PayoutAttempt.ended_at.is_(None),
            PayoutAttempt.started_at >= start,
            PayoutAttempt.started_at < min(end, now - UNKNOWN_FOR),
        )
        .order_by(Payout.id)
    )
    return [(uid, cents) for uid, cents in rows]


def in_clearing(
    start: datetime, end: datetime, now: datetime, *, is_live: bool
) -> list[tuple[str, int]]:
    """(uid, cents) of payouts sent in that day and not seen for over a day."""
    rows = db.session.execute(
        sa.select(Payout.uid, Payout.cents)
        .join(
            Posting,
            sa.and_(Posting.kind == SENT, Posting.source == "payout:" + Payout.uid),
        )
        .where(
            on_stripe(is_live=is_live),
            Payout.status == PayoutStatus.SENT,
            Posting.at >= start,
            Posting.at < min(end, now - ON_ITS_WAY_FOR),
        )
        .order_by(Payout.id)
    )
    return [(uid, cents) for uid, cents in rows]


def day_row(
    payer_id: int, day: date, *, is_live: bool, currency: str
) -> ReconciliationDay | None:
    return db.session.scalar(
        sa.select(ReconciliationDay)
        .where(
            ReconciliationDay.payer_id == payer_id,
            ReconciliationDay.rail == RailName.STRIPE,
            ReconciliationDay.is_live.is_(is_live),
            ReconciliationDay.day == day,
            ReconciliationDay.currency == currency,
        )
        .execution_options(populate_existing=True)
    )


def differences_of(day_id: int) -> list[ReconciliationDifference]:
    return list(
        db.session.scalars(
            sa.select(ReconciliationDifference).where(
                ReconciliationDifference.day_id == day_id
            )
        )
    )
