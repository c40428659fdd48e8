"""What a consultant does about costs: send, mend, take back."""

from datetime import datetime

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, lock_one, transaction
from engage.core.errors import NotFound
from engage.engagements.models import Engagement
from engage.funding import queries as lines
from engage.funding.cost_rules import CostKind, check_cost
from engage.hours import expense_queries as queries
from engage.hours import expense_rules as rules
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import Cost
from engage.hours.queries import engagement as whole
from engage.ledger import actions as ledger
from engage.notices import actions as notices
from engage.opportunities.models import Opportunity
from engage.people import leads
from engage.people.models import Person


def send(engagement_id: int, cost: Cost, *, by: Person, now: datetime) -> Expense:
    """A cost that was borne, or money that is needed ahead, for agreed work."""
    with transaction() as session:
        engagement = _locked(engagement_id, by)
        _check(cost, engagement, by, now, without=None)
        expense = Expense(
            engagement_id=engagement_id,
            person_id=by.id,
            organization_id=engagement.organization_id,
            sent_at=now,
            is_advance=cost.is_advance,
        )
        _write(expense, cost, by)
        session.add(expense)
        session.flush()
        ledger.payee_for(by.id, engagement.line.payer_id)
        _tell(engagement, now)
        _record("expense.send", expense, by=by, now=now)
    return expense


def mend(expense_id: int, cost: Cost, *, by: Person, now: datetime) -> Expense:
    """Send a returned one again; what was spent stays that, and money ahead too."""
    with transaction():
        expense, engagement = _own(expense_id, by)
        expense.status = rules.after(expense.status, "submit")
        cost = cost._replace(is_advance=expense.is_advance)
        _check(cost, engagement, by, now, without=expense_id)
        _write(expense, cost, by)
        db.session.flush()
        _tell(engagement, now)
        _record("expense.mend", expense, by=by, now=now)
    return expense


def withdraw(expense_id: int, *, by: Person, now: datetime) -> Expense:
    """Take back what nobody has approved yet, with what was written about it."""
    with transaction():
        expense, _ = _own(expense_id, by)
        expense.status = rules.after(expense.status, "withdraw")
        expense.receipt_sealed = None
        db.session.flush()
        _record("expense.withdraw", expense, by=by, now=now)
    return expense


def _locked(engagement_id: int, by: Person) -> Engagement:
    """The person's row first, so that no day away is written down twice."""
    lock_one(Person, by.id)
    lock_one(Engagement, engagement_id)
    engagement = whole(engagement_id)
    if engagement.person_id != by.id:
        raise NotFound
    return engagement


def _own(expense_id: int, by: Person) -> tuple[Expense, Engagement]:
    engagement = _locked(db.session.get_one(Expense, expense_id).engagement_id, by)
    expense = db.session.get_one(Expense, expense_id, populate_existing=True)
    return expense, engagement


def _check(
    cost: Cost,
    engagement: Engagement,
    by: Person,
    now: datetime,
    *,
    without: int | None,
) -> None:
    line = engagement.line
    check_cost(lines.line_values(line), lines.costs_of(line), cost.kind, cost.day)
    is_away = cost.kind is CostKind.PER_DIEM and not cost.is_advance
    rules.check_cost(
        cost,
        today=calendar.local_day(now, by.zone),
        starts=calendar.local_day(engagement.agreed_at, by.zone),
        ended_on=engagement.ended_on,
        rate=rules.rate_on(queries.rates(), cost.day),
        has_per_diem=is_away and queries.has_per_diem(by.id, cost.day, without=without),
        was_sent=without is not None,
    )


def _write(expense: Expense, cost: Cost, by: Person) -> None:
    expense.kind, expense.day, expense.cents = cost.kind, cost.day, cost.cents
    has_receipt = not cost.is_advance and cost.kind is not CostKind.PER_DIEM
    seen_by, reference = cost.seen_by.split("\n")[0], cost.reference
    expense.write_receipt(by.subject, seen_by * has_receipt, reference * has_receipt)


def _tell(engagement: Engagement, now: datetime) -> None:
    post = db.session.get_one(Opportunity, engagement.opportunity_id)
    source = f"opportunity:{post.uid}"
    told = leads.to_tell(engagement.organization_id, source, now)
    # Whose name is still kept back is kept back here as well.
    notices.queue_once(
        told, "costs_waiting", now=max(now, engagement.shown_from or now)
    )


def _record(verb: str, expense: Expense, *, by: Person, now: datetime) -> None:
    audit.record(
        verb,
        subject=by.subject,
        thing=f"expense:{expense.uid}",
        by=by,
        now=now,
        organization_id=expense.organization_id,
    )
