from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from engage.core import calendar
from engage.workload.availability import (
    DayException,
    Pause,
    Window,
    fits_windows,
    is_paused,
)
from engage.workload.effects import (
    Effect,
    Limits,
    effect,
    month_effect,
    room_left,
    within,
)
from engage.workload.guard import Earnings, GuardKind, earnings_of, passed
from engage.workload.minutes import (
    Activity,
    Kept,
    Load,
    Piece,
    Session,
    counted_load,
    load_of,
    month_totals,
    spread,
    week_totals,
)
from engage.workload.over import Broken, LimitKind, OverLimit
from engage.workload.story import (
    StoryDays,
    shortest_rest,
    story_count,
    story_days_of,
)
from engage.workload.work import Pay, Work

__all__ = [
    "PRESETS",
    "Activity",
    "Broken",
    "DayException",
    "Effect",
    "Kept",
    "LimitKind",
    "Limits",
    "Load",
    "OverLimit",
    "Pause",
    "Pay",
    "Piece",
    "Preset",
    "Session",
    "Standing",
    "StoryDays",
    "Window",
    "Work",
    "broken_limits",
    "check_accept",
    "counted_load",
    "earnings_of",
    "effect",
    "fits_windows",
    "is_over",
    "is_paused",
    "load_of",
    "may_deliver",
    "month_effect",
    "month_totals",
    "room_left",
    "spread",
    "story_count",
    "story_days_of",
    "week_totals",
    "would_break",
]


class Preset(StrEnum):
    LIGHT = "light"
    STEADY = "steady"
    FULL = "full"


PRESETS = {
    Preset.LIGHT: Limits(4 * 60, 12 * 60, 1, 4, 10, 1, 7),
    Preset.STEADY: Limits(8 * 60, 24 * 60, 3, 8, 5, 1, 3),
    Preset.FULL: Limits(20 * 60, 64 * 60, 6, 16, 3, 3, 1),
}


@dataclass(frozen=True)
class Standing:
    """All that a consultant's own limits weigh, over every organization."""

    zone: str
    first_weekday: int
    limits: Limits
    load: Load
    engagements_now: int = 0
    asks_30d: int = 0
    windows: tuple[Window, ...] = ()
    exceptions: tuple[DayException, ...] = ()
    pause: Pause | None = None
    story: StoryDays = field(default_factory=StoryDays)
    held: Load = field(default_factory=dict)  # of `load`: what waits for a second yes
    has_limits: bool = True  # else nothing was ever set, and the steady ones hold
    guard: Earnings = field(default_factory=Earnings)


def broken_limits(
    load: Load,
    pieces: Sequence[Piece],
    limits: Limits,
    engagements_now: int,
    first_weekday: int,
    asks_30d: int | None = None,
    story: StoryDays | None = None,
) -> list[Broken]:
    """Every limit that one more would pass; asks_30d None when it was asked already."""
    broken = [
        Broken(kind, one.limit, one.after, one.start)
        for kind, effects in (
            (LimitKind.WEEK, effect(load, pieces, limits, first_weekday)),
            (LimitKind.MONTH, month_effect(load, pieces, limits)),
        )
        for one in effects
        if one.limit is not None and one.after > one.limit
    ]
    if limits.at_once is not None and engagements_now >= limits.at_once:
        broken.append(Broken(LimitKind.AT_ONCE, limits.at_once, engagements_now + 1))
    asks = limits.invitations_30
    if asks is not None and asks_30d is not None and asks_30d >= asks:
        broken.append(Broken(LimitKind.INVITATIONS, asks, asks_30d + 1))
    days = sorted({p.day for p in pieces if p.activity is not Activity.PREPARATION})
    if story is not None and days:
        broken += _story_broken(days, limits, story)
    return broken


def _story_broken(
    days: Sequence[date], limits: Limits, story: StoryDays
) -> Iterator[Broken]:
    most = story_count(days, story)
    if limits.story_90 is not None and most > limits.story_90:
        yield Broken(LimitKind.STORY, limits.story_90, most, days[-1])
    rest = shortest_rest(days, story)
    if limits.rest_days is not None and rest and rest[0] < limits.rest_days:
        yield Broken(LimitKind.REST, limits.rest_days, *rest)


def is_over(standing: Standing, today: date) -> bool:
    """Whether this week, this month or the engagements now stand above a limit."""
    limits, load = standing.limits, standing.load
    now = (
        (limits.week_minutes, calendar.week_of(today, standing.first_weekday)),
        (limits.month_minutes, calendar.month_of(today)),
    )
    if limits.at_once is not None and standing.engagements_now > limits.at_once:
        return True
    return any(limit is not None and within(load, span) > limit for limit, span in now)


def may_deliver(
    standing: Standing,
    work: Work,
    today: date,
    *,
    is_filtered: bool = False,
) -> bool:
    """Whether an ask may reach the consultant now; a no has no reason by intention."""
    zone, notice = standing.zone, standing.limits.notice_days or 0
    days = {calendar.local_day(one.starts_at, zone) for one in work.sessions}
    return not (
        is_filtered
        or not fits_windows(work.sessions, zone, standing.windows, standing.exceptions)
        or is_over(standing, today)
        or any(is_paused(standing.pause, day) for day in days | {today})
        or any((day - today).days < notice for day in days)
        or would_break(standing, work, today, standing.asks_30d)
    )


def check_accept(standing: Standing, work: Work, today: date, *, raised: bool) -> None:
    """Refuse a yes that passes a limit, unless the consultant raised it for this one.

    Notice, pause and windows hold back asks; a yes of one's own is above them.
    """
    broken = would_break(standing, work, today)
    if broken and not raised:
        raise OverLimit(broken)


def would_break(
    standing: Standing, work: Work, today: date, asks: int | None = None
) -> list[Broken]:
    """Every limit of theirs that this work would pass; asks None when it was asked.

    Of the limits on earnings an ask meets only those that say "don't ask me".
    """
    broken = broken_limits(
        standing.load,
        spread(work.sessions, standing.zone, today),
        standing.limits,
        standing.engagements_now,
        standing.first_weekday,
        asks,
        replace(standing.story, is_story_near=work.is_story_near),
    )
    earned = passed(
        standing.guard, work.pay, standing.zone, today, is_ask=asks is not None
    )
    return broken + [
        Broken(_EARNED[one.guard.kind], one.guard.limit, one.after, one.start)
        for one in earned
    ]


_EARNED = {
    GuardKind.MONTH: LimitKind.EARNED_MONTH,
    GuardKind.YEAR: LimitKind.EARNED_YEAR,
    GuardKind.PAYMENTS: LimitKind.PAYMENTS,
}
