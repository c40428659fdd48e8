"""A calendar file whose words tell a bystander nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from engage.core import calendar

MAKER = "-//Calendar//EN"
REFRESH = timedelta(hours=6)


@dataclass(frozen=True)
class Entry:
    """A stretch of time under a title, as a calendar shows it."""

    uid: str
    title: str
    starts_at: datetime
    minutes: int


@dataclass(frozen=True)
class DayEntry:
    """A whole day in the reader's zone."""

    uid: str
    title: str
    day: date


def write(entries: Sequence[Entry | DayEntry], zone: str, now: datetime) -> bytes:
    """The file with its time zone written out, so that every clock change is right."""
    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", MAKER)
    file.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        file.add_component(_event(entry, zone, now))
    years = [_day(entry, zone).year for entry in entries] or [now.year]
    file.add_missing_timezones(
        first_date=date(min(years), 1, 1), last_date=date(max(years) + 2, 1, 1)
    )
    return bytes(file.to_ical())


def _event(entry: Entry | DayEntry, zone: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", now)
    event.add("summary", entry.title)
    event.add("class", "PRIVATE")
    if isinstance(entry, DayEntry):
        event.add("transp", "TRANSPARENT")
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + calendar.DAY)
    else:
        ends_at = entry.starts_at + timedelta(minutes=entry.minutes)
        event.add("transp", "OPAQUE")
        event.add("dtstart", _local(entry.starts_at, zone))
        event.add("dtend", _local(ends_at, zone))
    return event


def _local(moment: datetime, zone: str) -> datetime:
    """As the clock on the wall shows it; in UTC where it shows that hour twice."""
    there = moment.astimezone(ZoneInfo(zone))
    return moment if there.fold else there


def _day(entry: Entry | DayEntry, zone: str) -> date:
    if isinstance(entry, DayEntry):
        return entry.day
    return calendar.local_day(entry.starts_at, zone)
