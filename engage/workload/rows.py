"""What limits are weighed from, as rows; each statement is built once, not a page."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from engage.core.db import db
from engage.core.key_store import SealBroken
from engage.people.models import Person
from engage.people.rules import TOPICS
from engage.workload.filters import Filters
from engage.workload.minutes import Kept
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
from engage.workload.rules import DayException, Window

PEOPLE, FROM_DAY = sa.bindparam("people", expanding=True), sa.bindparam("from_day")

# The tables' columns and not the models': no row is kept by the session, so that what
# is read after a lock is what stands there now.
_PERSON = sa.inspect(Person).local_table.c
_LIMITS = sa.inspect(WorkLimits).local_table.c
_PAUSE = sa.inspect(Pause).local_table.c
_MINUTES = sa.inspect(WorkMinutes).local_table.c
_MARK = sa.inspect(StoryMark).local_table.c
_ASKS = sa.inspect(AskCount).local_table.c
_WINDOW = sa.inspect(AvailabilityWindow).local_table.c
_DAY = sa.inspect(AvailabilityException).local_table.c
_FILTER = sa.inspect(SilentFilter).local_table.c

LIMITS = ("week_minutes", "month_minutes", "at_once", "invitations_30")
LIMITS += ("notice_days", "story_90", "rest_days")

BASICS = (
    sa.select(
        _PERSON.id,
        _PERSON.zone,
        _PERSON.week_start,
        _LIMITS.person_id.label("limits_of"),
        *(_LIMITS[name] for name in LIMITS),
        _PAUSE.starts_on,
        _PAUSE.ends_on,
    )
    .outerjoin_from(_PERSON.id.table, _LIMITS.person_id.table)
    .outerjoin(_PAUSE.person_id.table, _PAUSE.person_id == _PERSON.id)
    .where(_PERSON.id.in_(PEOPLE))
)
KEPT = (
    sa.select(
        _MINUTES.person_id,
        _MINUTES.day,
        _MINUTES.minutes,
        _MINUTES.activity,
        _MINUTES.group,
        _MINUTES.source != _MINUTES.group,
        _MARK.group.is_not(None),
    )
    .outerjoin_from(_MINUTES.id.table, _MARK.group.table, _MARK.group == _MINUTES.group)
    .where(
        _MINUTES.person_id.in_(PEOPLE),
        _MINUTES.day >= FROM_DAY,
        _MINUTES.group != sa.bindparam("without"),
    )
)
ASKS = (
    sa.select(_ASKS.person_id, sa.func.sum(_ASKS["count"]))
    .where(_ASKS.person_id.in_(PEOPLE), _ASKS.day > FROM_DAY)
    .group_by(_ASKS.person_id)
)
WINDOWS = (
    sa.select(
        _WINDOW.person_id, _WINDOW.weekday, _WINDOW.start_minute, _WINDOW.end_minute
    )
    .where(_WINDOW.person_id.in_(PEOPLE))
    .order_by(_WINDOW.weekday, _WINDOW.start_minute)
)
EXCEPTIONS = (
    sa.select(_DAY.person_id, _DAY.day, _DAY.is_free)
    .where(_DAY.person_id.in_(PEOPLE), _DAY.day >= FROM_DAY)
    .order_by(_DAY.day)
)
FILTERS = sa.select(_FILTER.person_id, _FILTER.kind, _FILTER.organization_id).where(
    _FILTER.person_id.in_(PEOPLE)
)
AVOIDED = (
    sa.select(AvoidedTopics, Person.uid)
    .join(Person, Person.id == AvoidedTopics.person_id)
    .where(AvoidedTopics.person_id.in_(PEOPLE))
    .execution_options(populate_existing=True)
)


def _read(statement: Any, people: Collection[int], **values: object) -> Any:
    return db.session.execute(statement, {"people": list(people), **values})


def basics(people: Collection[int]) -> Any:
    """Zone, week, limits and pause; `limits_of` is None where none were ever set."""
    return _read(BASICS, people)


def kept(
    people: Collection[int], from_day: date, without: str | None
) -> dict[int, list[Kept]]:
    found: dict[int, list[Kept]] = defaultdict(list)
    for row in _read(KEPT, people, from_day=from_day, without=without or ""):
        found[row[0]].append(Kept(*row[1:]))
    return found


def asks(people: Collection[int], from_day: date) -> dict[int, int]:
    """Asks that reached each person after a day; 0 is left out."""
    rows = _read(ASKS, people, from_day=from_day)
    return {person_id: int(count) for person_id, count in rows}


def windows(people: Collection[int]) -> dict[int, list[Window]]:
    found: dict[int, list[Window]] = defaultdict(list)
    for person_id, *window in _read(WINDOWS, people):
        found[person_id].append(Window(*window))
    return found


def exceptions(
    people: Collection[int], from_day: date
) -> dict[int, list[DayException]]:
    found: dict[int, list[DayException]] = defaultdict(list)
    for person_id, day, is_free in _read(EXCEPTIONS, people, from_day=from_day):
        found[person_id].append(DayException(day, is_free))
    return found


def filters(people: Collection[int]) -> dict[int, Filters]:
    """Silent filters by person, in two statements; who has none is left out."""
    found: dict[int, Filters] = defaultdict(Filters)
    for person_id, kind, organization_id in _read(FILTERS, people):
        own = found[person_id]
        if kind == "organization":
            own.organizations.add(organization_id)
        own.law_enforcement |= kind == "law_enforcement"
        own.travel |= kind == "travel"
    for person_id, topics in _avoided(people):
        found[person_id].topics |= topics
    return dict(found)


def _avoided(people: Collection[int]) -> Iterator[tuple[int, set[str]]]:
    for row, uid in _read(AVOIDED, people):
        try:
            yield row.person_id, row.read(f"person:{uid}")
        except SealBroken:
            # A wish that cannot be read any more is kept as far as it can reach.
            yield row.person_id, set(TOPICS)
