"""A payment made outside of Engage: one person records it, another confirms it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from engage.audit import actions as audit
from engage.core.db import Conflict, db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.ledger import actions as ledger_actions
from engage.ledger import rules as ledger
from engage.ledger.models import Payee
from engage.payouts import (
    arriving,
    queries,
    recording,
    rules,
    sending,
    settling_queries,
)
from engage.payouts.actions import give_back
from engage.payouts.models import ManualPayment, Payout, PayoutBatch
from engage.payouts.rules import (
    ManualKind,
    PayoutStatus,
    RailName,
    RepeatedReference,
)
from engage.people.models import Person

TAKEN_BACK = "back"  # kind of posting: what was recorded as sent was not


def record(
    payout_id: int,
    *,
    kind: ManualKind,
    reference: str,
    paid_on: date,
    today: date,
    by: Person,
    now: datetime,
    repeated: RepeatedReference = RepeatedReference.NONE,
) -> Payout:
    """What a person did: kind, reference and day, never what could be used to pay.

    `repeated`: why a reference that another payment carries is right; whoever confirms
    has to say that they saw it.
    """
    reference = rules.check_reference(reference)
    if paid_on > today:
        raise Refused(N_("Choose today or an earlier day."), field="paid_on")
    with _one_of_its_reference(), transaction():
        payout = lock_one(Payout, payout_id)
        if payout.rail is not RailName.MANUAL:
            raise Refused(N_("Engage pays this one by itself."))
        _check_released(payout, now)
        payout.status = rules.after(payout.status, "claim")
        recording.new_attempt(payout, now)
        said = {"kind": kind, "reference": reference, "paid_on": paid_on}
        manual = ManualPayment(
            payout_id=payout.id,
            payer_id=_batch(payout).payer_id,
            repeated=repeated,
            recorded_by_id=by.id,
            recorded_at=now,
            **said,
        )
        db.session.add(manual)
        db.session.flush()
        recording.record(payout.id, f"manual_{manual.uid}", now=now)
        _audit("record", payout, by=by, now=now)
    return payout


@contextmanager
def _one_of_its_reference() -> Iterator[None]:
    try:
        yield
    except Conflict:
        raise Refused(
            N_(
                "This reference stands on another payment. Look at it again. If it is "
                "right, say why."
            ),
            field="reference",
        ) from None


def _check_released(payout: Payout, now: datetime) -> None:
    """What was released still stands, and who released it may still do so."""
    batch = _batch(payout)
    if payout.status is PayoutStatus.QUEUED and sending.reason_to_hold(batch):
        raise Refused(
            N_(
                "Something changed after this run was released, or who released it may "
                "no longer do so. Do not pay it. Cancel it and prepare it again."
            )
        )
    if RailName.MANUAL in queries.stopped_rails([batch.payer_id]):
        raise Refused(N_("Payments by hand are stopped. Let them go on first."))
    _check_settled(payout, now)


def _check_settled(payout: Payout, now: datetime) -> None:
    if settling_queries.settling([payout.id], now):
        raise Refused(
            N_(
                "This payee's account was opened anew. Do not pay yet: payments wait"
                " for seven days."
            )
        )


def confirm(
    payout_id: int, *, by: Person, now: datetime, repeat_seen: bool = False
) -> Payout:
    """A second person saw that it was paid."""
    with transaction():
        arriving.lock_below(payout_id)
        payout = lock_one(Payout, payout_id)
        manual = _recorded(payout)
        if manual.recorded_by_id == by.id:
            raise Refused(
                N_("You recorded this payment. A second person has to confirm it.")
            )
        if manual.repeated is not RepeatedReference.NONE and not repeat_seen:
            raise Refused(
                N_("Tick that you looked at the other payment of this reference."),
                field="repeat_seen",
            )
        manual.confirmed_by_id, manual.confirmed_at = by.id, now
        arriving.arrive(payout, paid_on=manual.paid_on, by=by, now=now)
        db.session.flush()
    return payout


def take_back(payout_id: int, *, by: Person, now: datetime) -> Payout:
    """It was recorded by mistake: what is owed waits again, nothing is erased."""
    with transaction():
        payout = lock_one(Payout, payout_id)
        if payout.status is not PayoutStatus.SENT:
            raise Refused(N_("This payment is confirmed and can no longer go back."))
        _recorded(payout).voided_at = now
        ledger_actions.post(
            TAKEN_BACK,
            f"payout:{payout.uid}",
            debit=ledger.clearing(payout.rail),
            credit=ledger.payable(_payee(payout).handle),
            cents=payout.cents,
            now=now,
        )
        give_back([payout], "return")
        _audit("take_back", payout, by=by, now=now)
    return payout


def _recorded(payout: Payout) -> ManualPayment:
    manual = queries.manual_of(payout.id)
    if manual is None:
        raise NotFound
    return manual


def _batch(payout: Payout) -> PayoutBatch:
    return db.session.get_one(PayoutBatch, payout.batch_id)


def _payee(payout: Payout) -> Payee:
    return db.session.get_one(Payee, payout.payee_id)


def _audit(verb: str, payout: Payout, *, by: Person, now: datetime) -> None:
    payee = _payee(payout)
    person = db.session.get_one(Person, payee.person_id)
    audit.record(
        f"payout.{verb}",
        subject=person.subject,
        thing=f"payout:{payout.uid}",
        by=by,
        now=now,
        role="finance",
        organization_id=payee.payer_id,
    )
