from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

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
