"""What becomes of costs: approved, sent back once, borne by money paid ahead."""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, lock, lock_one, transaction
from engage.core.errors import NotFound, Refused
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.funding import costs
from engage.funding.models import FundingLine
from engage.hours import expense_queries as queries
from engage.hours import expense_rules as rules
from engage.hours import given_back_queries
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import Cost, ExpenseCheck
from engage.hours.rules import CHANGED, check_approver
from engage.ledger import actions as ledger
from engage.ledger.rules import ADVANCE, REIMBURSEMENT, PayableKind
from engage.notices import actions as notices
from engage.people.models import Person

COVERED = "cover"  # kind of posting: money paid ahead bore a cost


def approve_seen(
    seen: Mapping[str, int],
    places: Collection[int],
    *,
    by: Person,
    now: datetime,
    no_interest: bool,
) -> list[Expense]:
    """Approve what a page showed, as versions by uid: all of them or none."""
    ids = queries.ids(places, seen, now)
    if len(ids) != len(seen):
        raise Refused(CHANGED)
    versions = {ids[uid]: version for uid, version in seen.items()}
    with transaction():
        found = locked(ids.values())
        for expense in found:
            _check_seen(expense, versions.get(expense.id))
            check_approver(by.id, expense.person_id, not no_interest)
        for expense in found:
            _approve(expense, by=by, now=now)
        db.session.flush()
        for person_id in sorted({expense.person_id for expense in found}):
            notices.queue(person_id, "costs_approved", now=now)
        record("expense.approve", found, by=by, now=now)
    return found


def give_back(
    expense_id: int,
    check: ExpenseCheck,
    *,
    by: Person,
    now: datetime,
    version: int | None = None,
) -> Expense:
    """Return one once, by naming what to check; nothing else can be said."""
    with transaction():
        (expense,) = locked([expense_id])
        _check_seen(expense, version)
        rules.check_return(expense.status, expense.return_check is not None)
        expense.status = rules.after(expense.status, "return")
        expense.return_check = check
        db.session.flush()
        notices.queue(expense.person_id, "costs_returned", now=now, uid=expense.uid)
        record("expense.return", [expense], by=by, now=now)
    return expense


def locked(ids: Collection[int]) -> list[Expense]:
    """The costs below their locked lines and engagements, read afresh."""
    rows = db.session.execute(
        sa.select(Engagement.funding_line_id, Engagement.id)
        .join(Expense, Expense.engagement_id == Engagement.id)
        .where(Expense.id.in_(ids))
    ).all()
    lock(FundingLine, [line_id for line_id, _ in rows])
    lock(Engagement, [engagement_id for _, engagement_id in rows])
    found = list(
        db.session.scalars(
            sa.select(Expense)
            .where(Expense.id.in_(ids))
            .order_by(Expense.day, Expense.id)
            .options(
                joinedload(Expense.person),
                joinedload(Expense.organization),
                joinedload(Expense.engagement).joinedload(Engagement.line),
            )
            .execution_options(populate_existing=True)
        )
    )
    if not found or len(found) != len(set(ids)):
        raise NotFound
    return found


def _check_seen(expense: Expense, version: int | None) -> None:
    rules.check_waiting(expense.status)
    if version is not None and version != expense.version:
        raise Refused(CHANGED)


def _approve(expense: Expense, *, by: Person, now: datetime) -> None:
    expense.status = rules.after(expense.status, "approve")
    expense.decided_at, expense.decided_by_id = now, by.id
    if not expense.is_advance:
        _cover(expense, now)
    if not expense.owed_cents:
        expense.status = rules.after(expense.status, "pay")
        return
    engagement = expense.engagement
    line = lock_one(FundingLine, engagement.funding_line_id)
    costs.spend(line, engagements.group(engagement), expense.owed_cents, now=now)
    _owe(expense, now=now)


def _cover(expense: Expense, now: datetime) -> None:
    """What was paid ahead bears it first; that never touches pay. Nor does what one
    person in finance says came back already bear any."""
    line_id = expense.engagement.funding_line_id
    advances = queries.open_advances(expense.person_id, line_id)
    noted = given_back_queries.noted([each.id for each in advances])
    there = [max(0, each.open_cents - noted[each.id]) for each in advances]
    parts = rules.covered(expense.cents, there)
    for advance, part in zip(advances, parts, strict=True):
        advance.settled_cents += part
    expense.covered_cents = sum(parts)
    if expense.covered_cents:
        ledger.post(
            COVERED,
            queries.source(expense),
            debit=REIMBURSEMENT,
            credit=ADVANCE,
            cents=expense.covered_cents,
            now=now,
        )
    db.session.flush()


def _owe(expense: Expense, *, now: datetime) -> None:
    engagement, zone = expense.engagement, expense.organization.zone
    cost = Cost(expense.kind, expense.day, expense.cents, is_advance=expense.is_advance)
    ledger.owe(
        PayableKind.ADVANCE if expense.is_advance else PayableKind.EXPENSE,
        queries.source(expense),
        payee=ledger.payee_for(expense.person_id, engagement.line.payer_id),
        organization_id=expense.organization_id,
        funding_line_id=engagement.funding_line_id,
        cents=expense.owed_cents,
        worked_on=min(expense.day, calendar.local_day(now, zone)),
        due_on=rules.due_on(
            cost,
            calendar.local_day(expense.sent_at, zone),
            engagement.terms["promise_days"],
        ),
        approved_by_id=expense.decided_by_id,
        now=now,
    )


def record(
    verb: str,
    expenses: Collection[Expense],
    *,
    by: Person,
    now: datetime,
    role: str = "coordinator",
) -> None:
    """One entry in each consultant's chain for each of theirs."""
    audit.record_all(
        verb,
        [
            (each.person.subject, f"expense:{each.uid}", each.organization_id)
            for each in expenses
        ],
        by=by,
        now=now,
        role=role,
    )
