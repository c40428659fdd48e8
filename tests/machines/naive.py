"""What somebody would count by hand, minute by minute, and in no way as engage does.

Nothing of engage is imported here: a fault there cannot be repeated here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Days = Counter[date]
Pieces = Counter[tuple[date, str]]


@dataclass(frozen=True)
class Meeting:
    """One session with what comes with it."""

    starts_at: datetime
    minutes: int
    preparation: int
    travel: int
    debrief: int


def day_of(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def spread(meetings: Iterable[Meeting], zone: str, today: date) -> Pieces:
    """Each minute on the day that the wall shows; preparation in the week before."""
    pieces: Pieces = Counter()
    for one in meetings:
        days = [day_of(one.starts_at + MINUTE * n, zone) for n in range(one.minutes)]
        pieces.update((day, "session") for day in days)
        pieces[days[0], "travel"] += one.travel
        pieces[days[-1], "debrief"] += one.debrief
        week = [days[0] - DAY * back for back in range(7, 0, -1)]
        before = [day for day in week if day >= today] or [days[0]]
        for number in range(one.preparation):
            pieces[before[number % len(before)], "preparation"] += 1
    return +pieces


def counted(rows: Iterable[Mapping[str, Any]]) -> Days:
    """Minutes a day: all that is logged, and agreed ones that nothing logged replaced.

    Logged minutes replace agreed ones of the same day, then the earliest of the rest.
    """
    total: Days = Counter()
    agreed: dict[tuple[str, str], Days] = {}
    logged: dict[tuple[str, str], Days] = {}
    for row in rows:
        is_logged = row["source"] != row["group"]
        key = row["group"], str(row["activity"])
        of = (logged if is_logged else agreed).setdefault(key, Counter())
        of[row["day"]] += row["minutes"]
    for key, days in agreed.items():
        total.update(_left(days, logged.get(key, Counter())))
    for days in logged.values():
        total.update(days)
    return +total


def _left(agreed: Days, logged: Days) -> Days:
    same = agreed & logged
    rest = sorted((agreed - same).elements())
    return Counter(rest[(logged - same).total() :])


def over(
    load: Days, touched: Iterable[date], limits: Mapping[str, Any], first_weekday: int
) -> list[str]:
    """Which limits of week and month the load passes, where it was touched."""
    found = []
    for day in touched:
        week = [
            other
            for other in load
            if _week(other, first_weekday) == _week(day, first_weekday)
        ]
        month = [
            other
            for other in load
            if (other.year, other.month) == (day.year, day.month)
        ]
        for name, days in (("week_minutes", week), ("month_minutes", month)):
            most = limits[name]
            if most is not None and sum(load[other] for other in days) > most:
                found.append(f"{name} around {day}")
    return sorted(set(found))


def _week(day: date, first_weekday: int) -> date:
    while day.weekday() != first_weekday:
        day -= DAY
    return day


def is_free(
    meeting: Meeting,
    zone: str,
    windows: Sequence[Mapping[str, Any]],
    days: Mapping[date, bool],
) -> bool:
    """Is every minute of it inside a weekly time, or on a day said to be free?"""
    for number in range(meeting.minutes):
        wall = (meeting.starts_at + MINUTE * number).astimezone(ZoneInfo(zone))
        if wall.date() in days:
            if not days[wall.date()]:
                return False
            continue
        minute = wall.hour * 60 + wall.minute
        if windows and not any(
            one["weekday"] == wall.weekday()
            and one["start_minute"] <= minute < one["end_minute"]
            for one in windows
        ):
            return False
    return True


def is_paused(pause: Mapping[str, Any] | None, day: date) -> bool:
    if pause is None or day < pause["starts_on"]:
        return False
    return pause["ends_on"] is None or day <= pause["ends_on"]


def stories(tellings: Sequence[date], last: date) -> int:
    """The most story-near engagements in any 90 days in a row that hold this day."""
    every = [*tellings, last]
    windows = [last - DAY * back for back in range(90)]
    return max(
        sum(first <= day < first + 90 * DAY for day in every) for first in windows
    )


def too_little_rest(
    tellings: Iterable[date],
    own_days: Sequence[date],
    is_story: bool,
    other_days: Iterable[date],
    rest: int,
) -> bool:
    """Does a session fall into the days of rest after a telling?"""
    pairs = [(told, day) for told in tellings for day in own_days]
    if is_story:
        pairs += [(max(own_days), day) for day in other_days]
    return any(DAY * 0 < day - told <= DAY * rest for told, day in pairs)


def voice(
    seats: Iterable[Mapping[str, Any]], choices: Mapping[int, bool], minimum: int
) -> str:
    """The state of a panel from its rows: distinct people who count, where they do."""
    people = {
        seat["person_id"]
        for seat in seats
        if seat["status"] == "held"
        and seat["person_id"] is not None
        and seat["role"] not in ("facilitator", "interpreter")
        and choices.get(seat["person_id"], False)
    }
    if len(people) >= max(minimum, 2):
        return "met"
    return {0: "not_known", 1: "sole"}.get(len(people), "low")


def cents(meetings: Iterable[Meeting], rate_cents: int) -> int:
    """Hourly pay of whole minutes; the machine takes rates that 60 divides."""
    assert rate_cents % 60 == 0
    minutes = sum(
        one.minutes + one.preparation + one.travel + one.debrief for one in meetings
    )
    return minutes * rate_cents // 60
