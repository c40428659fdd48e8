from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engage.audit.actions import record
from engage.core import calendar
from engage.core.db import db, insert_missing, lock_by_key, lock_one, transaction
from engage.core.errors import NotFound
from engage.people.models import Person
from engage.workload import changes, own, queries, rules
from engage.workload.availability import spans
from engage.workload.models import (
    AskCount,
    AvailabilityException,
    AvailabilityWindow,
    Pause,
    SilentFilter,
    WorkLimits,
    WorkMinutes,
)


def hold(person: Person, group: str, work: rules.Work, *, now: datetime) -> None:
    """Write down what is agreed, or held on condition; the person's row is locked."""
    today = calendar.local_day(now, person.zone)
    pieces = rules.spread(work.sessions, person.zone, today)
    write_down(person.id, group=group, source=group, pieces=pieces)


def write_down(
    person_id: int, *, group: str, source: str, pieces: Iterable[rules.Piece]
) -> None:
    """Keep minutes on their days, in the name of a source; the person is locked."""
    with transaction() as session:
        session.add_all(
            WorkMinutes(
                person_id=person_id,
                day=piece.day,
                minutes=piece.minutes,
                activity=piece.activity,
                group=group,
                source=source,
            )
            for piece in pieces
        )


def release(group: str, *, from_day: date | None = None) -> None:
    """Free what was agreed and not logged, all of it or from a day on."""
    with transaction() as session:
        agreed = sa.delete(WorkMinutes).where(
            WorkMinutes.group == group, WorkMinutes.source == group
        )
        if from_day is not None:
            agreed = agreed.where(WorkMinutes.day >= from_day)
        session.execute(agreed)


def log(person_id: int, *, group: str, source: str, piece: rules.Piece) -> None:
    """Write logged minutes down; when counted they replace agreed ones of the group."""
    write_down(person_id, group=group, source=source, pieces=[piece])


def unlog(source: str) -> None:
    """Take logged minutes away again: the agreed ones count once more."""
    with transaction() as session:
        session.execute(sa.delete(WorkMinutes).where(WorkMinutes.source == source))


def check_room(
    person: Person,
    work: rules.Work,
    *,
    now: datetime,
    raised: bool,
    replaces_group: str | None = None,
) -> None:
    """Refuse a yes that passes a limit now; the caller has locked the person's row.

    `replaces_group` is the conditional hold that this yes takes the place of.
    """
    standing = queries.standing(person.id, now, without=replaces_group)
    today = calendar.local_day(now, standing.zone)
    rules.check_accept(standing, work, today, raised=raised)


def count_ask(person_id: int, day: date) -> None:
    """Count one ask that reached a person; what came of it is not kept here."""
    with transaction():
        insert_missing(AskCount, person_id=person_id, day=day, count=0)
        row = lock_by_key(AskCount, (person_id, day))
        if row is None:
            raise RuntimeError("the count was taken away meanwhile")
        row.count += 1


def forget_asks(before: date) -> int:
    """Delete counts older than the waves need; how many days went."""
    with transaction() as session:
        gone = session.execute(sa.delete(AskCount).where(AskCount.day < before))
        db.session.expire_all()
    return int(gone.rowcount)  # type: ignore[attr-defined]


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


def forget_past(before: date) -> None:
    """Delete dated days and pauses that were over before a day: a trace of a life."""
    with transaction() as session:
        session.execute(
            sa.delete(AvailabilityException).where(AvailabilityException.day < before)
        )
        session.execute(sa.delete(Pause).where(Pause.ends_on < before))
