"""How a consultant's own pay of this year stands to the figure of the tax form."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from engage.core.calendar import local_day
from engage.core.db import db
from engage.ledger.models import Payable, Payee
from engage.ledger.queries import payees_of
from engage.ledger.rules import PayableStatus
from engage.payouts import year_rules
from engage.payouts.models import Payout
from engage.payouts.rules import RailName
from engage.payouts.year_models import TaxThreshold
from engage.payouts.year_queries import IS_PAY, by_payee, is_paid_in, thresholds
from engage.people.models import Person


@dataclass(frozen=True)
class Outlook:
    """One payer's pay of this year; `coming_cents` is promised for this year."""

    payer: str
    year: int
    paid_cents: int
    coming_cents: int
    figure: TaxThreshold

    @property
    def is_reached(self) -> bool:
        return year_rules.reaches(self.paid_cents, self.figure.cents)

    @property
    def will_be_cents(self) -> int:
        return self.paid_cents + self.coming_cents


def outlooks(person: Person, now: datetime, *, is_live: bool) -> list[Outlook]:
    """Payers whose pay to this person reaches the figure this year, or will with what
    is still to be paid; the year is the payer's own."""
    payees, figures = payees_of(person), thresholds()
    years = {each.id: local_day(now, each.payer.zone).year for each in payees}
    ids = list(years)
    paid = {one: _paid(ids, one, is_live=is_live) for one in set(years.values())}
    coming = {one: _coming(ids, one) for one in paid}
    found = []
    for payee in payees:
        year = years[payee.id]
        now_cents, later = (one[year].get(payee.id, 0) for one in (paid, coming))
        figure = figures.get(year)
        if figure and year_rules.reaches(now_cents + later, figure.cents):
            found.append(Outlook(payee.payer.name, year, now_cents, later, figure))
    return found


def _paid(payee_ids: list[int], year: int, *, is_live: bool) -> dict[int, int]:
    mine = Payout.payee_id.in_(payee_ids)
    return by_payee(sa.and_(mine, is_paid_in(year, is_live=is_live)))


def _coming(payee_ids: list[int], year: int) -> dict[int, int]:
    """Pay that is not paid yet, by payee; practice payments are no pay."""
    rows = db.session.execute(
        sa.select(Payable.payee_id, sa.func.sum(Payable.pay_cents))
        .join(Payable.payee)
        .where(
            Payable.payee_id.in_(payee_ids),
            Payable.status != PayableStatus.PAID,
            Payable.due_on <= date(year, 12, 31),
            Payee.rail != RailName.DEMO,
            IS_PAY,
        )
        .group_by(Payable.payee_id)
    )
    return {payee_id: int(cents) for payee_id, cents in rows}
