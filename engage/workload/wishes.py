"""What a consultant sets for themselves; nobody else has a way in here."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engage.audit.actions import record
from engage.core import calendar
from engage.core.db import insert_missing, lock_by_key, lock_one, transaction
from engage.core.errors import NotFound
from engage.people.models import Person
from engage.workload import changes, own, queries, rules
from engage.workload.availability import spans
from engage.workload.models import (
    AvailabilityException,
    AvailabilityWindow,
    AvoidedTopics,
    Pause,
    SilentFilter,
    StoryMark,
    WorkLimits,
)


@contextmanager
def _own(person: Person, now: datetime) -> Iterator[Session]:
    """A consultant changes what is theirs: their row locked, one entry, no value.

    The entry says the same of every kind of change, so that it tells no pause.
    """
    with transaction() as session:
        if not lock_one(Person, person.id).is_consultant:
            raise NotFound
        yield session
        thing = f"person:{person.uid}"
        record("limits.set", subject=person.subject, thing=thing, by=person, now=now)


def set_limits(
    person: Person, limits: rules.Limits, *, sure: bool, now: datetime
) -> None:
    """Set the consultant's own limits; a raise only when they are `sure`."""
    with _own(person, now) as session:
        row = lock_by_key(WorkLimits, person.id)
        changes.check_limits(queries.limits_values(row), limits, sure=sure)
        if row is None:
            row = WorkLimits(person_id=person.id)
            session.add(row)
        row.week_minutes = limits.week_minutes
        row.month_minutes = limits.month_minutes
        row.at_once = limits.at_once
        row.invitations_30 = limits.invitations_30
        row.story_90 = limits.story_90
        row.rest_days = limits.rest_days or 0
        row.notice_days = limits.notice_days or 0


def set_pause(person: Person, ends_on: date | None, *, now: datetime) -> None:
    """Pause from today on, until a day with it or until ended; there is no reason."""
    with _own(person, now) as session:
        today = calendar.local_day(now, person.zone)
        changes.check_pause(ends_on, today)
        row = lock_by_key(Pause, person.id)
        if row is None:
            session.add(Pause(person_id=person.id, starts_on=today, ends_on=ends_on))
            return
        if not rules.is_paused(rules.Pause(row.starts_on, row.ends_on), today):
            row.starts_on = today
        row.ends_on = ends_on


def end_pause(person: Person, *, now: datetime) -> None:
    """Take the pause away; nothing of it is kept."""
    with _own(person, now) as session:
        session.execute(sa.delete(Pause).where(Pause.person_id == person.id))


def add_windows(
    person: Person,
    weekdays: Collection[int],
    *,
    start_minute: int,
    end_minute: int,
    now: datetime,
) -> None:
    """Add a weekly time to each of the days; times that meet become one."""
    changes.check_weekdays(weekdays)
    end_minute = changes.check_window(start_minute, end_minute)
    with _own(person, now) as session:
        there = own.windows(person)
        for weekday in sorted(set(weekdays)):
            whole = rules.Window(weekday, start_minute, end_minute)
            for row in there:
                one = rules.Window(row.weekday, row.start_minute, row.end_minute)
                if changes.meets(one, whole):
                    whole = changes.joined(one, whole)
                    session.delete(row)
            session.add(AvailabilityWindow(person_id=person.id, **asdict(whole)))


def remove_window(person: Person, uid: str, *, now: datetime) -> None:
    """Take a weekly time away; NotFound when it is not the person's."""
    with _own(person, now) as session:
        row = own.window(person, uid)
        session.delete(row)


def add_days(
    person: Person, first: date, last: date | None, *, is_free: bool, now: datetime
) -> None:
    """Say of some days that they are free or not, in place of what was said before."""
    last = last or first
    with _own(person, now) as session:
        changes.check_days(first, last, calendar.local_day(now, person.zone))
        session.execute(
            sa.delete(AvailabilityException).where(
                AvailabilityException.person_id == person.id,
                AvailabilityException.day.between(first, last),
            )
        )
        session.add_all(
            AvailabilityException(person_id=person.id, day=day, is_free=is_free)
            for day in calendar.days(first, last)
        )


def remove_days(person: Person, uid: str, *, now: datetime) -> None:
    """Take the stretch away that begins with this day; NotFound when not theirs."""
    with _own(person, now) as session:
        first = own.day_row(person, uid)
        rows = own.day_rows(person, first.day)
        stretch = spans(rules.DayException(row.day, row.is_free) for row in rows)[0]
        for row in rows:
            if row.day <= stretch.last:
                session.delete(row)


def set_filters(
    person: Person,
    *,
    organization_ids: Collection[int],
    law_enforcement: bool,
    travel: bool,
    topics: Collection[str] = (),
    now: datetime,
) -> None:
    """Put these silent filters in the place of all there were."""
    kinds = {"law_enforcement": law_enforcement, "travel": travel}
    with _own(person, now) as session:
        session.execute(
            sa.delete(SilentFilter).where(SilentFilter.person_id == person.id)
        )
        session.add_all(
            SilentFilter(person_id=person.id, kind="organization", organization_id=each)
            for each in sorted(set(organization_ids))
        )
        session.add_all(
            SilentFilter(person_id=person.id, kind=kind)
            for kind, is_on in kinds.items()
            if is_on
        )
        _avoid(session, person, topics)


def _avoid(session: Session, person: Person, topics: Collection[str]) -> None:
    row = lock_by_key(AvoidedTopics, person.id)
    if not topics:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = AvoidedTopics(person_id=person.id)
        session.add(row)
    row.write(person.subject, topics)


def mark_near(person: Person, group: str, *, is_near: bool, now: datetime) -> None:
    """Say that agreed work was near to one's own story, or take one's own word back.

    What the card says so stays so; the caller knows the group to be the person's.
    """
    with _own(person, now) as session:
        if is_near:
            insert_missing(StoryMark, group=group, person_id=person.id, is_own=True)
            return
        session.execute(
            sa.delete(StoryMark).where(
                StoryMark.group == group,
                StoryMark.person_id == person.id,
                StoryMark.is_own,
            )
        )
