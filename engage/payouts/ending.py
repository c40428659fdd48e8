"""A payout that waits for a person, ended as they ask: after a look, never blindly."""

from datetime import datetime

from engage.audit import actions as audit
from engage.core.db import claim, db, end_read, lock, lock_one, transaction
from engage.ledger.models import Payee
from engage.payouts import queries, recording, rules
from engage.payouts.actions import give_back
from engage.payouts.models import Payout
from engage.payouts.rails.base import Remote
from engage.payouts.rails.table import rail_of
from engage.payouts.rules import PayoutStatus
from engage.people.models import Person

GROUP = 10


def ask(payout_id: int, *, by: Person, now: datetime) -> Payout:
    """Somebody wants it ended: the worker looks first, then records or cancels it."""
    with transaction():
        payout = lock_one(Payout, payout_id)
        rules.after(payout.status, "end")
        payout.is_end_asked = True
        _record("end", payout, by=by, now=now)
    return payout


def due(*, now: datetime) -> list[int]:
    with transaction():
        payouts = lock(Payout, claim(Payout, queries.to_end(now, GROUP)))
        for payout in payouts:
            payout.not_before = now + recording.LEASE
        return [payout.id for payout in payouts]


def end(payout_id: int, *, now: datetime) -> None:
    """One payment there that fits is recorded; where there is none, it is cancelled.

    What was wholly taken back there counts as none. Anything else stays a person's.
    """
    payout = db.session.get_one(Payout, payout_id, populate_existing=True)
    order, rail = recording.order_of(payout), rail_of(payout.rail)
    end_read()
    try:
        found = rail.find(order)
    except Exception:
        end_read()
        return  # asked again after the lease
    alive = [each for each in found if each.cents_back < each.cents]
    if len(alive) == 1 and alive[0].fits(order):
        _take_over(payout_id, alive[0], now=now)
    elif not alive:
        _cancel(payout_id, now=now)
    else:
        _leave(payout_id, "several" if len(alive) > 1 else "differs", now=now)


def _take_over(payout_id: int, remote: Remote, *, now: datetime) -> None:
    with transaction():
        payout = lock_one(Payout, payout_id)
        if _is_to_end(payout):
            payout.is_end_asked, payout.blocked_reason = False, ""
            recording.record(payout.id, remote.remote_id, now=now)


def _cancel(payout_id: int, *, now: datetime) -> None:
    with transaction():
        payout = lock_one(Payout, payout_id)
        if _is_to_end(payout):
            payout.is_end_asked, payout.not_before = False, None
            recording.close(payout, "not_found", now)
            give_back([payout], "cancel")
            recording.ask_finance(payout, now)


def _leave(payout_id: int, why: str, *, now: datetime) -> None:
    with transaction():
        payout = lock_one(Payout, payout_id)
        if _is_to_end(payout):
            payout.is_end_asked, payout.blocked_reason = False, why
            recording.ask_finance(payout, now)


def _is_to_end(payout: Payout) -> bool:
    is_waiting = payout.status is PayoutStatus.NEEDS_PERSON
    return is_waiting and payout.is_end_asked


def _record(verb: str, payout: Payout, *, by: Person, now: datetime) -> None:
    payee = db.session.get_one(Payee, payout.payee_id)
    audit.record(
        f"payout.{verb}",
        subject=db.session.get_one(Person, payee.person_id).subject,
        thing=f"payout:{payout.uid}",
        by=by,
        now=now,
        role="finance",
        organization_id=payee.payer_id,
    )
