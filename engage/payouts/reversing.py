"""Asking money back: two people, the payee told first; then the rail is asked."""

from datetime import date, datetime

from engage.audit import actions as audit
from engage.core.calendar import local_day
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.ledger.models import Payee
from engage.notices import actions as notices
from engage.organizations.models import Organization
from engage.payouts import queries, recording, returning_queries
from engage.payouts import returning_rules as backs
from engage.payouts.models import Payout
from engage.payouts.models_after import Reversal
from engage.payouts.returning_rules import ReversalReason
from engage.payouts.rules import PayoutStatus, RailName
from engage.people.models import Person


def ask(
    payout_id: int, *, cents: int, reason: ReversalReason, by: Person, now: datetime
) -> Reversal:
    """One person wants money back; the payee is told before anything is decided."""
    with transaction() as session:
        payout = lock_one(Payout, payout_id)
        if payout.status is not PayoutStatus.PAID or payout.paid_on is None:
            raise Refused(N_("Only what was paid can be asked back."))
        if payout.rail is RailName.MANUAL:
            raise Refused(N_("Engage cannot take back what was paid by hand."))
        number = returning_queries.last_number(payout.id) + 1
        if returning_queries.open_of(payout.id) is not None:
            raise Refused(N_("Something of this payment is being asked back already."))
        payee, today = payee_of(payout), _today(payout, now)
        left = payout.cents - payout.cents_back
        until = backs.check_ask(
            reason, cents, left, paid_on=payout.paid_on, today=today
        )
        row = Reversal(
            payout_id=payout.id,
            number=number,
            cents=cents,
            reason=reason,
            asked_by_id=by.id,
            asked_at=now,
            base_cents=payout.cents_back,
            object_until=until,
            last_day=backs.last_day(payout.paid_on),
        )
        session.add(row)
        session.flush()
        notices.queue(payee.person_id, "money_back", now=now, uid=row.uid)
        record("ask", row, payee, by=by, now=now)
    return row


def answer(reversal_id: int, *, objects: bool, by: Person, now: datetime) -> Reversal:
    """The payee's own word; an objection stops it until a person decides."""
    with transaction():
        row, payout = locked(reversal_id)
        payee = payee_of(payout)
        if payee.person_id != by.id:
            raise NotFound
        row.status = backs.after(row.status, "object" if objects else "agree")
        row.answered_at = now
        recording.ask_finance(payout, now)
        record("object" if objects else "agree", row, payee, by=by, now=now)
    return row


def go(reversal_id: int, *, is_sure: bool, by: Person, now: datetime) -> Reversal:
    """The second person's yes; the worker asks the rail from here on."""
    with transaction():
        row, payout = locked(reversal_id)
        after = backs.after(row.status, "go")
        backs.check_go(
            row.status,
            is_asker=by.id == row.asked_by_id,
            is_sure=is_sure,
            object_until=row.object_until,
            last_day=row.last_day,
            today=_today(payout, now),
        )
        backs.check_same(row.base_cents, payout.cents_back)
        row.status, row.decided_by_id, row.decided_at = after, by.id, now
        notices.queue(payee_of(payout).person_id, "money_back", now=now, uid=row.uid)
        record("go", row, payee_of(payout), by=by, now=now)
    return row


def drop(reversal_id: int, *, by: Person | None, now: datetime) -> Reversal:
    """The organization bears it; anybody of its finance may say so, also the asker."""
    with transaction():
        row, payout = locked(reversal_id)
        row.status = backs.after(row.status, "drop")
        row.ended_at = now
        notices.queue(payee_of(payout).person_id, "money_back", now=now, uid=row.uid)
        record("drop", row, payee_of(payout), by=by, now=now)
    return row


def end_late(*, now: datetime) -> list[int]:
    """Ids of what nobody decided in time; the caller drops each."""
    return [
        row_id
        for row_id, last_day, zone in returning_queries.undecided()
        if local_day(now, zone) > last_day
    ]


def locked(reversal_id: int) -> tuple[Reversal, Payout]:
    payout_id = db.session.get_one(Reversal, reversal_id).payout_id
    payout = lock_one(Payout, payout_id)
    return lock_one(Reversal, reversal_id), payout


def payee_of(payout: Payout) -> Payee:
    return db.session.get_one(Payee, payout.payee_id)


def _today(payout: Payout, now: datetime) -> date:
    payer_id = queries.payer_of(payout.batch_id)
    return local_day(now, db.session.get_one(Organization, payer_id).zone)


def record(
    verb: str, row: Reversal, payee: Payee, *, by: Person | None, now: datetime
) -> None:
    person = db.session.get_one(Person, payee.person_id)
    is_own = by is not None and by.id == person.id
    audit.record(
        f"reversal.{verb}",
        subject=person.subject,
        thing=f"reversal:{row.uid}",
        by=by,
        now=now,
        role="" if is_own or by is None else "finance",
        organization_id=payee.payer_id,
    )
