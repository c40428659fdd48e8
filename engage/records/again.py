"""What was closed, erased or withdrawn since a backup, done again after a restore."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.consents import giving
from engage.core import apart, crypto
from engage.core.db import db, end_read, lock_one, transaction
from engage.people import rules as people_rules
from engage.people import taken_back
from engage.people.models import Person
from engage.people.rules import PersonStatus
from engage.records import closing, erasing, old_ways
from engage.records.models import Closure

# What each word on the list of `core.apart` means: done for (uid, when it was done
# first, now), and without harm where it stands already.
AGAIN: Mapping[str, Callable[[str, datetime, datetime], None]] = {
    closing.CLOSED: lambda uid, at, now: _close(uid, at, now),
    closing.OPENED: lambda uid, at, now: _open(uid),
    erasing.ERASED: lambda uid, at, now: _erase(uid, at, now),
    giving.WITHDRAWN: lambda uid, at, now: giving.withdraw_again(uid, now),
}
# Only where it was done after the copy was made: what stands in it else is newer.
SINCE: Mapping[str, Callable[[str, datetime, datetime], None]] = {
    taken_back.WAYS: lambda uid, at, now: old_ways.end(uid, now),
    taken_back.RECOVERED: lambda uid, at, now: old_ways.end_all(uid, at, now),
    taken_back.CONTACT: lambda uid, at, now: old_ways.end_mail(uid, now),
    taken_back.STAFF: lambda uid, at, now: old_ways.end_staff(uid, now),
    taken_back.ROLE: lambda uid, at, now: old_ways.end_role(uid, at),
    taken_back.PASSKEY: lambda uid, at, now: old_ways.end_passkey(uid, now),
}
A_MOMENT = timedelta(minutes=5)  # noted before it stood in the database
# Of these only the last word about one thing counts.
IN_TURN = frozenset({closing.CLOSED, closing.OPENED})


def do_again(now: datetime, *, copied_at: datetime | None = None) -> int:
    """Everything on the list, in its order; how many lines were followed."""
    listed = list(apart.lines())
    done = _do_since(listed, copied_at, now)
    last = {line.uid: line for line in listed if line.what in IN_TURN}
    for line in listed:
        stale = line.what in IN_TURN and last[line.uid] is not line
        if line.what not in AGAIN or stale:
            continue
        AGAIN[line.what](line.uid, line.at, now)
        done += 1
    return done


def _do_since(
    listed: list[apart.Line], copied_at: datetime | None, now: datetime
) -> int:
    """First, and by each person's uid of then: erasing gives them another."""
    if copied_at is None:
        return 0
    found = {
        (line.what, line.uid): line
        for line in listed
        if line.what in SINCE and line.at >= copied_at - A_MOMENT
    }
    for line in found.values():
        SINCE[line.what](line.uid, line.at, now)
    return len(found)


def _person(uid: str) -> Person | None:
    return db.session.scalar(sa.select(Person).where(Person.uid == uid))


def _closure(person: Person) -> Closure | None:
    return db.session.scalar(sa.select(Closure).where(Closure.person_id == person.id))


def _close(uid: str, at: datetime, now: datetime) -> None:
    found = _person(uid)
    if found is None or found.status is PersonStatus.CLOSED:
        return
    with transaction():
        person = lock_one(Person, found.id)
        person.status = people_rules.after(person.status, "close")
        closing.withdraw(person, now)
        closing.put_closure(person, at)


def _open(uid: str) -> None:
    found = _person(uid)
    closure = None if found is None else _closure(found)
    if found is None or closure is None or closure.erased_at is not None:
        return
    with transaction() as session:
        person = lock_one(Person, found.id)
        person.status = people_rules.after(person.status, "reopen")
        session.delete(session.get_one(Closure, closure.id))


def _erase(uid: str, at: datetime, now: datetime) -> None:
    """Also where the database knows nobody of that uid: the key has to go."""
    found = _person(uid)
    if found is not None:
        _close(uid, at, now)
        with transaction():
            person = lock_one(Person, found.id)
            closure = _closure(person) or closing.put_closure(person, at)
        erasing.erase(closure.id, now=now, is_listed=True)
    end_read()
    crypto.key_store().forget(f"person:{uid}")
