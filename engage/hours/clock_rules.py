"""How long pay took, from the work to the money, in business days."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple

from engage.core.calendar import DAY, business_days_between

QUARTERS_SHOWN = 8


class Quarter(NamedTuple):
    """Three months of a calendar year; `number` is 1 to 4."""

    year: int
    number: int

    @property
    def first(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last(self) -> date:
        return self.next.first - DAY

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def before(self) -> "Quarter":
        return quarter_of(self.first - DAY)

    def __str__(self) -> str:
        return f"{self.year}-{self.number}"


class Paid(NamedTuple):
    """One payment: when its clock began, when it was promised for, when it was there.

    `waited_days` the consultant chose to wait: they stand in `due_on`, and are no
    time that anybody took.
    """

    started_on: date
    due_on: date
    paid_on: date | None
    waited_days: int = 0

    @property
    def is_kept(self) -> bool:
        return self.paid_on is not None and self.paid_on <= self.due_on

    @property
    def days(self) -> int | None:
        """Business days from the start to the money; None while it is not there."""
        if self.paid_on is None:
            return None
        until = self.paid_on - timedelta(days=self.waited_days)
        return max(0, business_days_between(self.started_on, until))


@dataclass(frozen=True)
class Clock:
    """What one organization's payments of a quarter came to; None without any paid."""

    number: int
    kept: int
    unpaid: int
    median_days: float | None
    p90_days: int | None
    promised_days: int

    @property
    def kept_percent(self) -> int | None:
        """Rounded down, so that 100 means all of them."""
        return self.kept * 100 // self.number if self.number else None


def quarter_of(day: date) -> Quarter:
    return Quarter(day.year, (day.month + 2) // 3)


def quarters(today: date) -> list[Quarter]:
    """This quarter and those before it, the newest first."""
    found = [quarter_of(today)]
    while len(found) < QUARTERS_SHOWN:
        found.append(found[-1].before)
    return found


def read_quarter(typed: str, today: date) -> Quarter:
    """The quarter that an address names; what makes no sense reads as this one."""
    match = re.fullmatch(r"(20\d\d)-([1-4])", typed, re.ASCII)
    return Quarter(int(match[1]), int(match[2])) if match else quarter_of(today)


def clock(payments: Iterable[Paid], promised_days: int) -> Clock:
    """Of payments promised for the quarter whose day has passed, or that are paid."""
    rows = list(payments)
    taken = sorted(row.days for row in rows if row.days is not None)
    return Clock(
        number=len(rows),
        kept=sum(row.is_kept for row in rows),
        unpaid=len(rows) - len(taken),
        median_days=median(taken) if taken else None,
        p90_days=nearest_rank(taken, 90) if taken else None,
        promised_days=promised_days,
    )


def nearest_rank(ordered: Sequence[int], percent: int) -> int:
    """The smallest value that so many percent of all reach or stay below."""
    place = -(-len(ordered) * percent // 100)
    return ordered[max(place, 1) - 1]
