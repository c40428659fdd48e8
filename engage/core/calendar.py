from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

# (first year, month, day of the month)
_FIXED = (
    (1870, 1, 1),
    (2021, 6, 19),  # Juneteenth, signed two days before its first observance
    (1870, 7, 4),
    (1938, 11, 11),
    (1870, 12, 25),
)
# (first year, month, weekday, which one; -1 is the last)
_FLOATING = (
    (1986, 1, MONDAY, 3),
    (1971, 2, MONDAY, 3),
    (1971, 5, MONDAY, -1),
    (1894, 9, MONDAY, 1),
    (1971, 10, MONDAY, 2),
    (1942, 11, THURSDAY, 4),
)


@lru_cache(maxsize=256)
def federal_holidays(year: int) -> frozenset[date]:
    """Days off as observed, so December 31 when the next New Year is a Saturday."""
    observed = {
        _observed(date(of_year, month, day))
        for of_year in (year, year + 1)
        for since, month, day in _FIXED
        if of_year >= since
    }
    floating = {
        _nth(year, month, weekday, which)
        for since, month, weekday, which in _FLOATING
        if year >= since
    }
    return frozenset(day for day in observed | floating if day.year == year)


def _observed(day: date) -> date:
    if day.weekday() == SATURDAY:
        return day - DAY
    return day + DAY if day.weekday() == SUNDAY else day


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    if which < 0:
        last = date(year, month, monthrange(year, month)[1])
        return last - DAY * ((last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (which - 1))


def is_business_day(day: date) -> bool:
    """Monday to Friday and no federal holiday."""
    return day.weekday() < SATURDAY and day not in federal_holidays(day.year)


def add_business_days(day: date, count: int) -> date:
    """The count-th business day after `day`, or before it when negative; 0 is `day`."""
    step = DAY if count > 0 else -DAY
    for _ in range(abs(count)):
        day += step
        while not is_business_day(day):
            day += step
    return day


def business_days_between(start: date, end: date) -> int:
    """Business days after `start` up to and with `end`; undoes add_business_days."""
    if end < start:
        return -sum(map(is_business_day, days(end, start - DAY)))
    return sum(map(is_business_day, days(start + DAY, end)))


def days(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included; none when last is earlier."""
    for offset in range((last - first).days + 1):
        yield first + DAY * offset


def week_of(day: date, first_weekday: int) -> tuple[date, date]:
    """First and last day of a week that begins on first_weekday (Monday is 0)."""
    start = day - DAY * ((day.weekday() - first_weekday) % 7)
    return start, start + DAY * 6


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the calendar month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def local_day(moment_utc: datetime, zone_name: str) -> date:
    """The date on the wall where the person lives; refuses a naive moment."""
    return local_time(moment_utc, zone_name).date()


def local_time(moment_utc: datetime, zone_name: str) -> datetime:
    """The moment as the clock on the wall shows it; refuses a naive moment."""
    if moment_utc.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment_utc.astimezone(ZoneInfo(zone_name))


def local_moment_utc(day: date, minute: int, zone_name: str) -> datetime:
    """When the wall clock shows that minute of the day; the earlier of two, and
    where the clock jumps over it, as much later as the jump is long."""
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    return wall.replace(tzinfo=ZoneInfo(zone_name)).astimezone(UTC)


def local_midnight_utc(day: date, zone_name: str) -> datetime:
    """The first instant of a local day, also where the clock jumps over midnight."""
    return local_moment_utc(day, 0, zone_name)


def end_of_local_day_utc(day: date, zone_name: str) -> datetime:
    """The first instant that no longer belongs to the day: compare with `<`."""
    return local_midnight_utc(day + DAY, zone_name)


def minutes_by_day(
    start_utc: datetime, minutes: int, zone_name: str
) -> list[tuple[date, datetime, int]]:
    """(local day, moment it begins there, minutes) of a stretch of real time."""
    parts = []
    moment, left = start_utc.astimezone(UTC), minutes
    while left > 0:
        day = local_day(moment, zone_name)
        until_end = end_of_local_day_utc(day, zone_name) - moment
        # a part of a minute belongs to the day it begins on; at least one, because
        # a zone that once turned its clock back over midnight met a date twice
        part = min(left, max(1, -(-until_end // MINUTE)))
        parts.append((day, moment, part))
        moment, left = moment + MINUTE * part, left - part
    return parts
