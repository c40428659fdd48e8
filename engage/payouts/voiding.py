"""A confirmed payment by hand that was not: two people void it; it is owed again."""

from datetime import datetime

from engage.audit import actions as audit
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.ledger.models import Payee
from engage.notices import actions as notices
from engage.payouts import queries, recording, returning
from engage.payouts.models import ManualPayment, Payout
from engage.payouts.rules import PayoutStatus
from engage.people.models import Person


def ask(payout_id: int, *, by: Person, now: datetime) -> Payout:
    """One person says that it was never received; nothing changes yet."""
    with transaction():
        payout, manual = _confirmed(payout_id)
        if manual.void_asked_by_id is not None:
            raise Refused(N_("Somebody asked for this already."))
        manual.void_asked_by_id = by.id
        recording.ask_finance(payout, now)
        _record("void_ask", payout, by=by, now=now)
    return payout


def leave(payout_id: int, *, by: Person, now: datetime) -> Payout:
    """It was paid after all: the question is taken back."""
    with transaction():
        payout, manual = _confirmed(payout_id)
        manual.void_asked_by_id = None
        _record("void_leave", payout, by=by, now=now)
    return payout


def void(payout_id: int, *, by: Person, now: datetime) -> Payout:
    """The second person's yes: posted the other way, and the work is payable again."""
    with transaction():
        returning.lock_below(payout_id)
        payout, manual = _confirmed(payout_id)
        if manual.void_asked_by_id is None:
            raise Refused(N_("Somebody has to ask for this first."))
        if manual.void_asked_by_id == by.id:
            raise Refused(N_("You asked for this. A second person has to do it."))
        manual.voided_by_id, manual.voided_at = by.id, now
        returning.come_back(payout, payout.cents, is_owed=True, now=now)
        payee = db.session.get_one(Payee, payout.payee_id)
        notices.queue_once([payee.person_id], "payment_back", now=now)
        _record("void", payout, by=by, now=now)
    return payout


def _confirmed(payout_id: int) -> tuple[Payout, ManualPayment]:
    payout = lock_one(Payout, payout_id)
    manual = queries.manual_of(payout.id)
    if manual is None:
        raise NotFound
    if payout.status is not PayoutStatus.PAID:
        raise Refused(N_("Only a confirmed payment can be voided."))
    return payout, manual


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
