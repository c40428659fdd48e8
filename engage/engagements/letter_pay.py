"""How the pay of one seat is made up, as the offer letter writes it out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engage.funding.rules import (
    PayKind,
    Terms,
    months_begun,
    part_of_line,
    seat_cents,
)


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
    """Each length of session apart; cents that rounding all sessions once adds or
    takes stand with the last of them."""
    lengths = sorted(Counter(minutes for _, minutes in terms.sessions).items())
    before = 0
    for minutes, count in lengths:
        cents = part_of_line(terms.rate_cents, before, count * minutes)
        before += count * minutes
        yield PayLine(PayFor.SESSION, count, minutes, cents)
    for what, minutes, is_paid in (
        (PayFor.PREPARATION, terms.preparation_minutes, terms.pays_preparation),
        (PayFor.TRAVEL, terms.travel_minutes, terms.pays_travel),
        (PayFor.DEBRIEF, terms.debrief_minutes, terms.pays_debrief),
    ):
        if minutes:
            count = len(terms.sessions)
            cents = part_of_line(terms.rate_cents, 0, count * minutes)
            yield PayLine(what, count, minutes, cents if is_paid else 0)
