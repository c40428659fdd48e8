"""Boards that go on: how long a term lasts, how many follow one another, a quorum."""

from calendar import monthrange
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from engage.core.errors import N_, Refused

SOON = timedelta(days=60)  # time enough to post, to ask and to answer
GAP = timedelta(days=92)  # after a longer time away a term is a first one again
OPEN_END = date(9000, 1, 1)


class Span(NamedTuple):
    """From the first day to the last one; None is a term without an end."""

    starts_on: date
    ends_on: date | None


def last_day(starts_on: date, months: int | None) -> date | None:
    """The last day of a term of so many months; None where terms have no length."""
    if months is None:
        return None
    year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + months, 12)
    month += 1
    day = min(starts_on.day, monthrange(year, month)[1])
    return date(year, month, day) - timedelta(days=1)


def term_of(starts_on: date, until: date | None, months: int | None) -> Span:
    """A term that lasts at least until the last session that was agreed."""
    ends_on = last_day(starts_on, months)
    if ends_on is not None and until is not None:
        ends_on = max(ends_on, until)
    return Span(starts_on, ends_on)


def goes_on(ends_on: date | None, today: date) -> bool:
    """Does a term with an end of its own last beyond the work that was agreed?"""
    return ends_on is not None and today <= ends_on


def is_soon(ends_on: date | None, today: date) -> bool:
    """Is it time to ask for the next term?"""
    return ends_on is not None and ends_on <= today + SOON


def in_a_row(terms: Iterable[Span], on: date) -> int:
    """How many terms follow one another up to a day; work within one is no other."""
    count, before = 0, None
    for starts_on, ends_on in sorted(
        (starts_on, ends_on or OPEN_END) for starts_on, ends_on in terms
    ):
        if before is not None and starts_on > before + GAP:
            count, before = 0, None
        if before is None or ends_on > before:
            count, before = count + 1, ends_on
    return count if before is not None and on <= before + GAP else 0


def is_at_most(count: int, most: int | None) -> bool:
    """Has somebody had as many terms in a row as the board itself thinks right?"""
    return most is not None and count >= most


def missing_for_quorum(holders: int, quorum: int | None) -> int:
    """How many held seats a meeting still lacks; 0 where none is asked for."""
    return max(0, (quorum or 0) - holders)


class HeldBy(NamedTuple):
    """A held seat; person_id is None for a professional."""

    seat_id: int
    person_id: int | None


def holders(held: Collection[HeldBy]) -> int:
    """Who may come: a person with an old and a new term is one."""
    people = {each.person_id for each in held if each.person_id is not None}
    return len(people) + sum(each.person_id is None for each in held)


def check_board(name: str, most_terms: int | None, term_months: int | None) -> None:
    """Refuse a limit to terms on a board without terms."""
    if not name.strip():
        raise Refused(N_("Give the board a name."), field="name")
    if most_terms is not None and term_months is None:
        raise Refused(
            N_("Say how long a term is, so that terms can be counted."),
            field="term_months",
        )
