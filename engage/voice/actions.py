from datetime import datetime

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, lock_one, transaction
from engage.core.errors import NotFound
from engage.core.jobs import for_each
from engage.notices import actions as notices
from engage.people.models import Person
from engage.voice import queries, rules
from engage.voice.models import Grievance
from engage.voice.queries import About


def send(
    about: About,
    text: str,
    reader_uid: str,
    *,
    is_named: bool,
    by: Person,
    now: datetime,
) -> Grievance:
    """Seal it for one reader, who was shown to its writer before."""
    with transaction() as session:
        lock_one(Person, by.id)
        rules.check_pace(queries.open_of(by.id))
        there = queries.readers(about.organization_id, about.person_id)
        reader = rules.chosen(there, reader_uid)
        grievance = Grievance(
            person_id=by.id,
            organization_id=about.organization_id,
            about_id=about.person_id,
            reader_id=reader.person_id,
            is_named=is_named,
            sent_at=now,
        )
        grievance.put(by.subject, text=text)
        session.add(grievance)
        session.flush()
        _tell_reader(grievance, now)
        _note("send", grievance, by.subject, by, now)
    return grievance


def pass_on(
    grievance_id: int, reader_uid: str, *, is_named: bool, by: Person, now: datetime
) -> Grievance:
    """Its writer gives it to somebody else; who had it reads it no more."""
    with transaction():
        grievance = _own(grievance_id, by)
        grievance.status = rules.after(grievance.status, "pass_on")
        there = queries.readers(grievance.organization_id, grievance.about_id)
        before = grievance.reader_id
        grievance.reader_id = rules.chosen(there, reader_uid).person_id
        grievance.is_named, grievance.lost_on = is_named, None
        notices.put_away_about(before, "concern", grievance.uid)
        _tell_reader(grievance, now)
        _note("pass_on", grievance, by.subject, by, now)
    return grievance


def end(grievance_id: int, *, by: Person, now: datetime) -> None:
    """Its writer ends it, for whatever cause; its reader sees it no more."""
    with transaction():
        grievance = _own(grievance_id, by)
        grievance.status = rules.after(grievance.status, "end")
        grievance.ended_on = calendar.local_day(now, by.zone)
        notices.put_away_about(grievance.reader_id, "concern", grievance.uid)
        _note("end", grievance, by.subject, by, now)


def take_up(grievance_id: int, *, by: Person, now: datetime) -> None:
    """Its reader says that they look into it."""
    with transaction():
        grievance, writer = _read(grievance_id, by)
        grievance.status = rules.after(grievance.status, "take_up")
        _tell_writer(grievance, now)
        _note("take_up", grievance, writer.subject, by, now)


def answer(grievance_id: int, text: str, *, by: Person, now: datetime) -> None:
    """Its reader's answer, sealed for the writer; the last one stands."""
    with transaction():
        grievance, writer = _read(grievance_id, by)
        grievance.status = rules.after(grievance.status, "answer")
        grievance.put(writer.subject, answer=text)
        _tell_writer(grievance, now)
        _note("answer", grievance, writer.subject, by, now)


def follow(now: datetime) -> None:
    """Tell a writer, once, that nobody can read their concern: the one whom they chose
    has left, or has come too near to it."""
    for_each(queries.waiting_ids(), lambda grievance_id: _follow(grievance_id, now))


def _follow(grievance_id: int, now: datetime) -> None:
    with transaction():
        grievance = lock_one(Grievance, grievance_id)
        writer = db.session.get_one(Person, grievance.person_id)
        is_lost = not queries.is_read_by(grievance, grievance.reader_id)
        if is_lost and writer.is_active and grievance.lost_on is None:
            grievance.lost_on = calendar.local_day(now, writer.zone)
            _tell_writer(grievance, now)


def forget(now: datetime) -> int:
    """Delete what its writer ended two years ago."""
    gone = queries.over(now.date())
    with transaction() as session:
        session.execute(sa.delete(Grievance).where(Grievance.id.in_(gone)))
    return len(gone)


def _own(grievance_id: int, by: Person) -> Grievance:
    grievance = lock_one(Grievance, grievance_id)
    if grievance.person_id != by.id:
        raise NotFound
    return grievance


def _read(grievance_id: int, by: Person) -> tuple[Grievance, Person]:
    grievance = lock_one(Grievance, grievance_id)
    if not queries.is_read_by(grievance, by.id):
        raise NotFound
    return grievance, db.session.get_one(Person, grievance.person_id)


def _tell_reader(grievance: Grievance, now: datetime) -> None:
    told = [grievance.reader_id]
    notices.queue_once(told, "concern", now=now, uid=grievance.uid)


def _tell_writer(grievance: Grievance, now: datetime) -> None:
    told = [grievance.person_id]
    notices.queue_once(told, "concern_moved", now=now, uid=grievance.uid)


def _note(
    verb: str, grievance: Grievance, subject: str, by: Person, now: datetime
) -> None:
    audit.record(
        f"concern.{verb}",
        subject=subject,
        thing=f"grievance:{grievance.uid}",
        by=by,
        now=now,
        organization_id=grievance.organization_id,
    )
