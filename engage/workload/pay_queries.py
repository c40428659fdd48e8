"""Guards, expected pay and figures, as rows and as the plain values the rules weigh."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableKind, PayableStatus
from engage.people.models import Person
from engage.workload.guard import (
    Basis,
    Earnings,
    Guard,
    GuardKind,
    PayRow,
    counted_pay,
    earnings_of,
)
from engage.workload.models_pay import BenefitFigure, EarningsGuard, ExpectedPay

# No agreed work waits longer than this to be logged, and what is owed and paid in its
# place may be some months older: it has to be there to take that place.
AGREED_FOR, PAID_FOR = timedelta(days=400), timedelta(days=520)
UNAPPROVED_FOR = timedelta(days=45)  # logged within 30 days, then approved by itself
INCOME = (PayableKind.HOURS, PayableKind.STIPEND)


Weighed = tuple[list[Guard], list[PayRow]]


def weighed(person_ids: Collection[int], now: datetime) -> dict[int, Weighed]:
    """(guards, pay) of many people, in two statements; of who has no guard, nothing."""
    guards: dict[int, list[Guard]] = defaultdict(list)
    rows = db.session.scalars(
        sa.select(EarningsGuard)
        .where(EarningsGuard.person_id.in_(person_ids))
        # Read again after a lock: the session may hold an older row.
        .execution_options(populate_existing=True)
    )
    for row in rows:
        guards[row.person_id].append(values(row))
    pay = _pay(
        ExpectedPay.person_id.in_(person_ids),
        ExpectedPay.person_id.in_(sa.select(EarningsGuard.person_id)),
        today=now.date(),
    )
    return {each: (guards[each], pay[each]) for each in person_ids}


def own_earnings(person: Person, now: datetime) -> Earnings:
    """A person's own guards and pay, also before there is any guard."""
    pay = _pay(ExpectedPay.person_id == person.id, today=now.date())
    today = calendar.local_day(now, person.zone)
    return earnings_of(guards(person), pay[person.id], today=today)


def values(row: EarningsGuard) -> Guard:
    return Guard(row.kind, row.basis, row.mode, row.most)


def _pay(*where: sa.ColumnElement[bool], today: date) -> dict[int, list[PayRow]]:
    """Pay by person, that still counts or takes the place of what does."""
    is_actual = ExpectedPay.source != ExpectedPay.group
    due_on = sa.case(
        (ExpectedPay.not_before > ExpectedPay.due_on, ExpectedPay.not_before),
        else_=ExpectedPay.due_on,
    )
    rows = db.session.execute(
        sa.select(
            ExpectedPay.person_id,
            ExpectedPay.group,
            ExpectedPay.worked_on,
            sa.type_coerce(due_on, sa.Date),
            ExpectedPay.cents,
            is_actual,
            ExpectedPay.paid_on,
            ExpectedPay.payer_id,
        ).where(
            *where,
            sa.or_(
                ExpectedPay.worked_on >= today - PAID_FOR,
                ExpectedPay.paid_on >= today - PAID_FOR,
                sa.and_(is_actual, ExpectedPay.paid_on.is_(None)),
            ),
            sa.or_(is_actual, ExpectedPay.worked_on >= today - AGREED_FOR),
        )
    )
    found: dict[int, list[PayRow]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(PayRow(*row[1:]))
    return found


def guards(person: Person) -> list[Guard]:
    """A person's own limits."""
    rows = db.session.scalars(
        sa.select(EarningsGuard).where(EarningsGuard.person_id == person.id)
    )
    return [values(row) for row in rows]


def may_wait(person: Person) -> bool:
    """Whether one of their limits counts money in the month or year it is paid."""
    return any(one.basis is Basis.PAID for one in guards(person))


def waiting(person: Person) -> Sequence[Payable]:
    """Pay that is owed and in no run yet, the earliest work first."""
    return db.session.scalars(
        sa.select(Payable)
        .join(Payable.payee)
        .where(
            Payee.person_id == person.id,
            Payable.status == PayableStatus.WAITING,
            Payable.kind.in_(INCOME),
        )
        .order_by(Payable.worked_on, Payable.id)
    ).all()


class Coming(NamedTuple):
    """One line of agreed pay, with the cents of it that are not owed yet."""

    row: ExpectedPay
    cents: int


def coming(person: Person, now: datetime) -> list[Coming]:
    """Agreed pay of work to come, or done and not approved; earliest first.

    What is held on condition is left out.
    """
    since = calendar.local_day(now, person.zone) - UNAPPROVED_FOR
    rows = db.session.scalars(
        sa.select(ExpectedPay)
        .where(
            ExpectedPay.person_id == person.id,
            ExpectedPay.group.startswith("engagement:"),
            ExpectedPay.worked_on >= since - UNAPPROVED_FOR,
        )
        .order_by(ExpectedPay.worked_on, ExpectedPay.id)
    ).all()
    left = counted_pay(
        PayRow(
            row.group,
            row.worked_on,
            row.due_on,
            row.cents,
            is_actual=row.source != row.group,
            uid=row.uid,
        )
        for row in rows
    )
    cents = {one.uid: one.cents for one in left if not one.is_actual}
    return [
        Coming(row, cents[row.uid])
        for row in rows
        if row.uid in cents and row.worked_on >= since
    ]


def chosen_days(groups: Collection[str]) -> dict[str, list[tuple[date, date | None]]]:
    """(day of work, chosen pay day or None) of agreed pay, by group."""
    rows = db.session.execute(
        sa.select(
            ExpectedPay.group, ExpectedPay.worked_on, ExpectedPay.not_before
        ).where(ExpectedPay.group.in_(groups), ExpectedPay.source == ExpectedPay.group)
    )
    found: dict[str, list[tuple[date, date | None]]] = defaultdict(list)
    for group, worked_on, not_before in rows:
        found[group].append((worked_on, not_before))
    return dict(found)


def used_by(guards: Sequence[Guard], today: date) -> list[BenefitFigure]:
    """Figures that a limit was set as high as, of the same length of time."""
    limits = {(one.kind, one.limit) for one in guards}
    return [figure for figure in figures(today).values() if _meaning(figure) & limits]


def _meaning(figure: BenefitFigure) -> set[tuple[GuardKind, int]]:
    if figure.count is not None:
        is_payments = figure.kind.endswith("payments_year")
        return {(GuardKind.PAYMENTS, figure.count)} if is_payments else set()
    kind = GuardKind.YEAR if figure.kind.endswith("_year") else GuardKind.MONTH
    return {(kind, figure.cents or 0)}


def figures(today: date) -> dict[str, BenefitFigure]:
    """The newest row of each kind that holds by today."""
    rows = db.session.scalars(
        sa.select(BenefitFigure)
        .where(BenefitFigure.from_day <= today)
        .order_by(BenefitFigure.from_day)
    )
    return {row.kind: row for row in rows}
