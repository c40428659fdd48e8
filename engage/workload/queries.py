from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from engage.core import calendar
from engage.core.crypto import SealBroken
from engage.core.db import db
from engage.people.models import Person
from engage.people.rules import TOPICS
from engage.workload import pay_queries, rules
from engage.workload.filters import Filters
from engage.workload.models import (
    AskCount,
    AvailabilityException,
    AvailabilityWindow,
    AvoidedTopics,
    Pause,
    SilentFilter,
    StoryMark,
    WorkLimits,
    WorkMinutes,
)

# Agreed minutes are consumed by logged ones for at most 30 days after an end.
LOOK_BACK = timedelta(days=100)
HELD = "offer:"  # the groups of what is held on condition


def limits_of(person_id: int) -> WorkLimits | None:
    """The consultant's own limits row, or None before it was first set."""
    return db.session.get(WorkLimits, person_id)


def standing(
    person_id: int, now: datetime, *, without: str | None = None
) -> rules.Standing:
    """Everything a consultant's limits weigh; `without` leaves one group out."""
    return standings([person_id], now, without=without)[person_id]


def own_load(person_id: int, now: datetime) -> rules.Standing:
    """Limits, load and pause alone, in two statements, for the first page."""
    rows = _kept([person_id], now.date() - LOOK_BACK, None)[person_id]
    ((_, zone, week_start, limits, pause),) = _basics([person_id])
    return rules.Standing(
        zone=zone,
        first_weekday=week_start,
        limits=limits_values(limits),
        load=rules.counted_load(rows),
        pause=rules.Pause(pause.starts_on, pause.ends_on) if pause else None,
    )


def standings(
    person_ids: Collection[int], now: datetime, *, without: str | None = None
) -> dict[int, rules.Standing]:
    """The same for many people, in seven statements however many they are."""
    today = now.date()
    kept = _kept(person_ids, today - LOOK_BACK, without)
    asks = _asks(person_ids, today - timedelta(days=30))
    windows = _windows(person_ids)
    exceptions = _exceptions(person_ids, today - timedelta(days=1))
    earned = pay_queries.earnings(person_ids, now, without=without)
    found = {}
    for person_id, zone, week_start, limits, pause in _basics(person_ids):
        rows = kept[person_id]
        here = calendar.local_day(now, zone)
        found[person_id] = rules.Standing(
            zone=zone,
            first_weekday=week_start,
            limits=limits_values(limits),
            load=rules.counted_load(rows),
            engagements_now=len({row.group for row in rows if row.day >= here}),
            asks_30d=asks.get(person_id, 0),
            windows=tuple(windows[person_id]),
            exceptions=tuple(exceptions[person_id]),
            pause=rules.Pause(pause.starts_on, pause.ends_on) if pause else None,
            guard=earned[person_id],
            story=rules.story_days_of(rows),
            held=rules.load_of(row for row in rows if row.group.startswith(HELD)),
        )
    return found


def limits_values(row: WorkLimits | None) -> rules.Limits:
    """A limits row as plain values; the steady preset before any was set."""
    if row is None:
        return rules.PRESETS[rules.Preset.STEADY]
    return rules.Limits(
        week_minutes=row.week_minutes,
        month_minutes=row.month_minutes,
        at_once=row.at_once,
        invitations_30=row.invitations_30,
        story_90=row.story_90,
        rest_days=row.rest_days,
        notice_days=row.notice_days,
    )


def next_weeks(
    standing: rules.Standing, now: datetime, count: int = 8
) -> list[rules.Effect]:
    """This week and those after it: minutes counted, beside the limit of a week."""
    today = calendar.local_day(now, standing.zone)
    first, _ = calendar.week_of(today, standing.first_weekday)
    totals = rules.week_totals(standing.load, standing.first_weekday)
    starts = [first + timedelta(weeks=number) for number in range(count)]
    return [
        rules.Effect(
            start,
            totals.get(start, 0),
            totals.get(start, 0),
            standing.limits.week_minutes,
        )
        for start in starts
    ]


def asks_90d(person_ids: Collection[int], now: datetime) -> dict[int, int]:
    """How many asks reached each person in 90 days; 0 is left out."""
    return _asks(person_ids, now.date() - timedelta(days=90))


