from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from engage.core.errors import N_, Refused
from engage.core.money import rate_times_minutes

PREPARATION_DAYS = 7


class PayKind(StrEnum):
    HOURLY = "hourly"
    SESSION_STIPEND = "session_stipend"
    MONTH_STIPEND = "month_stipend"
    HONORARIUM = "honorarium"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What one seat is asked and paid: sessions as (local day, minutes), and minutes
    that come with each of them.

    `pays_...` matter for hourly pay only: flat pay covers everything on the card.
    """

    pay: PayKind
    rate_cents: int
    sessions: tuple[tuple[date, int], ...]
    preparation_minutes: int = 0
    travel_minutes: int = 0
    debrief_minutes: int = 0
    pays_preparation: bool = True
    pays_travel: bool = True
    pays_debrief: bool = True
    seats: int = 1

    @property
    def session_days(self) -> tuple[date, ...]:
        return tuple(sorted(day for day, _ in self.sessions))


class DayMinutes(NamedTuple):
    """Minutes that go with one session: on its day, and as preparation before it."""

    day: date
    on_the_day: int
    before: int

    @property
    def total(self) -> int:
        return self.on_the_day + self.before


def full_cents(terms: Terms) -> int:
    """The whole money of all seats: what posting sets aside."""
    return terms.seats * seat_cents(terms)


def seat_cents(terms: Terms) -> int:
    """The whole money of one seat, if every session is held and all time used.

    Hourly pay is rounded once for each line, which is all the time of one activity: so
    however that time is logged in parts, the parts never come to more than this.
    """
    if terms.pay is not PayKind.HOURLY:
        return share_cents_through(terms, len(terms.sessions))
    times = len(terms.sessions)
    lines = (
        sum(minutes for _, minutes in terms.sessions),
        times * terms.preparation_minutes * terms.pays_preparation,
        times * terms.travel_minutes * terms.pays_travel,
        times * terms.debrief_minutes * terms.pays_debrief,
    )
    return sum(rate_times_minutes(terms.rate_cents, minutes) for minutes in lines)


def cents_by_session(terms: Terms) -> list[int]:
    """Cents of one seat by session, in order of time; together they are seat_cents."""
    ordinals = range(1, len(terms.sessions) + 1)
    if terms.pay is not PayKind.HOURLY:
        return [session_share_cents(terms, ordinal) for ordinal in ordinals]
    ordered = sorted(terms.sessions)
    through = [
        seat_cents(replace(terms, sessions=tuple(ordered[:number])))
        for number in range(len(ordered) + 1)
    ]
    return [after - before for before, after in pairwise(through)]


def session_share_cents(terms: Terms, ordinal: int) -> int:
    """What flat pay earns by holding the session with this number, counted from 1."""
    return share_cents_through(terms, ordinal) - share_cents_through(terms, ordinal - 1)


def share_cents_through(terms: Terms, ordinal: int) -> int:
    """Flat pay for sessions 1 to `ordinal`, rounded up to the consultant's side.

    A month without a session is earned with the first session after it, so that all
    shares together are the rate times the months begun.
    """
    if ordinal <= 0:
        return 0
    if terms.pay is PayKind.SESSION_STIPEND:
        return terms.rate_cents * ordinal
    days = terms.session_days
    if terms.pay is PayKind.HONORARIUM:
        return -(-terms.rate_cents * ordinal // len(days))
    day = days[ordinal - 1]
    in_month = [place for place, other in enumerate(days) if _same_month(day, other)]
    held = ordinal - in_month[0]
    this_month = -(-terms.rate_cents * held // len(in_month))
    return terms.rate_cents * _months_apart(days[0], day) + this_month


def months_begun(days: Iterable[date]) -> int:
    """Calendar months from the first day to the last, both included."""
    ordered = sorted(days)
    return 1 + _months_apart(ordered[0], ordered[-1]) if ordered else 0


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def _months_apart(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def preparation_cents(terms: Terms, minutes: int, *, before: int = 0) -> int:
    """What preparation already done is worth when its session is not held.

    Flat pay counts at its rate per agreed minute; hourly pay at the rate, even where
    the card does not pay preparation on its own. `before` are minutes of the same line
    that were paid already.
    """
    if terms.pay is PayKind.HOURLY:
        return part_of_line(terms.rate_cents, before, minutes)
    agreed = sum(each.total for each in counted(terms))
    return round(Fraction(seat_cents(terms) * minutes, agreed)) if agreed else 0


def part_of_line(rate_cents: int, before: int, minutes: int) -> int:
    """What more minutes of a line add to it, so that its parts are the line, rounded
    once, whatever the parts are."""
    whole = rate_times_minutes(rate_cents, before + minutes)
    return whole - rate_times_minutes(rate_cents, before)


def effective_hourly_cents(amount_cents: int, counted_minutes: int) -> int:
    """Flat pay as an hourly rate for a page to show; limits compare exact fractions."""
    return round(Fraction(amount_cents * 60, counted_minutes))


def counted(
    terms: Terms, *, preparation: bool = True, travel: bool = True
) -> list[DayMinutes]:
    """Minutes of one seat by session, without what a funding line does not count."""
    on_the_day = terms.debrief_minutes + terms.travel_minutes * travel
    before = terms.preparation_minutes * preparation
    return [
        DayMinutes(day, minutes + on_the_day, before)
        for day, minutes in sorted(terms.sessions)
    ]


def _paid(terms: Terms) -> list[DayMinutes]:
    on_the_day = terms.travel_minutes * terms.pays_travel
    on_the_day += terms.debrief_minutes * terms.pays_debrief
    before = terms.preparation_minutes * terms.pays_preparation
    return [
        DayMinutes(day, minutes + on_the_day, before)
        for day, minutes in sorted(terms.sessions)
    ]


def exact_hourly(terms: Terms, parts: list[DayMinutes]) -> Fraction:
    """Cents an hour over the counted `parts`, unrounded, so that a rate at the cap
    neither passes nor fails by the cents of a line."""
    minutes = sum(each.total for each in parts)
    if terms.pay is PayKind.HOURLY:
        paid = sum(each.total for each in _paid(terms))
        return Fraction(terms.rate_cents * paid, minutes)
    return Fraction(seat_cents(terms) * 60, minutes)


def daily_cents(terms: Terms, parts: list[DayMinutes]) -> dict[date, Fraction]:
    """Pay of one seat by local work day; flat pay lies evenly over counted `parts`."""
    per_minute = exact_hourly(terms, parts) / 60
    if terms.pay is PayKind.HOURLY:
        per_minute, parts = Fraction(terms.rate_cents, 60), _paid(terms)
    total: dict[date, Fraction] = {}
    for each in parts:
        spread = _preparation_days(each.day, terms.session_days)
        shares = [(each.day, Fraction(each.on_the_day))]
        shares += [(day, Fraction(each.before, len(spread))) for day in spread]
        for day, minutes in shares:
            total[day] = total.get(day, Fraction()) + per_minute * minutes
    return total


def _preparation_days(day: date, session_days: Iterable[date]) -> list[date]:
    """The seven days before, without those that hold a session of their own."""
    week = [day - timedelta(days=back) for back in range(1, PREPARATION_DAYS + 1)]
    taken = set(session_days)
    return [other for other in week if other not in taken] or week


def check_shape(terms: Terms) -> None:
    if not terms.sessions:
        raise Refused(N_("Add at least one session with a date."), field="sessions")
    if min(minutes for _, minutes in terms.sessions) <= 0:
        raise Refused(N_("Say how long each session takes."), field="sessions")
    if terms.rate_cents <= 0:
        raise Refused(N_("Say what this work pays."), field="rate_cents")
    if terms.seats <= 0:
        raise Refused(N_("Open at least one seat."), field="seats")
