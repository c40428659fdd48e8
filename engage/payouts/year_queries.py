"""What was paid in a calendar year, by the day of payment, over every rail but demo.

A payment that came back is not paid, and what was given back for costs is no income.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from engage.core.calendar import local_day
from engage.core.db import db
from engage.ledger.models import Payable, Payee
from engage.ledger.queries import NOT_INCOME
from engage.organizations.models import Organization
from engage.payouts import year_rules
from engage.payouts.models import Payout, PayoutBatch, PayoutItem
from engage.payouts.rules import PayoutStatus, RailName
from engage.payouts.year_models import TaxThreshold

IS_PAY = Payable.kind.not_in(NOT_INCOME)
UNDER_WAY = tuple(
    set(PayoutStatus)
    - {PayoutStatus.DRAFT, PayoutStatus.CANCELLED, PayoutStatus.RETURNED}
    - {PayoutStatus.PAID}
)


def threshold(year: int) -> TaxThreshold | None:
    """The year's figure, None when nobody here knows one."""
    return db.session.scalar(
        sa.select(TaxThreshold).where(
            TaxThreshold.year == year, TaxThreshold.form == year_rules.FORM
        )
    )


def thresholds() -> dict[int, TaxThreshold]:
    rows = db.session.scalars(
        sa.select(TaxThreshold).where(TaxThreshold.form == year_rules.FORM)
    )
    return {row.year: row for row in rows}


def is_real(*, is_live: bool) -> sa.ColumnElement[bool]:
    """Payments by hand, and those that Stripe made in this installation's mode."""
    by_stripe = sa.and_(Payout.rail == RailName.STRIPE, Payout.is_live.is_(is_live))
    return sa.or_(Payout.rail == RailName.MANUAL, by_stripe)


def is_paid_in(year: int, *, is_live: bool) -> sa.ColumnElement[bool]:
    """Payments that arrived in that year and stayed."""
    return sa.and_(
        Payout.status == PayoutStatus.PAID,
        Payout.paid_on.between(date(year, 1, 1), date(year, 12, 31)),
        is_real(is_live=is_live),
    )


def totals(
    payer_id: int, year: int, *, is_live: bool, least: int = 0
) -> sa.Select[str, int, int, int, int, int]:
    """(handle, payee, pay, of it by Stripe, of it by hand, costs given back) of each
    payee who was paid, the highest pay first; `least` leaves out who got less."""
    one = _payments(
        sa.and_(Payee.payer_id == payer_id, is_paid_in(year, is_live=is_live))
    )
    pay = _sum(one.c.pay)
    return (
        sa.select(
            Payee.handle,
            Payee.id,
            pay,
            _sum(sa.case((one.c.rail == RailName.STRIPE, one.c.pay), else_=0)),
            _sum(sa.case((one.c.rail == RailName.MANUAL, one.c.pay), else_=0)),
            _sum(one.c.given_back),
        )
        .join(one, one.c.payee_id == Payee.id)
        .group_by(Payee.handle, Payee.id)
        .having(pay >= least)
        .order_by(pay.desc(), Payee.handle)
    )


def _payments(which: sa.ColumnElement[bool]) -> sa.Subquery:
    """Each payment's pay and costs; what was taken back of it is pay as far as that
    goes, since a payment is taken back for a wrong amount of pay."""
    pay = sa.func.sum(sa.case((IS_PAY, PayoutItem.cents), else_=0))
    costs = sa.func.sum(sa.case((IS_PAY, 0), else_=PayoutItem.cents))
    of_pay = sa.case((pay < Payout.cents_back, pay), else_=Payout.cents_back)
    return (
        sa.select(
            Payout.id,
            Payout.payee_id,
            Payout.batch_id,
            Payout.rail,
            (pay - of_pay).label("pay"),
            (costs - (Payout.cents_back - of_pay)).label("given_back"),
        )
        .select_from(PayoutItem)
        .join(PayoutItem.payable)
        .join(PayoutItem.payout)
        .join(Payout.payee)
        .where(which, PayoutItem.is_active)
        .group_by(
            Payout.id,
            Payout.payee_id,
            Payout.batch_id,
            Payout.rail,
            Payout.cents_back,
        )
        .subquery()
    )


