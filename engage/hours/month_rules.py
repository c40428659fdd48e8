from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from engage.core.calendar import DAY, month_of
from engage.funding.rules import Stage


class Month(NamedTuple):
    """Money of one month by stage, and what is left of the award after it."""

    first: date
    paid: int
    approved: int
    reserved: int
    set_aside: int
    left: int

    @property
    def kept(self) -> int:
        """Agreed and set aside together: apart they would tell of somebody's yes."""
        return self.reserved + self.set_aside


def first_of(day: date) -> date:
    return day.replace(day=1)


def months(first: date, last: date) -> Iterator[date]:
    """The first day of each month from one day to another."""
    month = first_of(first)
    while month <= last:
        yield month
        month = month_of(month)[1] + DAY


def backfill(cents: int, needs: Sequence[tuple[date, int]]) -> Counter[date]:
    """What is still kept belongs to the last sessions, as the earlier ones are paid
    first; what no session needs stands with the first of them."""
    found: Counter[date] = Counter()
    for month, need in reversed(needs):
        part = min(cents, need)
        found[month] += part
        cents -= part
    if cents and needs:
        found[needs[0][0]] += cents
    return found


def spread(cents: int, needs: Sequence[tuple[date, int]]) -> Counter[date]:
    """What is kept for open seats, by what each session of one seat needs.

    So a yes, which takes one seat's part of every session, changes no month's sum.
    """
    whole, found = sum(need for _, need in needs), Counter[date]()
    left = cents
    for month, need in needs:
        part = cents * need // whole if whole else 0
        found[month] += part
        left -= part
    found[needs[-1][0]] += left
    return found


def months_of(
    starts: date,
    ends: date,
    balance_cents: int,
    sums: Mapping[Stage, Mapping[date, int]],
) -> list[Month]:
    """Every month of the period, and of any money outside of it, in order."""
    known = [month for each in sums.values() for month, cents in each.items() if cents]
    first, last = min([starts, *known]), max([ends, *known])
    found, left = [], balance_cents
    for month in months(first, last):
        paid, approved, reserved, aside = (
            sums.get(stage, {}).get(month, 0)
            for stage in (Stage.PAID, Stage.APPROVED, Stage.RESERVED, Stage.SET_ASIDE)
        )
        left -= paid + approved + reserved + aside
        found.append(Month(month, paid, approved, reserved, aside, left))
    return found
