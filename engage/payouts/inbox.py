"""Events of the payment service: kept by id, once, and worked off by the worker."""

import json
from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.core import crypto
from engage.core.db import db, end_read, insert_missing, lock_by_key, transaction
from engage.payouts import account_queries, accounts, ahead, arriving, holding
from engage.payouts import holding_queries as waits
from engage.payouts.hints import Hint, is_ahead, read_hint
from engage.payouts.models import Payout
from engage.payouts.models_accounts import RailEvent
from engage.payouts.rails.table import has_stripe, is_live, is_signed, stripe_rail
from engage.payouts.rules import RailName

GROUP = 50
FIRST_WAIT = timedelta(seconds=20)  # our own commit may come after the event
MOST_TRIES = 8
OVERLAP = timedelta(minutes=10)
BEHIND = timedelta(minutes=20)  # longer than from one reading to the next
KEPT = timedelta(days=40)  # longer than the other side can send it again


def read(body: bytes, header: str, *, now: datetime) -> Hint | None:
    """What a signed event of this time is about; None for anything else."""
    if is_ahead(header, now) or not is_signed(body, header):
        return None
    try:
        return read_hint(json.loads(body))
    except ValueError:
        return None


def keep(hint: Hint, *, is_live: bool, now: datetime) -> None:
    """One row for an event, however often it comes; of another mode none at all."""
    if hint.is_live != is_live:
        count_ignored(now=now)
        return
    is_account = hint.kind.startswith("v2.core.account")
    account = hint.object_id if is_account else hint.account_id
    known = account_queries.by_account(account) if account else None
    hashed = crypto.lookup_hash("payment account", account) if account else None
    hashed = hashed if known is None else known.account_hash
    with transaction():
        insert_missing(
            RailEvent,
            event_id=hint.event_id,
            kind=hint.kind,
            # Ids of accounts, banks and people are needed for nothing.
            object_id=hint.object_id if hint.kind.startswith("transfer.") else "",
            account_hash=hashed,
            created_at=hint.created,
            arrived_at=now,
            next_try_at=now,
            tries=0,
        )


def count_ignored(*, now: datetime) -> None:
    """How many were of another mode, or not signed by a secret of ours."""
    with transaction():
        holding.cursor(now).ignored += 1


def poll(*, now: datetime) -> None:
    """Read what happened since the last time, as if it had been sent to us.

    Read again from a little earlier, as what happens there is not listed at once.
    """
    if not has_stripe():
        return
    with transaction():
        since = holding.cursor(now).read_until - OVERLAP
    ahead.check(since, now=now)
    since = max(since, now - holding.MOST_READ_BACK)
    for hint in stripe_rail().events_since(since):
        keep(hint, is_live=is_live(), now=now)
    with transaction():
        holding.cursor(now).read_until = now


def is_level(*, now: datetime) -> bool:
    """May anything new go to Stripe? Not while what happened there was not read lately:
    our database may have been put back from before that."""
    if not has_stripe() or not waits.queued_runs():
        return True
    with transaction():
        is_behind = holding.cursor(now).read_until < now - BEHIND
    if is_behind:
        try:
            poll(now=now)
        except Exception:
            end_read()
            return False
    return True


def waiting(now: datetime) -> list[str]:
    """Ids of events to look into now, each put off before: nobody takes it twice."""
    with transaction():
        rows = db.session.scalars(
            sa.select(RailEvent)
            .where(RailEvent.done_at.is_(None), RailEvent.next_try_at <= now)
            .order_by(RailEvent.created_at)
            .limit(GROUP)
        ).all()
        for row in rows:
            row.tries += 1
            row.next_try_at = now + FIRST_WAIT * 2**row.tries
        return [row.event_id for row in rows]


def work_off(event_id: str, *, now: datetime) -> None:
    """Look at what the event is about, as it is now; then it is done.

    One that fits nothing of ours is tried again, since our own commit may be late, and
    let go after some tries: the sweep looks at everything that is open anyway.
    """
    event = db.session.get_one(RailEvent, event_id)
    kind, object_id, account_hash = event.kind, event.object_id, event.account_hash
    if kind.startswith("transfer."):
        is_done = _look_at_transfer(object_id, now)
    elif kind.startswith(("topup.", "balance.")):
        is_done = holding.ask_funds(now=now) is not None
    elif kind.startswith(("v2.core.account", "account.", "capability.", "payout.")):
        is_done = _look_at_account(account_hash, now)
    else:
        is_done = True
    with transaction():
        row = lock_by_key(RailEvent, event_id)
        if row is not None and (is_done or row.tries >= MOST_TRIES):
            row.done_at = now


def _look_at_transfer(remote_id: str, now: datetime) -> bool:
    payout_id = db.session.scalar(
        sa.select(Payout.id).where(
            Payout.rail == RailName.STRIPE, Payout.remote_id == remote_id
        )
    )
    if payout_id is None:
        return False
    arriving.look_for(payout_id, now=now)
    return True


def _look_at_account(account_hash: str | None, now: datetime) -> bool:
    row = account_queries.by_hash(account_hash) if account_hash else None
    if row is None:
        return False
    accounts.look_soon(row.id, now=now)
    return True


def forget(*, now: datetime) -> None:
    """Delete events that nothing can ask about any more."""
    with transaction() as session:
        session.execute(
            sa.delete(RailEvent).where(
                RailEvent.done_at.is_not(None), RailEvent.arrived_at < now - KEPT
            )
        )
