from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from engage.core import calendar
from engage.workload.minutes import Load, Piece, load_of, month_totals, week_totals


@dataclass(frozen=True)
class Limits:
    """The consultant's own; None is no limit. Story counts engagements in 90 days."""

    week_minutes: int | None = None
    month_minutes: int | None = None
    at_once: int | None = None
    invitations_30: int | None = None
    notice_days: int | None = None
    story_90: int | None = None
    rest_days: int | None = None


@dataclass(frozen=True)
class Effect:
    """Minutes of one week or month, by its first day, before and after a yes."""

    start: date
    before: int
    after: int
    limit: int | None


def effect(
    load: Load, pieces: Iterable[Piece], limits: Limits, first_weekday: int
) -> list[Effect]:
    """What a yes does to each week it touches, in order."""
    more = week_totals(load_of(pieces), first_weekday)
    spans = {start: calendar.week_of(start, first_weekday) for start in more}
    return _effects(load, more, spans, limits.week_minutes)


def month_effect(load: Load, pieces: Iterable[Piece], limits: Limits) -> list[Effect]:
    """What a yes does to each month it touches, in order."""
    more = month_totals(load_of(pieces))
    spans = {start: calendar.month_of(start) for start in more}
    return _effects(load, more, spans, limits.month_minutes)


def _effects(
    load: Load, more: Load, spans: Mapping[date, tuple[date, date]], limit: int | None
) -> list[Effect]:
    before = {start: within(load, spans[start]) for start in sorted(more)}
    return [
        Effect(start, minutes, minutes + more[start], limit)
        for start, minutes in before.items()
        if more[start]
    ]


@dataclass(frozen=True)
class Space:
    """What counts already, beside the limit it counts against; None is no limit."""

    used: int
    limit: int | None

    @property
    def left(self) -> int | None:
        """Never below 0; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used)


def week_space(load: Load, limits: Limits, week: tuple[date, date]) -> Space:
    return Space(within(load, week), limits.week_minutes)


def month_space(load: Load, limits: Limits, month: tuple[date, date]) -> Space:
    return Space(within(load, month), limits.month_minutes)


def room_left(load: Load, limits: Limits, week: tuple[date, date]) -> int | None:
    """Minutes still free in the week, never below 0; None without a limit."""
    return week_space(load, limits, week).left


def within(load: Load, span: tuple[date, date]) -> int:
    first, last = span
    return sum(minutes for day, minutes in load.items() if first <= day <= last)
