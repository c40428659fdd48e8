from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db, insert_missing, lock_by_key, transaction
from engage.people.models import Person
from engage.workload import pay, queries, rules
from engage.workload.models import (
    AskCount,
    AvailabilityException,
    Pause,
    StoryMark,
    WorkMinutes,
)


def hold(person: Person, group: str, work: rules.Work, *, now: datetime) -> None:
    """Write down what is agreed, or held on condition; the person's row is locked."""
    if work.is_story_near:
        with transaction() as session:
            session.execute(sa.delete(StoryMark).where(StoryMark.group == group))
            session.add(StoryMark(group=group, person_id=person.id))
    today = calendar.local_day(now, person.zone)
    pieces = rules.spread(work.sessions, person.zone, today)
    write_down(person.id, group=group, source=group, pieces=pieces)
    pay.expect(person, group, work.pay)


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
    """Free what was agreed and not logged, all of it or from a day on.

    What stays of it until that day stays as near to a story as it was, and what the
    consultant said of it stays said.
    """
    with transaction() as session:
        agreed = sa.delete(WorkMinutes).where(
            WorkMinutes.group == group, WorkMinutes.source == group
        )
        if from_day is not None:
            agreed = agreed.where(WorkMinutes.day >= from_day)
        else:
            session.execute(
                sa.delete(StoryMark).where(StoryMark.group == group, ~StoryMark.is_own)
            )
        session.execute(agreed)
        pay.no_longer(group, from_day=from_day)


def keep_only(
    person: Person, group: str, kept: Sequence[rules.Session], *, now: datetime
) -> None:
    """Free what was agreed but for these sessions and the preparation until them.

    They are written down anew in the zone of now: who moved to another zone since has
    them on the days on which they were agreed, and a day too many or few would go.
    """
    today = calendar.local_day(now, person.zone)
    days = [calendar.local_day(each.starts_at, person.zone) for each in kept]
    last = max((day for day in days if day >= today), default=today - calendar.DAY)
    with transaction() as session:
        release(group, from_day=last + calendar.DAY)
        session.execute(
            sa.delete(WorkMinutes).where(
                WorkMinutes.group == group,
                WorkMinutes.source == group,
                WorkMinutes.activity != rules.Activity.PREPARATION,
            )
        )
        bare = [replace(each, preparation=0) for each in kept]
        pieces = rules.spread(bare, person.zone, today)
        write_down(person.id, group=group, source=group, pieces=pieces)


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


def forget_past(before: date) -> None:
    """Delete dated days and pauses that were over before a day: a trace of a life."""
    with transaction() as session:
        session.execute(
            sa.delete(AvailabilityException).where(AvailabilityException.day < before)
        )
        session.execute(sa.delete(Pause).where(Pause.ends_on < before))
