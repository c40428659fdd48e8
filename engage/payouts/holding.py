"""Payments of Stripe that wait: for money there, or for their payee to be ready.

Held before any call, and let go by itself when what they waited for has come. What was
called once gets a new attempt with a new key, since an old key repeats the old no.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from engage.core.db import end_read, insert_missing, lock, lock_by_key, transaction
from engage.payouts import accounts, holding_queries, recording, rules
from engage.payouts.models import Payout
from engage.payouts.models_accounts import RailCursor
from engage.payouts.rails.table import has_stripe, is_live, stripe_rail
from engage.payouts.rules import PayoutStatus, RailName

STRIPE = RailName.STRIPE
MOST_READ_BACK = timedelta(days=29)  # the other side keeps thirty
FRESH = timedelta(minutes=10)


def ask_funds(*, now: datetime) -> int | None:
    """Ask what is there and keep it for the pages; None when nobody could say."""
    if not has_stripe():
        return None
    end_read()
    try:
        cents = stripe_rail().ask_funds()
    except Exception:
        end_read()
        return None
    with transaction():
        row = cursor(now)
        row.funds_cents, row.funds_at = cents, now
    return int(cents)


def cursor(now: datetime) -> RailCursor:
    """The row of what was read at Stripe, locked."""
    since = now - MOST_READ_BACK
    insert_missing(RailCursor, rail=STRIPE, read_until=since, ignored=0)
    row = lock_by_key(RailCursor, STRIPE)
    if row is None:
        raise RuntimeError("a row that was just inserted is gone")
    return row


def cleared_runs(*, now: datetime) -> frozenset[int]:
    """Runs whose payments may be called: those begun, and those that the money covers.

    It is asked before the first call of a run; one that is not covered is held whole.
    """
    if not has_stripe():
        return frozenset()
    waiting = holding_queries.queued_runs()
    cleared = {run.batch_id for run in waiting if run.has_begun}
    new = [run for run in waiting if not run.has_begun]
    there = ask_funds(now=now) if new else None
    if there is None:
        return frozenset(cleared)
    left = there - holding_queries.under_way(cleared)
    for run in new:
        if run.cents <= left:
            cleared.add(run.batch_id)
            left -= run.cents
        else:
            _hold_for_funds(run.batch_id, now)
    return frozenset(cleared)


def _hold_for_funds(batch_id: int, now: datetime) -> None:
    with transaction():
        payouts = lock(Payout, holding_queries.queued_in(batch_id))
        held = [each for each in payouts if each.status is PayoutStatus.QUEUED]
        for payout in held:
            payout.status = rules.after(payout.status, "block")
            payout.blocked_reason = "funds"
        if held:
            recording.ask_finance(held[0], now)


def let_go(*, now: datetime) -> None:
    """Queue again what the money now covers, and what its payee is now ready for."""
    if not has_stripe():
        return
    for_money = holding_queries.held_for_funds()
    if for_money or holding_queries.is_figure_old(now - FRESH):
        there = ask_funds(now=now)
        if there is not None:
            _let_covered_go(for_money, there)
    _let_ready_go(now)


def _let_covered_go(runs: Sequence[holding_queries.HeldRun], there: int) -> None:
    left = there - holding_queries.under_way(None)
    for run in runs:
        if run.cents <= left:
            _queue_again(run.payout_ids, {"funds"})
            left -= run.cents


def _let_ready_go(now: datetime) -> None:
    """An account that said no has to be looked at anew before anything is tried."""
    for row in holding_queries.held_for_payee(now, is_live=is_live()):
        if row.is_elsewhere:
            _say_elsewhere(row.payout_id, now)
        elif row.is_looked_at:
            _queue_again([row.payout_id], holding_queries.FOR_PAYEE)
        else:
            accounts.look_soon(row.account_row_id, now=now)


def _queue_again(payout_ids: Sequence[int], reasons: set[str]) -> None:
    with transaction():
        for payout in lock(Payout, payout_ids):
            is_held = payout.status is PayoutStatus.BLOCKED
            if is_held and payout.blocked_reason in reasons:
                payout.status = rules.after(payout.status, "unblock")
                payout.blocked_reason, payout.not_before = "", None


def _say_elsewhere(payout_id: int, now: datetime) -> None:
    """The payee has another account than the one that was released: a person prepares
    this anew, since nothing goes to a place that nobody approved."""
    with transaction():
        (payout,) = lock(Payout, [payout_id])
        if payout.status is PayoutStatus.BLOCKED:
            payout.blocked_reason = "elsewhere"
            recording.ask_finance(payout, now)
