"""From sent to paid: seen at the other side by the worker, or by a second person."""

from collections import Counter
from datetime import date, datetime, timedelta

from engage.audit import actions as audit
from engage.core.calendar import local_day
from engage.core.db import claim, db, end_read, lock, lock_one, transaction
from engage.funding import actions as funding
from engage.funding.models import FundingLine
from engage.funding.rules import Stage
from engage.hours import actions as hours
from engage.hours import expense_pay
from engage.hours.models import HoursEntry
from engage.ledger import actions as ledger_actions
from engage.ledger import rules as ledger
from engage.ledger.models import Payable, Payee
from engage.notices import actions as notices
from engage.organizations.models import Organization
from engage.payouts import queries, recording, rules, taking_back
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.rails.base import Order, Remote
from engage.payouts.rails.table import rail_of
from engage.payouts.returning import drop, lock_below
from engage.payouts.rules import PayoutStatus, RailName
from engage.payouts.switches import set_switch
from engage.people.models import Person
from engage.workload import pay

LOOK_AGAIN = timedelta(minutes=1)  # at what lies with somebody else
ARRIVED = "arrive"  # kind of posting: the other side shows the payment


def due(*, now: datetime, limit: int) -> list[int]:
    """Sent payouts to look for now, each put off first: all get their turn, also where
    one of them fails every time."""
    with transaction():
        payouts = lock(Payout, claim(Payout, queries.sent(now, limit)))
        for payout in payouts:
            is_ours = payout.rail is RailName.DEMO
            payout.not_before = now if is_ours else now + LOOK_AGAIN
        return [payout.id for payout in payouts]


def look_for(payout_id: int, *, now: datetime) -> None:
    """Compare one sent payout with what the other side shows, and say what follows."""
    payout = db.session.get_one(Payout, payout_id, populate_existing=True)
    order = recording.order_of(payout)
    rail, remote_id = rail_of(payout.rail), payout.remote_id
    back = payout.cents_back
    end_read()
    remotes = rail.find(order)
    if len(remotes) != 1 or not _is_ours(remotes[0], order, remote_id):
        stop_for_mismatch(payout_id, now=now)
        return
    if remotes[0].has_arrived:
        confirm(payout_id, now=now)
    if remotes[0].cents_back > back:
        taken_back(payout_id, remotes[0].cents_back, now=now)


def taken_back(payout_id: int, cents_back: int, *, now: datetime) -> None:
    """The other side shows so much of it taken back in all, by us or by others."""
    taking_back.seen_back(payout_id, cents_back, now=now)


def _is_ours(remote: Remote, order: Order, remote_id: str | None) -> bool:
    return remote.fits(order) and remote.remote_id == remote_id


def stop_for_mismatch(payout_id: int, *, now: datetime) -> None:
    """Ours and theirs differ: nothing more goes out on this rail before a look."""
    with transaction():
        payout = lock_one(Payout, payout_id)
        payer_id = queries.payer_of(payout.batch_id)
        if set_switch(payout.rail, payer_id, is_stopped=True, reason="mismatch"):
            recording.ask_finance(payout, now)


def confirm(payout_id: int, *, now: datetime) -> None:
    """The payment was seen: payout, payables, hours and money read paid, in one."""
    with transaction():
        lock_below(payout_id)
        payout = lock_one(Payout, payout_id)
        if payout.status is not PayoutStatus.SENT:
            return
        batch = db.session.get_one(PayoutBatch, payout.batch_id)
        zone = db.session.get_one(Organization, batch.payer_id).zone
        arrive(payout, paid_on=local_day(now, zone), by=None, now=now)


def arrive(payout: Payout, *, paid_on: date, by: Person | None, now: datetime) -> None:
    """Everything that a payment's arrival changes; the caller holds the locks."""
    payout.status = rules.after(payout.status, "confirm")
    payout.paid_on = paid_on
    ledger_actions.post(
        ARRIVED,
        f"payout:{payout.uid}",
        debit=ledger.clearing(payout.rail),
        credit=ledger.cash(payout.rail),
        cents=payout.cents,
        now=now,
    )
    _pay_work(payout, paid_on, now=now)
    payee = db.session.get_one(Payee, payout.payee_id)
    person = db.session.get_one(Person, payee.person_id)
    notices.queue(person.id, "paid", now=now)
    audit.record(
        "payout.paid",
        subject=person.subject,
        thing=f"payout:{payout.uid}",
        by=by,
        now=now,
        role="finance" if by else "",
        organization_id=payee.payer_id,
    )


def _pay_work(payout: Payout, paid_on: date, *, now: datetime) -> None:
    work = queries.work_of(payout.id)
    lock(Payable, [payable.id for payable, _ in work])
    moved: Counter[tuple[int, str]] = Counter()
    for payable, entry in work:
        payable.status = ledger.after(payable.status, "pay")
        payable.paid_on = paid_on
        if entry is None:
            expense_pay.arrived(payable, now=now)
        else:
            hours.pay(entry.id, now=now)
            source = f"engagement:{entry.engagement.uid}"
            moved[payable.funding_line_id, source] += payable.pay_cents
        _give_up_rest(payout, payable, entry, now=now)
    pay.arrived([payable.source for payable, _ in work], paid_on)
    for (line_id, source), cents in sorted(moved.items()):
        funding.move(
            db.session.get_one(FundingLine, line_id),
            source=source,
            stage=Stage.APPROVED,
            to_source=source,
            to_stage=Stage.PAID,
            cents=cents,
            now=now,
        )


def _give_up_rest(
    payout: Payout, payable: Payable, entry: HoursEntry | None, *, now: datetime
) -> None:
    """What the payee chose not to take is owed no more once the rest was paid.

    What came back and is owed anew reads paid on its line all along.
    """
    rest = payable.cents - payable.pay_cents
    if not rest:
        return
    payee = db.session.get_one(Payee, payout.payee_id)
    ledger_actions.post(
        ledger.UNOWE,
        f"part:{payable.uid}",
        debit=ledger.payable(payee.handle),
        credit=ledger.expense(payable.kind),
        cents=rest,
        now=now,
    )
    if entry is None:
        drop(payable, rest, now=now)
        return
    line = db.session.get_one(FundingLine, payable.funding_line_id)
    source = f"engagement:{entry.engagement.uid}"
    funding.release(line, source=source, stage=Stage.APPROVED, cents=rest, now=now)
