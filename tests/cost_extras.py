"""Costs that crawlers see: one paid, one sent back, money ahead that is open."""

import sqlalchemy as sa

from engage.core.access import Role
from engage.core.calendar import DAY, local_day
from engage.core.db import db, transaction
from engage.demo.year import Year
from engage.engagements.models import Engagement
from engage.engagements.rules import LIVE
from engage.funding.cost_rules import CostKind
from engage.hours import expense_decisions, expenses
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import Cost, ExpenseCheck
from engage.ledger.models import Payable, Payee
from engage.organizations.models import Organization
from engage.payouts import actions as payouts
from engage.payouts import manual
from engage.payouts.models import Payout
from engage.payouts.rules import Caps, ManualKind, RailName
from engage.people.models import Person
from tests import pages


def play(year: Year) -> None:
    """On work to come, of the consultant whom the crawlers are if they have any."""
    usual = pages.person_of(Role.CONSULTANT)
    work = db.session.scalars(
        sa.select(Engagement)
        .where(Engagement.status.in_(LIVE))
        .order_by(Engagement.person_id != usual, Engagement.id)
        .limit(1)
    ).one()
    person = db.session.get_one(Person, work.person_id)
    today = local_day(year.now, person.zone)
    ahead = Cost(CostKind.TRAVEL, today + 5 * DAY, 80_00, is_advance=True)
    _pay(expenses.send(work.id, ahead, by=person, now=year.now), year)
    childcare = Cost(CostKind.CHILDCARE, today, 30_00, "Sam Rivera", "Oaks, No. 4")
    _approve(expenses.send(work.id, childcare, by=person, now=year.now), year)
    ride = Cost(CostKind.TRAVEL, today, 12_00, "Sam Rivera", "Ride, No. 9")
    back = expenses.send(work.id, ride, by=person, now=year.now)
    by = year.cast.coordinators[work.organization_id][0]
    expense_decisions.give_back(back.id, ExpenseCheck.AMOUNT, by=by, now=year.now)
    access = Cost(CostKind.ACCESS, today, 9_50, "Sam Rivera", "Captions, No. 2")
    expenses.send(work.id, access, by=person, now=year.now)


def _approve(expense: Expense, year: Year) -> None:
    expense_decisions.approve_seen(
        {expense.uid: expense.version},
        [expense.organization_id],
        by=year.cast.coordinators[expense.organization_id][0],
        now=year.now,
        no_interest=True,
    )


def _pay(expense: Expense, year: Year) -> None:
    """By check, in a run of its own, recorded by one and confirmed by another."""
    _approve(expense, year)
    payable = db.session.scalars(
        sa.select(Payable).where(Payable.source == f"expense:{expense.uid}")
    ).one()
    payee = db.session.get_one(Payee, payable.payee_id)
    usual, payee.rail = payee.rail, RailName.MANUAL
    payer = db.session.get_one(Organization, payable.payer_id)
    maker, checker = year.cast.finance[payer.id][:2]
    batch = payouts.prepare(payer, [payable.uid], by=maker, now=year.now)
    payouts.release(batch.id, by=checker, now=year.now, caps=Caps(), no_interest=True)
    payout_id = db.session.scalars(
        sa.select(Payout.id).where(Payout.batch_id == batch.id)
    ).one()
    today = year.now.date()
    manual.record(
        payout_id,
        kind=ManualKind.CHECK,
        reference="90188",
        paid_on=today,
        today=today,
        by=maker,
        now=year.now,
    )
    manual.confirm(payout_id, by=checker, now=year.now)
    # A payee that changed their way would keep a run that waits from being released.
    with transaction():
        payee.rail = usual
