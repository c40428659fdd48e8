"""Builders for payouts: approved hours that are owed, and runs at each stage."""

from datetime import date, timedelta
from typing import Any

from engage.core import clock
from engage.core.db import transaction
from engage.engagements.models import Engagement
from engage.funding.models import FundingLine, Reservation
from engage.funding.rules import Stage
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger import actions as ledger
from engage.ledger.models import Payable
from engage.ledger.rules import PayableKind
from engage.organizations.models import Installation, Organization
from engage.payouts import actions
from engage.payouts.models import PayoutBatch
from engage.payouts.rules import Caps, RepeatedAmount
from engage.people.models import Person
from tests import make

DAY = timedelta(days=1)
SAME = RepeatedAmount.SAME_PAY
CAPS = Caps(payout_cents=5_000_00, payee_month_cents=10_000_00, day_cents=50_000_00)


def demo_marker() -> None:
    """Mark the database as demo data, so that a second process may open it."""
    words = {"help_name": "Sam", "help_contact": "here", "support_line": "one"}
    make.save(Installation(id=1, is_demo=True, **words))


def owed(
    payer: Organization,
    *,
    to: Person | None = None,
    place: Organization | None = None,
    rail: str = "demo",
    minutes: int = 60,
    cents: int = 75_00,
    due_on: date | None = None,
    approved_by: Person | None = None,
    line: FundingLine | None = None,
) -> Payable:
    """An approved hours entry with everything below it: line, money, payable."""
    to, place = to or make.consultant(), place or make.organization()
    line = line or make.funding_line(place, payer=payer)
    agreed = make.engagement(make.opportunity(place, line=line), to)
    decided = {"status": HoursStatus.APPROVED, "decided_at": clock.now()}
    decided |= {"decided_by_id": approved_by and approved_by.id}
    decided |= {"is_attested": approved_by is None}
    entry = make.hours_entry(agreed, minutes=minutes, cents=cents, **decided)
    due_on = due_on or entry.day + 14 * DAY
    return owe(agreed, entry, payer, rail=rail, cents=cents, due_on=due_on)


def owe(
    agreed: Engagement,
    entry: HoursEntry,
    payer: Organization,
    *,
    rail: str,
    cents: int,
    due_on: date,
) -> Payable:
    """What an approved entry is owed, with the money of its line below it."""
    held = {"source": f"engagement:{agreed.uid}", "stage": Stage.APPROVED}
    make.save(Reservation(line_id=agreed.funding_line_id, cents=cents, **held))
    with transaction():
        payee = ledger.payee_for(agreed.person_id, payer.id)
        payee.rail = rail
        return ledger.owe(
            PayableKind.HOURS,
            f"hours:{entry.uid}",
            payee=payee,
            organization_id=agreed.organization_id,
            funding_line_id=agreed.funding_line_id,
            cents=cents,
            worked_on=entry.day,
            due_on=due_on,
            approved_by_id=entry.decided_by_id,
            now=clock.now(),
        )


def two_in_finance(payer: Organization) -> tuple[Person, Person]:
    return make.finance(payer), make.finance(payer)


def prepared(
    payer: Organization, maker: Person, *payables: Payable, **values: Any
) -> PayoutBatch:
    rows = payables or (owed(payer, **values),)
    uids = [row.uid for row in rows]
    return actions.prepare(payer, uids, by=maker, now=clock.now())


def release(batch: PayoutBatch, checker: Person, **values: Any) -> PayoutBatch:
    values = {"no_interest": True, "repeated": SAME, "caps": CAPS, **values}
    return actions.release(batch.id, by=checker, now=clock.now(), **values)


def released(payer: Organization, *payables: Payable, **values: Any) -> PayoutBatch:
    """A run that one prepared and another released."""
    maker, checker = two_in_finance(payer)
    return release(prepared(payer, maker, *payables, **values), checker)
