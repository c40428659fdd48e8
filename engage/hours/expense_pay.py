"""What a payment that arrives or comes back changes about the cost it was for."""

from datetime import date, datetime

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, lock_one, transaction
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.funding import costs
from engage.funding.models import FundingLine, Reservation
from engage.funding.rules import Stage
from engage.hours import expense_queries as queries
from engage.hours import expense_rules as rules
from engage.hours.expense_models import Expense
from engage.hours.rules import LOGGING_DAYS
from engage.ledger.models import Payable
from engage.organizations.models import Organization
from engage.people.models import Person


def arrived(payable: Payable, *, now: datetime) -> None:
    """Its payment arrived; nothing to do where it is not for a cost."""
    found = _of(payable)
    if found is not None:
        expense, work = found
        expense.status = rules.after(expense.status, "pay")
        costs.pay(payable.funding_line_id, work, payable.cents, now=now)


def came_back(payable: Payable, *, now: datetime) -> None:
    """Its payment came back whole: approved and unpaid once more."""
    found = _of(payable)
    if found is not None:
        expense, work = found
        expense.status = rules.after(expense.status, "reopen")
        line_id = payable.funding_line_id
        costs.unpay(line_id, work, payable.cents, is_freed=False, now=now)


def part_dropped(payable: Payable, cents: int, *, now: datetime) -> int:
    """So much of its payment was taken back and is owed no more; cents that stay owed.

    Of money ahead only what is still open can go: the rest has borne costs, and whoever
    paid those would have paid them alone. What goes can bear no later cost.
    """
    found = _of(payable)
    if found is None:
        return 0
    expense, work = found
    dropped = min(cents, expense.open_cents) if expense.is_advance else cents
    if expense.is_advance:
        expense.settled_cents += dropped
    if dropped:
        costs.unpay(payable.funding_line_id, work, dropped, is_freed=True, now=now)
    return cents - dropped


def _of(payable: Payable) -> tuple[Expense, str] | None:
    """The cost, locked, and under which name the line keeps its money."""
    if not payable.source.startswith(queries.PREFIX):
        return None
    uid = payable.source.removeprefix(queries.PREFIX)
    expense_id = db.session.scalars(
        sa.select(Expense.id).where(Expense.uid == uid)
    ).one_or_none()
    if expense_id is None:
        return None
    expense = lock_one(Expense, expense_id)
    engagement = db.session.get_one(Engagement, expense.engagement_id)
    return expense, engagements.group(engagement)


def keeping_costs(today: date) -> list[int]:
    """Engagements that ended long ago and still keep money for costs, by number."""
    kept = sa.and_(
        Reservation.source == "costs:engagement:" + Engagement.uid,
        Reservation.stage == Stage.RESERVED,
        Reservation.cents > 0,
    )
    return list(
        db.session.scalars(
            sa.select(Engagement.id)
            .join(Reservation, kept)
            .where(Engagement.ended_on < today - calendar.DAY * LOGGING_DAYS)
            .order_by(Engagement.id)
        )
    )


def settle(engagement_id: int, *, now: datetime) -> int:
    """Free what an ended engagement kept for costs, once none can come; cents."""
    with transaction():
        line_id = db.session.get_one(Engagement, engagement_id).funding_line_id
        line = lock_one(FundingLine, line_id)
        engagement = lock_one(Engagement, engagement_id)
        # Until their own midnight the consultant may send, wherever the payer is.
        zone = db.session.get_one(Person, engagement.person_id).zone
        today, ended_on = calendar.local_day(now, zone), engagement.ended_on
        if ended_on is None or not rules.may_settle(
            ended_on, today, queries.statuses(engagement_id)
        ):
            return 0
        cents = costs.give_back(
            line, engagements.group(engagement), Stage.RESERVED, now=now
        )
        if cents:
            payer = db.session.get_one(Organization, line.payer_id)
            audit.record(
                "expense.settle",
                subject=f"organization:{payer.uid}",
                thing=f"funding_line:{line.uid}",
                by=None,
                now=now,
                organization_id=engagement.organization_id,
            )
    return cents