def _sum(cents: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(cents), sa.BigInteger)


@dataclass(frozen=True)
class YearSum:
    """What one payer paid in a year, and how many payees reach the figure."""

    payees: int
    pay_cents: int
    given_back_cents: int
    reaching: int


def whole(payer_id: int, year: int, most: int | None, *, is_live: bool) -> YearSum:
    one = totals(payer_id, year, is_live=is_live).order_by(None).subquery()
    pay, back = one.c[2], one.c[5]
    reaching = sa.false() if most is None else pay >= most
    row = db.session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(pay), 0),
            sa.func.coalesce(sa.func.sum(back), 0),
            sa.func.coalesce(sa.func.sum(sa.case((reaching, 1), else_=0)), 0),
        ).select_from(one)
    ).one()
    return YearSum(*(int(each) for each in row))


def years(payer_id: int, *, is_live: bool) -> list[int]:
    """Years in which this payer paid somebody, the newest first."""
    year = sa.extract("year", Payout.paid_on)
    rows = db.session.scalars(
        sa.select(year)
        .join(Payout.batch)
        .where(
            PayoutBatch.payer_id == payer_id,
            Payout.status == PayoutStatus.PAID,
            is_real(is_live=is_live),
        )
        .distinct()
    )
    return sorted((int(each) for each in rows if each is not None), reverse=True)


def crossing(
    batch: PayoutBatch, payer: Organization, now: datetime, *, is_live: bool
) -> tuple[TaxThreshold | None, dict[str, int]]:
    """The year's figure, and what payees come to who reach it with this run.

    What is on its way from earlier runs counts as paid before it.
    """
    year = local_day(now, payer.zone).year
    figure = threshold(year)
    if figure is None:
        return None, {}
    mine, before = _with_run(batch, year, is_live=is_live)
    return figure, year_rules.crossing(before, mine, figure.cents)


def _with_run(
    batch: PayoutBatch, year: int, *, is_live: bool
) -> tuple[dict[str, int], dict[str, int]]:
    """Pay by handle: of this run, and of that year before it."""
    is_mine = Payout.batch_id == batch.id
    gone = sa.or_(is_paid_in(year, is_live=is_live), Payout.status.in_(UNDER_WAY))
    payees = sa.select(Payout.payee_id).where(is_mine)
    one = _payments(
        sa.and_(
            Payout.payee_id.in_(payees),
            is_real(is_live=is_live),
            sa.or_(is_mine, gone),
        )
    )
    of_run = one.c.batch_id == batch.id
    rows = db.session.execute(
        sa.select(
            Payee.handle,
            _sum(sa.case((of_run, one.c.pay), else_=0)),
            _sum(sa.case((of_run, 0), else_=one.c.pay)),
        )
        .join(one, one.c.payee_id == Payee.id)
        .group_by(Payee.handle)
        .order_by(Payee.handle)
    ).all()
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def by_payee(which: sa.ColumnElement[bool]) -> dict[int, int]:
    """Pay by payee of the payments that fit."""
    one = _payments(which)
    rows = db.session.execute(
        sa.select(one.c.payee_id, _sum(one.c.pay)).group_by(one.c.payee_id)
    )
    return {payee_id: cents for payee_id, cents in rows}


def listed(
    payer_id: int, year: int, *, is_live: bool, least: int
) -> list[tuple[str, int, int]]:
    """(handle, payee, pay) of who was paid at least so much."""
    rows = db.session.execute(totals(payer_id, year, is_live=is_live, least=least))
    return [(row[0], row[1], row[2]) for row in rows]
