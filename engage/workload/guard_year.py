"""Twelve months of pay and where each guard stands, for the person's own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engage.workload.guard import (
    Basis,
    Earnings,
    Guard,
    GuardKind,
    GuardMode,
    PayRow,
    counts_on,
    period,
    totals,
)

MONTHS, BACK = 12, 3


@dataclass
class MonthPay:
    """Cents of one month by where they are; each cent stands in one of the three."""

    start: date
    agreed: int = 0
    owed: int = 0
    paid: int = 0

    @property
    def total(self) -> int:
        return self.agreed + self.owed + self.paid


def twelve_months(pay: Sequence[PayRow], basis: Basis, today: date) -> list[MonthPay]:
    """Three months that have passed, this one, and the eight to come."""
    first = (today.year * 12 + today.month - 1) - BACK
    found = {
        start: MonthPay(start)
        for start in (
            date(month // 12, month % 12 + 1, 1)
            for month in range(first, first + MONTHS)
        )
    }
    for row in pay:
        month = found.get(period(GuardKind.MONTH, counts_on(row, basis, today)))
        if month is None:
            continue
        if row.paid_on is not None:
            month.paid += row.cents
        elif row.is_actual:
            month.owed += row.cents
        else:
            month.agreed += row.cents
    return list(found.values())


@dataclass(frozen=True)
class GuardNow:
    """A guard with what counts against it in the month or year of today."""

    guard: Guard
    start: date
    used: int

    @property
    def left(self) -> int:
        return max(0, self.guard.limit - self.used)


def standing_now(earnings: Earnings, today: date) -> list[GuardNow]:
    found = []
    for guard in earnings.guards:
        start = period(guard.kind, today)
        used = totals(earnings.pay, guard, today).get(start, 0)
        found.append(GuardNow(guard, start, used))
    return found


def payments_this_year(pay: Sequence[PayRow], basis: Basis, today: date) -> int:
    """Payments of the year of today, as a limit on their number counts them."""
    counted = totals(pay, Guard(GuardKind.PAYMENTS, basis, GuardMode.WARN, 0), today)
    return counted.get(period(GuardKind.PAYMENTS, today), 0)
