"""How the pay of one seat is made up, as the offer letter writes it out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engage.core.money import rate_times_minutes
from engage.funding.rules import PayKind, Terms, months_begun, seat_cents


class PayFor(StrEnum):
    """What one line of the pay is for."""

    SESSION = "session"
    PREPARATION = "preparation"
    TRAVEL = "travel"
    DEBRIEF = "debrief"
    EACH_SESSION = "each_session"
    EACH_MONTH = "each_month"
    ALL_OF_IT = "all_of_it"


@dataclass(frozen=True)
class PayLine:
    """`count` times `minutes` (None for flat pay) comes to `cents`."""

    what: PayFor
    count: int
    minutes: int | None
    cents: int


def pay_lines(terms: Terms) -> list[PayLine]:
    """The lines of one seat; together they are `seat_cents`, to the cent."""
    if terms.pay is PayKind.HOURLY:
        return list(_hourly(terms))
    whole = seat_cents(terms)
    if terms.pay is PayKind.SESSION_STIPEND:
        return [PayLine(PayFor.EACH_SESSION, len(terms.sessions), None, whole)]
    if terms.pay is PayKind.MONTH_STIPEND:
        months = months_begun(terms.session_days)
        return [PayLine(PayFor.EACH_MONTH, months, None, whole)]
    return [PayLine(PayFor.ALL_OF_IT, 1, None, whole)]


def _hourly(terms: Terms) -> Iterator[PayLine]:
    """Each length of session apart, since every entry is rounded by itself."""
    lengths = Counter(minutes for _, minutes in terms.sessions)
    for minutes, count in sorted(lengths.items()):
        yield _line(PayFor.SESSION, terms, count, minutes, True)
    for what, minutes, is_paid in (
        (PayFor.PREPARATION, terms.preparation_minutes, terms.pays_preparation),
        (PayFor.TRAVEL, terms.travel_minutes, terms.pays_travel),
        (PayFor.DEBRIEF, terms.debrief_minutes, terms.pays_debrief),
    ):
        if minutes:
            yield _line(what, terms, len(terms.sessions), minutes, is_paid)


def _line(
    what: PayFor, terms: Terms, count: int, minutes: int, is_paid: bool
) -> PayLine:
    each = rate_times_minutes(terms.rate_cents, minutes) if is_paid else 0
    return PayLine(what, count, minutes, count * each)
