"""What came of a call, written down: each function is one transaction."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from json import dumps
from typing import Any

from engage.core.db import db, lock_one, transaction
from engage.ledger import actions as ledger_actions
from engage.ledger import rules as ledger
from engage.ledger.models import Payee
from engage.notices import actions as notices
from engage.payouts import queries, rules
from engage.payouts.models import Payout, PayoutAttempt, PayoutBatch
from engage.payouts.rails.base import Answer, Declined, NoOutcome, Order, Sent
from engage.payouts.resend import Outcome, next_attempt_wait
from engage.payouts.rules import PayoutStatus

SENT = "pay"  # kind of posting: what is owed has left, and has not been seen to arrive
LEASE = timedelta(minutes=2)
UNSETTLED = {PayoutStatus.SENDING, PayoutStatus.UNKNOWN}
MOST_FAILURES = 5  # of our own program with one payout, before a person looks
NO_CALL_LASTS = timedelta(minutes=10)  # a call that was lost has ended by then


def request_hash(request: Mapping[str, Any]) -> str:
    return sha256(dumps(dict(request), sort_keys=True).encode()).hexdigest()


def order_of(payout: Payout) -> Order:
    return Order(
        public_id=payout.uid,
        destination=payout.destination,
        cents=payout.cents,
        currency=payout.currency,
    )


def new_attempt(payout: Payout, now: datetime) -> PayoutAttempt:
    """A row with a key of its own and the frozen request, before any call."""
    payout.attempt += 1
    request = order_of(payout).stored()
    attempt = PayoutAttempt(
        payout_id=payout.id,
        number=payout.attempt,
        key=rules.idempotency_key(payout.uid, payout.attempt),
        request=request,
        request_hash=request_hash(request),
        started_at=now,
        tries=1,
    )
    db.session.add(attempt)
    return attempt


def settle(payout_id: int, answer: Answer, *, now: datetime) -> None:
    """Write down one answer; one that comes after another worker's changes nothing."""
    if isinstance(answer, Sent):
        record(payout_id, answer.remote_id, now=now)
    elif isinstance(answer, Declined):
        decline(payout_id, answer.reason, now=now)
    else:
        lose(payout_id, answer, now=now)


def record(payout_id: int, remote_id: str, *, now: datetime) -> None:
    """It was paid: remote id, attempt and posting in one; a second time does nothing.

    Another remote id than the recorded one is refused loudly: it was paid twice.
    """
    with transaction():
        payout = lock_one(Payout, payout_id)
        if payout.remote_id == remote_id:
            return
        payout.status = rules.after(payout.status, "record")
        payout.remote_id = remote_id
        payout.lease_until = payout.not_before = None
        close(payout, "sent", now)
        post_sent(payout, now=now)
        db.session.flush()


def post_sent(payout: Payout, *, now: datetime) -> None:
    handle = db.session.get_one(Payee, payout.payee_id).handle
    ledger_actions.post(
        SENT,
        f"payout:{payout.uid}",
        debit=ledger.payable(handle),
        credit=ledger.clearing(payout.rail),
        cents=payout.cents,
        now=now,
    )


def decline(payout_id: int, reason: str, *, now: datetime) -> None:
    """A definite no: on hold until a person has mended the cause."""
    with transaction():
        payout = lock_one(Payout, payout_id)
        if payout.status not in UNSETTLED:
            return
        if payout.status is PayoutStatus.UNKNOWN:
            payout.status = rules.after(payout.status, "retry")
        payout.status = rules.after(payout.status, "block")
        payout.blocked_reason = reason[:30]
        payout.lease_until = payout.not_before = None
        close(payout, "declined", now)
        ask_finance(payout, now)


def lose(payout_id: int, answer: NoOutcome, *, now: datetime) -> None:
    """Nobody knows how it ended: never failed, asked again after a wait."""
    with transaction():
        payout = lock_one(Payout, payout_id)
        attempt = queries.open_attempts([payout_id]).get(payout_id)
        if payout.status not in UNSETTLED or attempt is None:
            return
        if payout.status is PayoutStatus.SENDING:
            payout.status = rules.after(payout.status, "lose")
        payout.lease_until = None
        attempt.outcome = answer.outcome
        attempt.is_replayed = answer.is_replayed
        jitter = random.random()  # noqa: S311 - only spreads the next calls
        wait = answer.wait or next_attempt_wait(attempt.tries, jitter)
        payout.not_before = now + timedelta(seconds=wait)


def put_off(payout_id: int, until: datetime) -> None:
    with transaction():
        lock_one(Payout, payout_id).not_before = until


def begin_anew(payout_id: int, *, now: datetime) -> None:
    """The look-up found nothing: a claimed payout gets a fresh attempt and key."""
    with transaction():
        payout = lock_one(Payout, payout_id)
        if payout.status is not PayoutStatus.SENDING:
            return
        close(payout, "not_found", now)
        db.session.flush()
        new_attempt(payout, now)


def requeue(payout_id: int, *, now: datetime) -> None:
    """The old key can answer nothing more and the look-up is empty: send anew."""
    with transaction():
        payout = lock_one(Payout, payout_id)
        if payout.status is not PayoutStatus.UNKNOWN:
            return
        payout.status = rules.after(payout.status, "retry")
        payout.not_before = None
        close(payout, "not_found", now)


def hand_over(payout_id: int, *, now: datetime) -> None:
    """The worker cannot know: it waits for a person, its attempt left open."""
    with transaction():
        payout = lock_one(Payout, payout_id)
        if payout.status is PayoutStatus.SENDING:
            payout.status = rules.after(payout.status, "lose")
        if payout.status is not PayoutStatus.UNKNOWN:
            return
        payout.status = rules.after(payout.status, "hand_over")
        _wait_for_person(payout, now)


def _wait_for_person(payout: Payout, now: datetime) -> None:
    payout.lease_until, payout.not_before = None, now + NO_CALL_LASTS
    attempt = queries.open_attempts([payout.id]).get(payout.id)
    if attempt is not None and not attempt.outcome:
        attempt.outcome = Outcome.NO_ANSWER
    ask_finance(payout, now)


def stumble(payout_id: int, *, now: datetime) -> None:
    """Our own program failed over this payout: it waits longer each time, and after
    some times a person looks. Others go on meanwhile."""
    with transaction():
        payout = lock_one(Payout, payout_id)
        payout.failures += 1
        if payout.status is PayoutStatus.SENDING:
            payout.status = rules.after(payout.status, "lose")
            payout.lease_until = None
            attempt = queries.open_attempts([payout.id]).get(payout.id)
            if attempt is not None and not attempt.outcome:
                attempt.outcome = Outcome.NO_ANSWER
        if payout.status not in {PayoutStatus.QUEUED, PayoutStatus.UNKNOWN}:
            return
        if payout.failures >= MOST_FAILURES:
            payout.status = rules.after(payout.status, "hand_over")
            payout.blocked_reason = "failing"
            _wait_for_person(payout, now)
        else:
            wait = next_attempt_wait(payout.failures)
            payout.not_before = now + timedelta(seconds=wait)


def ask_finance(payout: Payout, now: datetime) -> None:
    batch = db.session.get_one(PayoutBatch, payout.batch_id)
    notices.queue_once(queries.finance(batch.payer_id), "payout_problem", now=now)


def close(payout: Payout, outcome: str, now: datetime) -> None:
    attempt = queries.open_attempts([payout.id]).get(payout.id)
    if attempt is not None:
        attempt.outcome, attempt.ended_at = outcome, now
