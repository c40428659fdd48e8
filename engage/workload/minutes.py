from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from engage.core import calendar

PREPARATION_DAYS = 7

Load: TypeAlias = Mapping[date, int]


class Activity(StrEnum):
    SESSION = "session"
    PREPARATION = "preparation"
    TRAVEL = "travel"
    DEBRIEF = "debrief"
    REVIEW = "review"


@dataclass(frozen=True)
class Session:
    """A session with what belongs to it; the activity is SESSION or REVIEW."""

    starts_at: datetime
    minutes: int
    preparation: int = 0
    travel: int = 0
    debrief: int = 0
    activity: Activity = Activity.SESSION


@dataclass(frozen=True)
class Piece:
    day: date
    minutes: int
    activity: Activity


def spread(sessions: Iterable[Session], zone: str, today: date) -> list[Piece]:
    """Minutes on the consultant's own dates; preparation on the seven days before."""
    return [piece for one in sessions for piece in _pieces(one, zone, today)]


def _pieces(session: Session, zone: str, today: date) -> Iterator[Piece]:
    parts = calendar.minutes_by_day(session.starts_at, session.minutes, zone)
    first = calendar.local_day(session.starts_at, zone)
    last = parts[-1][0] if parts else first
    for day, minutes in _preparation(first, session.preparation, today):
        yield Piece(day, minutes, Activity.PREPARATION)
    for day, _, minutes in parts:
        yield Piece(day, minutes, session.activity)
    if session.travel:
        yield Piece(first, session.travel, Activity.TRAVEL)
    if session.debrief:
        yield Piece(last, session.debrief, Activity.DEBRIEF)


def _preparation(
    session_day: date, minutes: int, today: date
) -> Iterator[tuple[date, int]]:
    earliest = max(today, session_day - calendar.DAY * PREPARATION_DAYS)
    on = list(calendar.days(earliest, session_day - calendar.DAY)) or [session_day]
    each, rest = divmod(minutes, len(on))
    for place, day in enumerate(on):
        share = each + (1 if place < rest else 0)
        if share:
            yield day, share


def load_of(pieces: Iterable[Piece], load: Load | None = None) -> dict[date, int]:
    """Minutes per day, added to a load that is left as it was."""
    total = Counter(load or {})
    for piece in pieces:
        total[piece.day] += piece.minutes
    return dict(total)


class Kept(NamedTuple):
    """Minutes as they are written down: agreed, or logged in place of agreed ones.

    `is_story` marks all minutes of an engagement that is near a personal story.
    """

    day: date
    minutes: int
    activity: Activity
    group: str
    is_logged: bool
    is_story: bool = False


def counted_load(rows: Iterable[Kept]) -> dict[date, int]:
    """Minutes per day that count: all that is logged, and what of the agreed is left.

    Logged minutes take the place of agreed ones of the same group and activity, on
    the same day first and then from the earliest on, so nothing counts twice.
    """
    kept = list(rows)
    total: Counter[date] = Counter()
    agreed: dict[tuple[str, Activity], Counter[date]] = defaultdict(Counter)
    for row in kept:
        where = total if row.is_logged else agreed[row.group, row.activity]
        where[row.day] += row.minutes
    for row in kept:
        if row.is_logged and (row.group, row.activity) in agreed:
            _consume(agreed[row.group, row.activity], row.day, row.minutes)
    for left in agreed.values():
        total.update(left)
    return {day: minutes for day, minutes in total.items() if minutes}


def _consume(agreed: Counter[date], first: date, minutes: int) -> None:
    for day in sorted(agreed, key=lambda one: (one != first, one)):
        taken = min(agreed[day], minutes)
        agreed[day] -= taken
        minutes -= taken


def week_totals(load: Load, first_weekday: int) -> dict[date, int]:
    """Minutes by the first day of each week that holds any."""
    total: Counter[date] = Counter()
    for day, minutes in load.items():
        total[calendar.week_of(day, first_weekday)[0]] += minutes
    return dict(total)


def month_totals(load: Load) -> dict[date, int]:
    """Minutes by the first day of each month that holds any."""
    total: Counter[date] = Counter()
    for day, minutes in load.items():
        total[day.replace(day=1)] += minutes
    return dict(total)