def filters_of(person_ids: Collection[int]) -> dict[int, Filters]:
    """Silent filters by person, in two statements; who has none is left out."""
    found: dict[int, Filters] = defaultdict(Filters)
    rows = db.session.scalars(
        sa.select(SilentFilter).where(SilentFilter.person_id.in_(person_ids))
    )
    for row in rows:
        own = found[row.person_id]
        if row.kind == "organization" and row.organization_id is not None:
            own.organizations.add(row.organization_id)
        own.law_enforcement |= row.kind == "law_enforcement"
        own.travel |= row.kind == "travel"
    for person_id, topics in _avoided(person_ids):
        found[person_id].topics |= topics
    return dict(found)


def _avoided(person_ids: Collection[int]) -> Iterator[tuple[int, set[str]]]:
    rows = db.session.execute(
        sa.select(AvoidedTopics, Person.uid)
        .join(Person, Person.id == AvoidedTopics.person_id)
        .where(AvoidedTopics.person_id.in_(person_ids))
    )
    for row, uid in rows:
        try:
            yield row.person_id, row.read(f"person:{uid}")
        except SealBroken:
            # A wish that cannot be read any more is kept as far as it can reach.
            yield row.person_id, set(TOPICS)


def _basics(
    person_ids: Collection[int],
) -> Iterable[tuple[int, str, int, WorkLimits | None, Pause | None]]:
    rows = db.session.execute(
        sa.select(Person.id, Person.zone, Person.week_start, WorkLimits, Pause)
        .outerjoin(WorkLimits, WorkLimits.person_id == Person.id)
        .outerjoin(Pause, Pause.person_id == Person.id)
        .where(Person.id.in_(person_ids))
        # Read again after a lock: the session may hold an older row.
        .execution_options(populate_existing=True)
    )
    return [
        (one, zone, start, limits, pause) for one, zone, start, limits, pause in rows
    ]


def _kept(
    person_ids: Collection[int], from_day: date, without: str | None
) -> dict[int, list[rules.Kept]]:
    rows = db.session.execute(
        sa.select(
            WorkMinutes.person_id,
            WorkMinutes.day,
            WorkMinutes.minutes,
            WorkMinutes.activity,
            WorkMinutes.group,
            WorkMinutes.source != WorkMinutes.group,
            StoryMark.group.is_not(None),
        )
        .outerjoin(StoryMark, StoryMark.group == WorkMinutes.group)
        .where(
            WorkMinutes.person_id.in_(person_ids),
            WorkMinutes.day >= from_day,
            WorkMinutes.group != (without or ""),
        )
    )
    found: dict[int, list[rules.Kept]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(rules.Kept(*row[1:]))
    return found


def _asks(person_ids: Collection[int], from_day: date) -> dict[int, int]:
    rows = db.session.execute(
        sa.select(AskCount.person_id, sa.func.sum(AskCount.count))
        .where(AskCount.person_id.in_(person_ids), AskCount.day > from_day)
        .group_by(AskCount.person_id)
    )
    return {person_id: int(count) for person_id, count in rows}


def _windows(person_ids: Collection[int]) -> dict[int, list[rules.Window]]:
    found: dict[int, list[rules.Window]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(
            AvailabilityWindow.person_id,
            AvailabilityWindow.weekday,
            AvailabilityWindow.start_minute,
            AvailabilityWindow.end_minute,
        )
        .where(AvailabilityWindow.person_id.in_(person_ids))
        .order_by(AvailabilityWindow.weekday, AvailabilityWindow.start_minute)
    )
    for person_id, weekday, start, end in rows:
        found[person_id].append(rules.Window(weekday, start, end))
    return found


def _exceptions(
    person_ids: Collection[int], from_day: date
) -> dict[int, list[rules.DayException]]:
    found: dict[int, list[rules.DayException]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(
            AvailabilityException.person_id,
            AvailabilityException.day,
            AvailabilityException.is_free,
        )
        .where(
            AvailabilityException.person_id.in_(person_ids),
            AvailabilityException.day >= from_day,
        )
        .order_by(AvailabilityException.day)
    )
    for person_id, day, is_free in rows:
        found[person_id].append(rules.DayException(day, is_free))
    return found
