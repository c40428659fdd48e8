"""The earnings guard: sums of pay and counts of payments, against one's own limits.

It is arithmetic over what is agreed, owed and paid. It knows no benefit and no law.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from engage.core.errors import N_, Refused
from engage.core.money import MOST_CENTS, Money
from engage.workload.work import Pay

MOST_PAYMENTS = 400  # more than a payment a day is no limit at all
LONGEST_WAIT = 366


class GuardKind(StrEnum):
    MONTH = "month"
    YEAR = "year"
    PAYMENTS = "payments"


class Basis(StrEnum):
    """In which month or year money counts: when it was worked for, or when paid."""

    WORKED = "worked"
    PAID = "paid"


class GuardMode(StrEnum):
    WARN = "warn"
    DONT_ASK = "dont_ask"


@dataclass(frozen=True)
class Guard:
    """One limit: cents in a month or a year, or payments in a year. It may be reached;
    only what goes above it passes it."""

    kind: GuardKind
    basis: Basis
    mode: GuardMode
    limit: int

    @property
    def is_count(self) -> bool:
        return self.kind is GuardKind.PAYMENTS


class PayRow(NamedTuple):
    """Pay as it is written down: agreed, or owed and paid in place of agreed pay."""

    group: str
    worked_on: date
    due_on: date
    cents: int
    is_actual: bool = False
    paid_on: date | None = None
    payer_id: int | None = None
    uid: str = ""


@dataclass(frozen=True)
class Earnings:
    """A person's guards, and every share of pay that counts once."""

    guards: tuple[Guard, ...] = ()
    pay: tuple[PayRow, ...] = ()


def earnings_of(
    guards: Iterable[Guard],
    rows: Iterable[PayRow],
    *,
    today: date,
    without: str | None = None,
) -> Earnings:
    """Guards in the order of their kinds, with every share of pay counted once.

    `without` leaves out what one group has agreed from today on, for other terms to
    take its place; what it earned before stays.
    """
    order = list(GuardKind)
    kept = [
        row
        for row in rows
        if row.group != without or row.is_actual or row.worked_on < today
    ]
    return Earnings(
        tuple(sorted(guards, key=lambda one: order.index(one.kind))),
        tuple(counted_pay(kept)),
    )


def counted_pay(rows: Iterable[PayRow]) -> list[PayRow]:
    """All that is owed or paid, and what of the agreed pay is left beside it.

    Owed and paid cents take the place of agreed ones of the same group, those of the
    same day of work first and then from the earliest on, so nothing counts twice.
    """
    kept = list(rows)
    actual = [row for row in kept if row.is_actual]
    agreed: dict[str, list[PayRow]] = defaultdict(list)
    for row in kept:
        if not row.is_actual:
            agreed[row.group].append(row)
    for row in actual:
        _consume(agreed.get(row.group, []), row.worked_on, row.cents)
    left = [row for each in agreed.values() for row in each if row.cents > 0]
    return sorted(actual + left, key=lambda row: (row.worked_on, row.due_on))


def _consume(agreed: list[PayRow], first: date, cents: int) -> None:
    def nearness(place: int) -> tuple[bool, date]:
        return agreed[place].worked_on != first, agreed[place].worked_on

    for place in sorted(range(len(agreed)), key=nearness):
        taken = min(agreed[place].cents, cents)
        agreed[place] = agreed[place]._replace(cents=agreed[place].cents - taken)
        cents -= taken


def pay_day(row: PayRow, today: date) -> date:
    """When it was paid, else by when it is promised; what is late comes today at the
    earliest."""
    return row.paid_on or max(row.due_on, today)


def counts_on(row: PayRow, basis: Basis, today: date) -> date:
    return row.worked_on if basis is Basis.WORKED else pay_day(row, today)


def period(kind: GuardKind, day: date) -> date:
    """The first day of the month or year that a limit counts in."""
    first = day.replace(day=1)
    return first if kind is GuardKind.MONTH else first.replace(month=1)


def totals(pay: Iterable[PayRow], guard: Guard, today: date) -> dict[date, int]:
    """Cents, or payments, by the first day of each month or year that holds any.

    Everything of one payer on one pay day is one payment. What is not paid yet counts
    as one for each day by which it is promised.
    """
    cents: dict[date, int] = defaultdict(int)
    payments: dict[date, set[tuple[object, date]]] = defaultdict(set)
    for row in pay:
        start = period(guard.kind, counts_on(row, guard.basis, today))
        cents[start] += row.cents
        payer = row.group if row.payer_id is None else row.payer_id
        payments[start].add((payer, pay_day(row, today)))
    if guard.is_count:
        return {start: len(each) for start, each in payments.items()}
    return dict(cents)


@dataclass(frozen=True)
class GuardEffect:
    """Cents or payments of one month or year, before and after a yes."""

    guard: Guard
    start: date
    before: int
    after: int

    @property
    def more(self) -> int:
        return self.after - self.before

    @property
    def is_over(self) -> bool:
        """Whether it passes the limit; one that adds nothing passes none."""
        return self.after > self.guard.limit and self.after > self.before


def effects(
    earnings: Earnings, more: Sequence[Pay], zone: str, today: date
) -> list[GuardEffect]:
    """What pay would do to each month or year that it touches, by guard in order."""
    new = [
        PayRow("", pay.day(zone), pay.due_on, pay.cents, payer_id=pay.payer_id)
        for pay in more
        if pay.cents > 0
    ]
    return [
        each for guard in earnings.guards for each in _of(guard, earnings, new, today)
    ]


def _of(
    guard: Guard, earnings: Earnings, new: list[PayRow], today: date
) -> list[GuardEffect]:
    before = totals(earnings.pay, guard, today)
    after = totals([*earnings.pay, *new], guard, today)
    touched = {period(guard.kind, counts_on(row, guard.basis, today)) for row in new}
    return [
        GuardEffect(guard, start, before.get(start, 0), after[start])
        for start in sorted(touched)
    ]


def passed(
    earnings: Earnings, more: Sequence[Pay], zone: str, today: date, *, is_ask: bool
) -> list[GuardEffect]:
    """Every guard that pay would pass; of an ask only those that hold it back."""
    return [
        each
        for each in effects(earnings, more, zone, today)
        if each.is_over and (not is_ask or each.guard.mode is GuardMode.DONT_ASK)
    ]


def nearest(chosen: Iterable[tuple[date, date | None]], day: date) -> date | None:
    """The pay day chosen for the agreed work nearest to a day of work, if any was."""
    found = min(chosen, key=lambda one: (abs(one[0] - day), one[0]), default=None)
    return found[1] if found else None


def check_guard(guard: Guard) -> None:
    """Refuse a limit that makes no sense."""
    most = MOST_PAYMENTS if guard.is_count else MOST_CENTS
    if not 0 <= guard.limit <= most:
        written = most if guard.is_count else Money(most)
        raise Refused(N_("Write at most %(most)s."), field="limit", most=written)


def check_wait(guards: Iterable[Guard], until: date, today: date) -> None:
    """Refuse a later pay day where only the day of work counts, or a day too far."""
    if all(guard.basis is not Basis.PAID for guard in guards):
        raise Refused(
            N_("This is for limits that count money in the month it is paid.")
        )
    if until <= today:
        raise Refused(N_("Choose a day after today."), field="until")
    if (until - today).days > LONGEST_WAIT:
        raise Refused(N_("Choose a day within the next year."), field="until")


def ssi_counted(cents: int, first_cents: int, rest_percent: int) -> int:
    """Cents that count when a first part and a share of the rest are left out."""
    rest = max(0, cents - first_cents)
    return rest - rest * rest_percent // 100
