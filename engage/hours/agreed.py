"""What an agreement lets a consultant log: its sessions, its minutes, its last day."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from engage.core import calendar
from engage.hours.rules import LOGGING_DAYS, HoursStatus, group
from engage.workload.minutes import PREPARATION_DAYS, Activity, Session

SHOWN = (Activity.PREPARATION, Activity.SESSION, Activity.TRAVEL, Activity.DEBRIEF)
OPEN = frozenset({HoursStatus.SUBMITTED, HoursStatus.RETURNED})
COUNTED = OPEN | {HoursStatus.APPROVED, HoursStatus.PAID}


@dataclass(frozen=True)
class Agreed:
    """One session, by its number in order of time, as the consultant's days have it."""

    number: int
    day: date
    session: Session
    is_owed: bool

    def minutes(self, activity: Activity) -> int:
        of = self.session
        return {
            Activity.SESSION: of.minutes,
            Activity.PREPARATION: of.preparation,
            Activity.TRAVEL: of.travel,
            Activity.DEBRIEF: of.debrief,
        }[group(activity)]

    @property
    def ends_at(self) -> datetime:
        return self.session.starts_at + timedelta(minutes=self.session.minutes)


@dataclass(frozen=True)
class Press:
    """One agreed piece of work that one press logs, as it was agreed."""

    number: int
    session_day: date
    activity: Activity
    day: date
    minutes: int


def agreed_sessions(
    sessions: Sequence[Session], *, kept: Collection[datetime], zone: str
) -> list[Agreed]:
    """All frozen sessions in order; `kept` are the starts of those that an early end
    did not take away, and `zone` is where the consultant lives."""
    ordered = sorted(sessions, key=lambda one: one.starts_at)
    return [
        Agreed(
            number,
            calendar.local_day(one.starts_at, zone),
            one,
            one.starts_at in kept,
        )
        for number, one in enumerate(ordered, 1)
    ]


def agreed_minutes(sessions: Sequence[Agreed]) -> dict[Activity, int]:
    """Minutes by group(): what is owed, and all preparation, since it may be done."""
    return {
        activity: sum(
            one.minutes(activity)
            for one in sessions
            if one.is_owed or activity is Activity.PREPARATION
        )
        for activity in SHOWN
    }


def ends_on(sessions: Sequence[Agreed], ended_on: date | None) -> date | None:
    """The last day that can be logged; a session paid though cancelled may be later."""
    if ended_on is None:
        return None
    return max([ended_on, *(one.day for one in sessions if one.is_owed)])


def session_number(
    sessions: Sequence[Agreed],
    day: date,
    *,
    taken: Collection[int],
    same_day: int | None,
) -> int | None:
    """The session an entry belongs to: of its day, else of the day's other entries,
    else the nearest; one that no entry has `taken` yet comes first."""
    on_the_day = [one for one in sessions if one.day == day]
    if not on_the_day and same_day is not None:
        return same_day
    free = [one for one in on_the_day or sessions if one.number not in taken]
    among = free or on_the_day or sessions
    if not among:
        return None
    return min(among, key=lambda one: (abs(one.day - day), one.number)).number


def presses(
    sessions: Sequence[Agreed],
    *,
    taken: Mapping[Activity, Collection[int]],
    left: Mapping[Activity, int],
    agreed_on: date,
    now: datetime,
    today: date,
) -> list[Press]:
    """Agreed work that has been done by now and that nobody has logged, in order.

    `taken` has the numbers of sessions by group() of activity, for logged entries.
    """
    room = dict(left)
    found = []
    for one in sessions:
        for activity in SHOWN:
            minutes = one.minutes(activity)
            known = one.number in taken.get(activity, ())
            if known or not 0 < minutes <= room.get(activity, 0):
                continue
            day = _day_of(one, activity, agreed_on, now, today)
            if day is not None:
                room[activity] -= minutes
                found.append(Press(one.number, one.day, activity, day, minutes))
    return [_as_review(press, sessions) for press in found]


def _day_of(
    one: Agreed, activity: Activity, agreed_on: date, now: datetime, today: date
) -> date | None:
    """The day to log it on, or None while it cannot have been done."""
    if activity is Activity.PREPARATION:
        if today < one.day - timedelta(days=PREPARATION_DAYS):
            return None
        return max(agreed_on, min(today, one.day - calendar.DAY))
    return one.day if one.is_owed and one.ends_at <= now else None


def _as_review(press: Press, sessions: Sequence[Agreed]) -> Press:
    if press.activity is not Activity.SESSION:
        return press
    of = next(one for one in sessions if one.number == press.number)
    return replace(press, activity=of.session.activity)


def may_settle(ends: date, today: date, statuses: Collection[HoursStatus]) -> bool:
    """Whether money kept for an ended engagement is free: nothing can come any more.

    A returned entry is waited for as long again as logging was open.
    """
    if today <= ends + timedelta(days=LOGGING_DAYS):
        return False
    if HoursStatus.SUBMITTED in statuses:
        return False
    late = today > ends + timedelta(days=2 * LOGGING_DAYS)
    return late or HoursStatus.RETURNED not in statuses


def week_sums(
    days: Mapping[date, int], first_weekday: int, today: date, count: int
) -> Iterator[tuple[date, int]]:
    """(first day, minutes) of this week and those before it, the newest first."""
    start, _ = calendar.week_of(today, first_weekday)
    for back in range(count):
        first = start - timedelta(weeks=back)
        last = first + timedelta(days=6)
        yield first, sum(days.get(day, 0) for day in calendar.days(first, last))
