from collections.abc import Iterable
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
    return _effects(week_totals(load, first_weekday), more, limits.week_minutes)


def month_effect(load: Load, pieces: Iterable[Piece], limits: Limits) -> list[Effect]:
    """What a yes does to each month it touches, in order."""
    more = month_totals(load_of(pieces))
    return _effects(month_totals(load), more, limits.month_minutes)


def _effects(before: Load, more: Load, limit: int | None) -> list[Effect]:
    return [
        Effect(start, before.get(start, 0), before.get(start, 0) + more[start], limit)
        for start in sorted(more)
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
    return sum(load.get(day, 0) for day in calendar.days(*span))
