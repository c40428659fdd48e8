"""Claim, call, record: the worker's way of paying what was released."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from engage.core.db import Unreachable, claim, db, end_read, lock, transaction
from engage.core.errors import Refused
from engage.payouts import (
    queries,
    recording,
    rules,
    settling_queries,
    switches,
    weighing,
)
from engage.payouts.models import Payout, PayoutAttempt, PayoutBatch
from engage.payouts.rails.base import Answer, NoOutcome, Order, Rail, Remote
from engage.payouts.rails.table import longest_call, rail_of, stripe_payer_id
from engage.payouts.rails.table import pace as pace
from engage.payouts.resend import KEY_LIVES_HOURS, Outcome
from engage.payouts.rules import PayoutStatus, RailName

GROUP = 10
log = logging.getLogger("engage.worker")


@dataclass(frozen=True)
class Claimed:
    """A payout that this worker sends: `look_first` where it may have been paid before,
    `is_unsure` where an attempt's end is not known."""

    payout_id: int
    look_first: bool
    is_unsure: bool


@dataclass(frozen=True)
class Call:
    """Everything a call needs, read before the transaction ends; `is_sound` False
    when the stored request is not the one that was hashed before the first call."""

    rail: Rail
    order: Order
    key: str
    is_sound: bool


def claim_due(
    *, now: datetime, limit: int = GROUP, cleared: Collection[int] | None = None
) -> list[Claimed]:
    """Take queued payouts for this worker, each with its attempt, key and request."""
    with transaction():
        ids = claim(Payout, queries.due(PayoutStatus.QUEUED, now, limit, cleared))
        payouts = lock(Payout, ids)
        unsure = queries.open_attempts(ids)
        settling = settling_queries.settling(ids, now)
        reasons: dict[int, str] = {}
        return [
            taken
            for payout in payouts
            if (taken := _take_or_hold(payout, unsure, reasons, settling, now))
        ]


def _take_or_hold(
    payout: Payout,
    unsure: Collection[int],
    reasons: dict[int, str],
    settling: Collection[int],
    now: datetime,
) -> Claimed | None:
    """One that makes our own program fail is put off, so that others go on."""
    batch_id, payout_id = payout.batch_id, payout.id
    try:
        with transaction():
            batch = db.session.get_one(PayoutBatch, batch_id)
            if batch_id not in reasons:
                reasons[batch_id] = reason_to_hold(batch)
            unready = "anew" if payout.id in settling else _reason_not_ready(payout)
            if reasons[batch_id] or unready:
                _hold(payout, reasons[batch_id] or unready, unsure, now)
                return None
            taken = _take(payout, unsure, batch.prepared_at, now)
            db.session.flush()
            return taken
    except Unreachable:
        raise
    except Exception as error:
        log.error("a payout cannot be claimed: %s", type(error).__name__)
        recording.stumble(payout_id, now=now)
        return None


def reason_to_hold(batch: PayoutBatch) -> str:
    """Why a released batch may no longer be sent, as a word, or empty."""
    if batch.released_by_id not in queries.finance(batch.payer_id):
        return "releaser"
    try:
        weighing.check_sums(batch.id)
        rules.check_hash(weighing.release_lines(batch.id), batch.content_hash)
    except Refused:
        return "changed"
    return ""


def _reason_not_ready(payout: Payout) -> str:
    """A payee can lose what was there at the release, and so can a payer."""
    owner = stripe_payer_id() if payout.rail is RailName.STRIPE else None
    if owner is not None and owner != queries.payer_of(payout.batch_id):
        return "closed"
    return rail_of(payout.rail).blocked(payout.destination)


def _hold(payout: Payout, reason: str, unsure: Collection[int], now: datetime) -> None:
    """On hold, or with a person where an earlier call may have paid: what is on hold is
    not looked for."""
    move = "hand_over" if payout.id in unsure else "block"
    payout.status = rules.after(payout.status, move)
    payout.blocked_reason = reason
    recording.ask_finance(payout, now)


