from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engage.core import calendar
from engage.workload.minutes import Session

WHOLE_DAY = 24 * 60


@dataclass(frozen=True)
class Window:
    """Wall-clock minutes of a weekday (Monday is 0), 1440 being midnight after."""

    weekday: int
    start_minute: int
    end_minute: int


@dataclass(frozen=True)
class DayException:
    day: date
    is_free: bool


@dataclass(frozen=True)
class Span:
    """Days in a row that are all free, or all not."""

    first: date
    last: date
    is_free: bool


def spans(exceptions: Iterable[DayException]) -> list[Span]:
    """Dated exceptions, in order of days, as stretches of days alike."""
    found: list[Span] = []
    for one in exceptions:
        before = found[-1] if found else None
        if (
            before is not None
            and before.is_free == one.is_free
            and one.day - before.last == calendar.DAY
        ):
            found[-1] = Span(before.first, one.day, one.is_free)
        else:
            found.append(Span(one.day, one.day, one.is_free))
    return found


@dataclass(frozen=True)
class Pause:
    """ends_on is the last paused day; None lasts until the consultant ends it."""

    starts_on: date
    ends_on: date | None = None


def is_paused(pause: Pause | None, day: date) -> bool:
    """Both ends of a pause are paused days."""
    if pause is None or day < pause.starts_on:
        return False
    return pause.ends_on is None or day <= pause.ends_on


def fits_windows(
    sessions: Iterable[Session],
    zone: str,
    windows: Sequence[Window],
    exceptions: Sequence[DayException],
) -> bool:
    """Whether every session is in free hours; without any window all hours are free."""
    if not windows and not exceptions:
        return True
    free = {one.day: one.is_free for one in sorted(exceptions, key=_busy_last)}
    return all(
        free[day] if day in free else not windows or _covers(windows, day, start, end)
        for session in sessions
        for day, start, end in wall_spans(session, zone)
    )


def _busy_last(exception: DayException) -> bool:
    return not exception.is_free


def wall_spans(session: Session, zone: str) -> Iterator[tuple[date, int, int]]:
    """(day, start, end) as wall minutes; minute by minute where the clock changes."""
    for day, moment, minutes in calendar.minutes_by_day(
        session.starts_at, session.minutes, zone
    ):
        walls = [_wall(moment, zone), _wall(moment + calendar.MINUTE * minutes, zone)]
        end = walls[1] or WHOLE_DAY
        if end - walls[0] == minutes:
            yield day, walls[0], end
            continue
        for offset in range(minutes):
            wall = _wall(moment + calendar.MINUTE * offset, zone)
            yield day, wall, wall + 1


def _wall(moment: datetime, zone: str) -> int:
    wall = calendar.local_time(moment, zone)
    return wall.hour * 60 + wall.minute


def _covers(windows: Sequence[Window], day: date, start: int, end: int) -> bool:
    reached = start
    for one in sorted(windows, key=lambda one: one.start_minute):
        if one.weekday == day.weekday() and one.start_minute <= reached:
            reached = max(reached, one.end_minute)
    return reached >= end
