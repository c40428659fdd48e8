from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engage.core.errors import N_, Refused
from engage.core.money import Minutes, Money


class LimitKind(StrEnum):
    WEEK = "week"
    MONTH = "month"
    AT_ONCE = "at_once"
    INVITATIONS = "invitations"
    STORY = "story"
    REST = "rest"
    EARNED_MONTH = "earned_month"
    EARNED_YEAR = "earned_year"
    PAYMENTS = "payments"


@dataclass(frozen=True)
class Broken:
    """A limit that a yes would pass; `when` is the first day of the week or month."""

    kind: LimitKind
    limit: int
    would_be: int
    when: date | None = None


_OVER = {
    LimitKind.WEEK: N_("Your limit is %(limit)s. Raise it for this one?"),
    LimitKind.MONTH: N_("Your limit is %(limit)s a month. Raise it for this one?"),
    LimitKind.AT_ONCE: N_(
        "Your limit for work at the same time is %(limit)s. Raise it for this one?"
    ),
    LimitKind.STORY: N_(
        "Your limit for speaking in 90 days is %(limit)s. Raise it for this one?"
    ),
    LimitKind.REST: N_(
        "You chose rest after speaking, in days: %(limit)s. Use them for this one?"
    ),
    LimitKind.EARNED_MONTH: N_(
        "You chose to earn at most %(limit)s a month. Go above it for this one?"
    ),
    LimitKind.EARNED_YEAR: N_(
        "You chose to earn at most %(limit)s a year. Go above it for this one?"
    ),
    LimitKind.PAYMENTS: N_(
        "The most payments you chose for a year: %(limit)s. One more for this?"
    ),
}
_WRITTEN: dict[LimitKind, Callable[[int], Minutes | Money]] = {
    LimitKind.WEEK: Minutes,
    LimitKind.MONTH: Minutes,
    LimitKind.EARNED_MONTH: Money,
    LimitKind.EARNED_YEAR: Money,
}


class OverLimit(Refused):
    """The consultant, and nobody else, may answer this by raising the limit."""

    def __init__(self, broken: list[Broken]) -> None:
        kind, limit = broken[0].kind, broken[0].limit
        written = _WRITTEN[kind](limit) if kind in _WRITTEN else limit
        super().__init__(_OVER[kind], limit=written)
        self.broken = broken