def _take(
    payout: Payout, unsure: Collection[int], prepared_at: datetime, now: datetime
) -> Claimed:
    # Put back from a backup, it may be paid, and its key be forgotten there by now.
    is_old = now - prepared_at >= timedelta(hours=KEY_LIVES_HOURS)
    look_first = payout.attempt > 0 or is_old or payout.is_restored
    claimed = Claimed(payout.id, look_first, payout.id in unsure)
    payout.status = rules.after(payout.status, "claim")
    payout.lease_until, payout.not_before = now + recording.LEASE, None
    if not claimed.is_unsure:
        recording.new_attempt(payout, now)
    return claimed


def send(claimed: Claimed, *, now: datetime) -> None:
    """Call the rail for a claimed payout and write down what came of it."""
    with guarded(claimed.payout_id, now):
        _send(claimed, now)


@contextmanager
def guarded(payout_id: int, now: datetime) -> Iterator[None]:
    """What our own program fails over is counted, and in the end a person's."""
    try:
        yield
    except Unreachable:
        raise
    except Exception:
        end_read()
        recording.stumble(payout_id, now=now)
        raise


def _send(claimed: Claimed, now: datetime) -> None:
    payout_id = claimed.payout_id
    if claimed.look_first and not _is_clear_to_send(claimed, now):
        return
    call = read_call(payout_id)
    if call is None:
        return
    if not call.is_sound:
        recording.hand_over(payout_id, now=now)
        return
    settle(payout_id, ask(call), now=now)


def settle(payout_id: int, answer: Answer, *, now: datetime) -> None:
    """Write an answer down; where no call is taken at all, the rail stops."""
    recording.settle(payout_id, answer, now=now)
    if isinstance(answer, NoOutcome) and answer.outcome is Outcome.RAIL_DOWN:
        payout = db.session.get_one(Payout, payout_id)
        payer_id = queries.payer_of(payout.batch_id)
        switches.stop_for_no_way(payout.rail, payer_id, now=now)


def _is_clear_to_send(claimed: Claimed, now: datetime) -> bool:
    """Look for an earlier payment; True when there is none and an attempt is fresh."""
    payout_id = claimed.payout_id
    call = read_call(payout_id)
    if call is None:
        return False
    found = look(call)
    if found is None:
        recording.lose(payout_id, NoOutcome(Outcome.RAIL_DOWN), now=now)
    elif not found:
        if claimed.is_unsure:
            recording.begin_anew(payout_id, now=now)
        return True
    elif len(found) == 1 and found[0].fits(call.order):
        recording.record(payout_id, found[0].remote_id, now=now)
    else:
        recording.hand_over(payout_id, now=now)
    return False


def read_call(payout_id: int) -> Call | None:
    """The stored request of the open attempt; ends the read, so that a call may go."""
    payout = db.session.get(Payout, payout_id, populate_existing=True)
    attempt = queries.open_attempts([payout_id]).get(payout_id)
    call = None
    if payout is not None and attempt is not None:
        call = _call_of(payout, attempt)
    end_read()
    return call


def _call_of(payout: Payout, attempt: PayoutAttempt) -> Call:
    return Call(
        rail=rail_of(payout.rail),
        order=Order.read(attempt.request),
        key=attempt.key,
        is_sound=recording.request_hash(attempt.request) == attempt.request_hash,
    )


def ask(call: Call) -> Answer:
    """The rail's answer; what a rail raises is no answer, and never a no."""
    try:
        return call.rail.send(call.order, call.key)
    except Exception:
        end_read()
        return NoOutcome(Outcome.NO_ANSWER)


def look(call: Call) -> list[Remote] | None:
    """Every payment made for this payout, or None when nobody could say."""
    try:
        return call.rail.find(call.order)
    except Exception:
        end_read()
        return None


def warnings() -> list[str]:
    """A lease that ends before a call does still pays once, by its key: say so."""
    longest = longest_call()
    if longest < recording.LEASE.total_seconds():
        return []
    return [
        f"A call to the payment service may take {longest:.0f} seconds, which is longer"
        f" than the lease of {recording.LEASE.total_seconds():.0f}: two workers may"
        " call with one key. It still pays once."
    ]
