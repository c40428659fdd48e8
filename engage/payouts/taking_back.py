"""What two people want back, or others took back: the rail asked, the books posted."""

from datetime import datetime, timedelta
from typing import TypeGuard

from engage.core.db import claim, db, end_read, lock, lock_one, transaction
from engage.notices import actions as notices
from engage.payouts import recording, returning, returning_queries, reversing, rules
from engage.payouts import returning_rules as backs
from engage.payouts.models import Payout
from engage.payouts.models_after import Reversal
from engage.payouts.rails.base import Answer, Declined, NoOutcome, Order, Rail, Sent
from engage.payouts.rails.table import rail_of
from engage.payouts.resend import KEY_LIVES_HOURS, Outcome, next_attempt_wait
from engage.payouts.returning_rules import ReversalReason, ReversalStatus

GROUP = 10


def due(*, now: datetime, limit: int = GROUP) -> list[int]:
    """Take what two people want back and put it off, in case this worker dies."""
    with transaction():
        rows = lock(Reversal, claim(Reversal, returning_queries.going(now, limit)))
        for row in rows:
            row.tries += 1
            wait = timedelta(seconds=next_attempt_wait(row.tries))
            row.not_before = now + max(wait, recording.LEASE)
        return [row.id for row in rows]


def send(reversal_id: int, *, now: datetime) -> None:
    """Ask the rail with this reversal's one key; a lost answer is asked for again."""
    row = db.session.get_one(Reversal, reversal_id, populate_existing=True)
    payout = db.session.get_one(Payout, row.payout_id, populate_existing=True)
    order = recording.order_of(payout)
    key, remote_id = rules.reversal_key(payout.uid, row.number), payout.remote_id or ""
    rail, cents, base, tries = (
        rail_of(payout.rail),
        row.cents,
        row.base_cents,
        row.tries,
    )
    hours = (now - row.decided_at) / timedelta(hours=1) if row.decided_at else 0.0
    end_read()
    said: Answer = NoOutcome(Outcome.NO_ANSWER)
    is_back = tries > 1 and _is_back(rail, order, remote_id, base + cents)
    if is_back:
        said = Sent(remote_id)
    elif hours < KEY_LIVES_HOURS:
        said = _ask_rail(rail, remote_id, cents, key)
    elif is_back is not None:
        # The old key may be forgotten there, and a new one could take it twice.
        said = Declined("too_old")
    if isinstance(said, Sent):
        finish(reversal_id, now=now)
    elif isinstance(said, Declined):
        refuse(reversal_id, now=now)


def _ask_rail(rail: Rail, remote_id: str, cents: int, key: str) -> Answer:
    try:
        return rail.reverse(remote_id, cents, key)
    except Exception:
        end_read()
        return NoOutcome(Outcome.NO_ANSWER)


def _is_back(rail: Rail, order: Order, remote_id: str, total: int) -> bool | None:
    """None when nobody could say."""
    try:
        found = rail.find(order)
    except Exception:
        end_read()
        return None
    return any(
        each.remote_id == remote_id and each.cents_back >= total for each in found
    )


def finish(reversal_id: int, *, now: datetime) -> None:
    """It is back: posted once, whoever says so first."""
    with transaction():
        payout_id = db.session.get_one(Reversal, reversal_id).payout_id
        returning.lock_below(payout_id)
        row, payout = reversing.locked(reversal_id)
        if row.status is not ReversalStatus.GOING:
            return
        row.status, row.ended_at = backs.after(row.status, "record"), now
        returning.post_to(
            payout_id,
            row.base_cents + row.cents,
            is_owed=row.reason is ReversalReason.WRONG_PAYEE,
            now=now,
        )
        reversing.record("done", row, reversing.payee_of(payout), by=None, now=now)


def refuse(reversal_id: int, *, now: datetime) -> None:
    """The rail said no for good: the organization bears it, or asks anew."""
    with transaction():
        row, payout = reversing.locked(reversal_id)
        if row.status is not ReversalStatus.GOING:
            return
        row.status, row.ended_at = backs.after(row.status, "refuse"), now
        recording.ask_finance(payout, now)


def seen_back(payout_id: int, total: int, *, now: datetime) -> None:
    """The other side shows so much taken back: by us, or by somebody else there.

    What nobody asked for here is owed once more, until people decide otherwise.
    """
    with transaction():
        going = returning_queries.open_of(payout_id)
        if _is_ours(going, total):
            finish(going.id, now=now)
        if returning.post_to(payout_id, total, is_owed=True, now=now):
            payout = lock_one(Payout, payout_id)
            person_id = reversing.payee_of(payout).person_id
            notices.queue_once([person_id], "payment_back", now=now)
            recording.ask_finance(payout, now)


def _is_ours(row: Reversal | None, total: int) -> TypeGuard[Reversal]:
    """Is so much back that what two people asked for here must be in it?"""
    is_going = row is not None and row.status is ReversalStatus.GOING
    return is_going and total >= row.base_cents + row.cents
