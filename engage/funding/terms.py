from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

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
    """What one seat is asked and paid; minutes are for each session, days are local.

    `pays_...` matter for hourly pay only: flat pay covers everything on the card.
    """

    pay: PayKind
    rate_cents: int
    session_days: tuple[date, ...]
    session_minutes: int
    preparation_minutes: int = 0
    travel_minutes: int = 0
    debrief_minutes: int = 0
    pays_preparation: bool = True
    pays_travel: bool = True
    pays_debrief: bool = True
    seats: int = 1


def full_cents(terms: Terms) -> int:
    """The whole money of all seats: what posting sets aside."""
    return terms.seats * seat_cents(terms)


def seat_cents(terms: Terms) -> int:
    """The whole money of one seat, if every session is held and all time used."""
    if terms.pay is PayKind.HOURLY:
        each = sum(rate_times_minutes(terms.rate_cents, m) for m in paid_parts(terms))
        return len(terms.session_days) * each
    return share_cents_through(terms, len(terms.session_days))


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
    days = sorted(terms.session_days)
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


def preparation_cents(terms: Terms, minutes: int) -> int:
    """What preparation already done is worth when its session is not held.

    Flat pay counts at its rate per agreed minute; hourly pay at the rate, even where
    the card does not pay preparation on its own.
    """
    if terms.pay is PayKind.HOURLY:
        return rate_times_minutes(terms.rate_cents, minutes)
    agreed = len(terms.session_days) * sum(all_parts(terms))
    return round(Fraction(seat_cents(terms) * minutes, agreed)) if agreed else 0


def effective_hourly_cents(amount_cents: int, counted_minutes: int) -> int:
    """Flat pay as an hourly rate for a page to show; limits compare exact fractions."""
    return round(Fraction(amount_cents * 60, counted_minutes))


def all_parts(terms: Terms) -> tuple[int, int, int, int]:
    """Session, preparation, travel and debrief minutes of one session."""
    return (
        terms.session_minutes,
        terms.preparation_minutes,
        terms.travel_minutes,
        terms.debrief_minutes,
    )


def paid_parts(terms: Terms) -> tuple[int, int, int, int]:
    """The minutes of one session that hourly pay pays, each part its own line."""
    return (
        terms.session_minutes,
        terms.preparation_minutes * terms.pays_preparation,
        terms.travel_minutes * terms.pays_travel,
        terms.debrief_minutes * terms.pays_debrief,
    )


def exact_hourly(terms: Terms, counted: tuple[int, int]) -> Fraction:
    """`counted`: minutes the line counts on a session day, and before it.

    Unrounded: a rate at the cap must not pass or fail by the cents of a line."""
    if terms.pay is PayKind.HOURLY:
        paid = terms.rate_cents * sum(paid_parts(terms))
        return Fraction(paid, sum(counted))
    return Fraction(seat_cents(terms) * 60, len(terms.session_days) * sum(counted))


def daily_cents(terms: Terms, counted: tuple[int, int]) -> dict[date, Fraction]:
    """Pay of one seat by local work day; flat pay lies evenly over counted minutes."""
    if terms.pay is PayKind.HOURLY:
        session, preparation, travel, debrief = paid_parts(terms)
        on_the_day, before = session + travel + debrief, preparation
        per_minute = Fraction(terms.rate_cents, 60)
    else:
        on_the_day, before = counted
        per_minute = exact_hourly(terms, counted) / 60
    total: dict[date, Fraction] = {}
    for day in terms.session_days:
        spread = _preparation_days(day, terms.session_days)
        total[day] = total.get(day, Fraction()) + per_minute * on_the_day
        for other in spread:
            share = per_minute * before / len(spread)
            total[other] = total.get(other, Fraction()) + share
    return total


def _preparation_days(day: date, session_days: Iterable[date]) -> list[date]:
    """The seven days before, without those that hold a session of their own."""
    week = [day - timedelta(days=back) for back in range(1, PREPARATION_DAYS + 1)]
    taken = set(session_days)
    return [other for other in week if other not in taken] or week


def check_shape(terms: Terms) -> None:
    if not terms.session_days:
        raise Refused(N_("Add at least one session with a date."), field="sessions")
    if terms.session_minutes <= 0:
        raise Refused(N_("Say how long a session takes."), field="session_minutes")
    if terms.rate_cents <= 0:
        raise Refused(N_("Say what this work pays."), field="rate_cents")
    if terms.seats <= 0:
        raise Refused(N_("Open at least one seat."), field="seats")
