from collections.abc import Collection, Iterable
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from engage.core.db import UID_LENGTH, db
from engage.core.errors import NotFound
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.funding.cost_rules import CostKind
from engage.funding.models import FundingLine
from engage.hours.expense_models import Expense, PerDiemRate
from engage.hours.expense_rules import LIVE, ExpenseStatus, Rate
from engage.ledger import queries as ledger
from engage.ledger.models import Payable, Payee, Posting
from engage.people.models import Alias, Person

ORDER = (
    ExpenseStatus.RETURNED,
    ExpenseStatus.SUBMITTED,
    ExpenseStatus.APPROVED,
    ExpenseStatus.PAID,
    ExpenseStatus.WITHDRAWN,
)
PREFIX = "expense:"


def source(expense: Expense) -> str:
    """The name under which the ledger owes it."""
    return PREFIX + expense.uid


def rates() -> list[Rate]:
    rows = db.session.execute(
        sa.select(PerDiemRate.from_day, PerDiemRate.cents, PerDiemRate.source)
    )
    return [Rate(*row) for row in rows]


def shown_rate(day: date) -> PerDiemRate | None:
    """The row of the rate that holds on a day, with its source for the page."""
    return db.session.scalar(
        sa.select(PerDiemRate)
        .where(PerDiemRate.from_day <= day)
        .order_by(PerDiemRate.from_day.desc())
        .limit(1)
    )


def has_per_diem(person_id: int, day: date, *, without: int | None) -> bool:
    """Is that day away paid already, by whichever organization?"""
    found = db.session.scalar(
        sa.select(Expense.id)
        .where(
            Expense.person_id == person_id,
            Expense.day == day,
            Expense.kind == CostKind.PER_DIEM,
            Expense.status.in_(LIVE),
            Expense.is_advance.is_(False),
            Expense.id != (without or 0),
        )
        .limit(1)
    )
    return found is not None


def own(person: Person) -> sa.Select[Expense]:
    """The person's own costs by state, then newest first, for paging."""
    place = sa.case(
        {status: place for place, status in enumerate(ORDER)}, value=Expense.status
    )
    return (
        sa.select(Expense)
        .join(Expense.engagement)
        .where(Expense.person_id == person.id)
        .order_by(place, Expense.day.desc(), Expense.id.desc())
        .options(contains_eager(Expense.engagement), joinedload(Expense.organization))
    )


def own_one(person: Person, uid: str) -> Expense:
    """One of the person's own; anybody else's is not found."""
    found = db.session.scalar(own(person).where(Expense.uid == uid))
    if found is None:
        raise NotFound
    return found


def open_advances(person_id: int, line_id: int) -> list[Expense]:
    """Paid ahead and not accounted for yet, the oldest first; the line is locked."""
    return list(
        db.session.scalars(
            sa.select(Expense)
            .join(Expense.engagement)
            .where(
                Expense.person_id == person_id,
                Expense.is_advance,
                Expense.status == ExpenseStatus.PAID,
                Expense.settled_cents < Expense.cents,
                Engagement.funding_line_id == line_id,
            )
            .order_by(Expense.day, Expense.id)
            .execution_options(populate_existing=True)
        )
    )


def own_open_cents(person: Person) -> int:
    """What the person was paid ahead and has not shown yet, over all payers."""
    total = sa.func.sum(Expense.cents - Expense.settled_cents)
    return int(
        db.session.scalar(
            sa.select(total).where(
                Expense.person_id == person.id,
                Expense.is_advance,
                Expense.status == ExpenseStatus.PAID,
            )
        )
        or 0
    )


def pays(expenses: Iterable[Expense]) -> dict[str, Payable]:
    """What is owed or paid for them, by uid."""
    found = ledger.of_sources([source(each) for each in expenses])
    return {key.removeprefix(PREFIX): each for key, each in found.items()}


def waiting(places: Collection[int], now: datetime) -> sa.Select[Expense, str]:
    """(cost, alias) of what waits for these organizations, the oldest first."""
    return (
        _in_places(places, now)
        .where(Expense.status == ExpenseStatus.SUBMITTED)
        .order_by(Expense.sent_at, Expense.id)
    )


def waiting_count(places: Collection[int], now: datetime) -> int:
    return len(db.session.execute(waiting(places, now)).all())


def _in_places(places: Collection[int], now: datetime) -> sa.Select[Expense, str]:
    is_alias = sa.and_(
        Alias.person_id == Expense.person_id,
        Alias.organization_id == Expense.organization_id,
    )
    return (
        sa.select(Expense, Alias.name)
        .join(Expense.engagement)
        .join(Alias, is_alias)
        .where(Expense.organization_id.in_(places), engagements.shown(now))
        .options(contains_eager(Expense.engagement), joinedload(Expense.person))
    )


def one(places: Collection[int], uid: str, now: datetime) -> tuple[Expense, str]:
    """One of these organizations with its alias; what was taken back is gone."""
    row = db.session.execute(
        _in_places(places, now).where(
            Expense.uid == uid, Expense.status != ExpenseStatus.WITHDRAWN
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def ids(places: Collection[int], uids: Iterable[str], now: datetime) -> dict[str, int]:
    """Numbers of those that these organizations may see, by uid."""
    rows = db.session.execute(
        sa.select(Expense.uid, Expense.id)
        .join(Expense.engagement)
        .where(
            Expense.uid.in_(uids),
            Expense.organization_id.in_(places),
            engagements.shown(now),
        )
    )
    return {uid: expense_id for uid, expense_id in rows}


def ahead(payers: Collection[int]) -> sa.Select[Expense, str]:
    """(advance, payee's handle) paid by these payers and still open, for paging."""
    return (
        sa.select(Expense, Payee.handle)
        .join(Payable, Payable.source == PREFIX + Expense.uid)
        .join(Payable.payee)
        .where(
            Payable.payer_id.in_(payers),
            Expense.is_advance,
            Expense.status == ExpenseStatus.PAID,
            Expense.settled_cents < Expense.cents,
        )
        .order_by(Expense.day, Expense.id)
    )


def one_ahead(payers: Collection[int], uid: str) -> Expense:
    found = db.session.execute(ahead(payers).where(Expense.uid == uid)).one_or_none()
    if found is None:
        raise NotFound
    return found[0]


def statuses(engagement_id: int) -> set[ExpenseStatus]:
    """In which states the costs of one engagement are."""
    return set(
        db.session.scalars(
            sa.select(Expense.status)
            .where(Expense.engagement_id == engagement_id)
            .distinct()
        )
    )


def posted(payer_id: int) -> sa.Select[str]:
    """Sources of postings about costs and money ahead of this payer's lines, with those
    that name no payee since nothing was owed."""
    uid = sa.func.substr(Posting.source, len(PREFIX) + 1, UID_LENGTH)
    return (
        sa.select(Posting.source)
        .join(Expense, Expense.uid == uid)
        .join(Expense.engagement)
        .join(Engagement.line)
        .where(Posting.source.startswith(PREFIX), FundingLine.payer_id == payer_id)
    )
