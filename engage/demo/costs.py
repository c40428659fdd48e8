"""What invented people spent on the way to work, and money they asked for ahead."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from engage.core import calendar
from engage.core.db import db
from engage.demo.year import Year
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.engagements.rules import LIVE
from engage.funding import costs
from engage.funding import queries as funds
from engage.funding.cost_rules import CostKind
from engage.funding.models import FundingLine
from engage.funding.rules import CostCategory, Stage
from engage.hours import expense_decisions, expenses, per_diem
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import Cost, ExpenseCheck
from engage.people.models import Person

POLICY = {
    CostCategory.CONSULTANT: (
        "Work with an agreed result is a fee for a consultant. Taking part in a "
        "training or a meeting of a group is participant support."
    ),
    CostCategory.PARTICIPANT_SUPPORT: (
        "A stipend for taking part. Work with an agreed result is a fee."
    ),
    CostCategory.TRAVEL: "Travel of people on the boards, and nothing else.",
}
SPENT = (
    (CostKind.TRAVEL, 14_50, "Bus, two rides"),
    (CostKind.CHILDCARE, 48_00, "Little Oaks, No. 118"),
    (CostKind.TRAVEL, 22_75, "Ride, No. 5521"),
    (CostKind.ACCESS, 35_00, "Captions, No. 77"),
)
MOST = 6


def play(year: Year) -> None:
    """Daily rates, policies of lines, and costs in each state but paid."""
    per_diem.keep()
    _write_policies(year)
    found = _in_person(year)
    for work in found:
        _keep(work, year)
    recent = [(work, day) for work in found if (day := _last_day(work, year))]
    sent = [
        _send(work, day, number, year)
        for number, (work, day) in enumerate(recent[:MOST])
    ]
    if len(sent) > 1:
        by = year.cast.coordinators[sent[0].organization_id][0]
        expense_decisions.give_back(
            sent[0].id, ExpenseCheck.RECEIPT, by=by, now=year.now
        )
        _approve(sent[1], year)
    coming = [work for work in found if work.status in LIVE]
    for work in coming[:2]:
        _ask_ahead(work, year)


def _write_policies(year: Year) -> None:
    for line in db.session.scalars(sa.select(FundingLine)):
        line.category_policy = POLICY[line.cost_category]
        line.category_policy_on = date(year.now.year - 1, 9, 15)
    db.session.flush()


def _in_person(year: Year) -> list[Engagement]:
    """Agreed work that people travel to, in order; over for 30 days at most."""
    rows = db.session.scalars(
        sa.select(Engagement)
        .where(
            sa.or_(
                Engagement.ended_on.is_(None),
                Engagement.ended_on >= year.now.date() - timedelta(days=25),
            )
        )
        .order_by(Engagement.id)
        .options(
            joinedload(Engagement.line),
            selectinload(Engagement.sessions),
        )
    )
    return [work for work in rows if work.terms.get("costs_cents")]


def _keep(work: Engagement, year: Year) -> None:
    own = costs.source(engagements.group(work))
    if funds.held_cents(work.funding_line_id, own, Stage.RESERVED):
        return
    costs.reserve(
        work.line,
        f"opportunity:{work.opportunity_id}",
        engagements.group(work),
        work.terms["costs_cents"],
        now=year.now,
    )


def _last_day(work: Engagement, year: Year) -> date | None:
    past = [one.starts_at for one in work.sessions if one.starts_at < year.now]
    return calendar.local_day(max(past), _person(work).zone) if past else None


def _person(work: Engagement) -> Person:
    return db.session.get_one(Person, work.person_id)


def _send(work: Engagement, day: date, number: int, year: Year) -> Expense:
    kind, cents, reference = SPENT[number % len(SPENT)]
    seen_by = year.cast.coordinators[work.organization_id][0].staff_name
    cost = Cost(kind, day, cents, seen_by[:80], reference)
    return expenses.send(work.id, cost, by=_person(work), now=year.now)


def _approve(expense: Expense, year: Year) -> None:
    expense_decisions.approve_seen(
        {expense.uid: expense.version},
        [expense.organization_id],
        by=year.cast.coordinators[expense.organization_id][0],
        now=year.now,
        no_interest=True,
    )


def _ask_ahead(work: Engagement, year: Year) -> None:
    day = calendar.local_day(year.now, _person(work).zone) + timedelta(days=7)
    cost = Cost(CostKind.TRAVEL, day, 40_00, is_advance=True)
    expenses.send(work.id, cost, by=_person(work), now=year.now)
