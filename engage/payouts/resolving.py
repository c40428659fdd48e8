"""Payouts whose end nobody knows: asked with the same key, or looked up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engage.core.db import claim, lock, transaction
from engage.payouts import queries, recording, rules
from engage.payouts.models import Payout
from engage.payouts.rails.base import Answer, Declined, NoOutcome, Remote, Sent
from engage.payouts.resend import (
    NEW_ATTEMPT_AFTER_MINUTES,
    Outcome,
    Resend,
    may_resend,
)
from engage.payouts.rules import PayoutStatus
from engage.payouts.sending import Call, ask, guarded, look, read_call, settle

GROUP = 10
MOST_TRIES = 12


@dataclass(frozen=True)
class Lost:
    """An unknown payout as it was claimed, and what its last call ended with."""

    payout_id: int
    outcome: Outcome
    is_replayed: bool
    age_hours: float
    tries: int


def expire_leases(*, now: datetime) -> int:
    """Whoever was sending has not come back: nobody knows how it ended."""
    with transaction():
        ids = claim(Payout, queries.lapsed(now))
        attempts = queries.open_attempts(ids)
        for payout in lock(Payout, ids):
            payout.status = rules.after(payout.status, "lose")
            payout.lease_until, payout.not_before = None, now
            attempt = attempts.get(payout.id)
            if attempt is not None:
                attempt.outcome, attempt.is_replayed = Outcome.NO_ANSWER, False
    return len(ids)


def claim_unknown(*, now: datetime, limit: int = GROUP) -> list[Lost]:
    """Take unknown payouts whose wait is over; they wait again if this worker dies."""
    with transaction():
        ids = claim(Payout, queries.due(PayoutStatus.UNKNOWN, now, limit))
        attempts = queries.open_attempts(ids)
        taken = []
        for payout in lock(Payout, ids):
            payout.not_before = now + recording.LEASE
            attempt = attempts.get(payout.id)
            if attempt is None:
                recording.hand_over(payout.id, now=now)
                continue
            attempt.tries += 1
            taken.append(
                Lost(
                    payout_id=payout.id,
                    outcome=Outcome(attempt.outcome),
                    is_replayed=attempt.is_replayed,
                    age_hours=(now - attempt.started_at) / timedelta(hours=1),
                    tries=attempt.tries,
                )
            )
    return taken


def resolve(lost: Lost, *, now: datetime) -> None:
    """One step toward an end for a payout that nobody knows about."""
    with guarded(lost.payout_id, now):
        _resolve(lost, now)


def _resolve(lost: Lost, now: datetime) -> None:
    call = read_call(lost.payout_id)
    if call is None:
        return
    if not call.is_sound:
        recording.hand_over(lost.payout_id, now=now)
        return
    step, remotes = _next_step(lost, call)
    if step is Resend.RECORD:
        recording.record(lost.payout_id, remotes[0].remote_id, now=now)
    elif step is Resend.SAME_KEY:
        settle(lost.payout_id, _ask_again(call), now=now)
    elif step is Resend.NEW_ATTEMPT:
        recording.requeue(lost.payout_id, now=now)
    elif step is Resend.WAIT:
        wait = timedelta(minutes=NEW_ATTEMPT_AFTER_MINUTES)
        recording.put_off(lost.payout_id, now + wait)
    elif step is Resend.ASK_PERSON:
        recording.hand_over(lost.payout_id, now=now)
    else:
        again = NoOutcome(lost.outcome, is_replayed=lost.is_replayed)
        recording.lose(lost.payout_id, again, now=now)


def _ask_again(call: Call) -> Answer:
    """The same key once more. The first call may have paid before its answer was lost,
    and some noes come before the key is looked at: so a no counts after a look."""
    said = ask(call)
    if not isinstance(said, Declined):
        return said
    found = look(call)
    if found is None:
        return NoOutcome(Outcome.NO_ANSWER)
    if len(found) == 1 and found[0].fits(call.order):
        return Sent(found[0].remote_id)
    return NoOutcome(Outcome.KEY_MISMATCH) if found else said


def _next_step(lost: Lost, call: Call) -> tuple[Resend, Sequence[Remote]]:
    """What to do, after a look-up where the rule asks for one.

    LOOK_UP as an answer means that the look-up itself brought nothing.
    """
    is_tired = lost.tries > MOST_TRIES
    step = _rule(lost, None)
    if not is_tired and step is not Resend.LOOK_UP:
        return step, ()
    remotes = look(call)
    if remotes is None:
        return (Resend.ASK_PERSON if is_tired else Resend.LOOK_UP), ()
    if any(not remote.fits(call.order) for remote in remotes):
        return Resend.ASK_PERSON, ()
    step = _rule(lost, len(remotes))
    if is_tired and step is not Resend.RECORD:
        return Resend.ASK_PERSON, ()
    return step, remotes


def _rule(lost: Lost, found: int | None) -> Resend:
    return may_resend(lost.outcome, lost.age_hours, lost.is_replayed, found)
