"""Back in after everything was lost: by a spare code, a helper, or two of the staff.

Never by mail, telephone or questions. A helper's way and the staff's wait 72 hours,
while every live sign-in shows it and stops it by one press. Names that nobody has get
the same answers; who starts it cannot end it.
"""

import secrets
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from engage.audit.actions import record
from engage.core import clock
from engage.core.crypto import token_hash
from engage.core.db import db, lock, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.notices import actions as notices
from engage.people import factor_queries as factors
from engage.people import named, rules, taken_back
from engage.people import queries as people
from engage.people import recovery_rules as waits
from engage.people.factor_models import PaperCode
from engage.people.factor_rules import PaperKind
from engage.people.models import Person
from engage.people.recovery_models import Recovery
from engage.people.recovery_rules import RecoveryStatus, RecoveryWay

WRONG = N_("That name and code do not go together. Please try again.")
OPEN = (RecoveryStatus.STARTED, RecoveryStatus.WAITING)


class Way(NamedTuple):
    """What a typed code does: opens now, begins a wait, or still waits until then.

    `thing` is the row that opens it, by which a browser goes on: the code itself is
    kept nowhere, least of all in its cookie.
    """

    person_uid: str
    opens: bool
    thing: str = ""
    code: str = ""
    starts: bool = False
    ready_at: datetime | None = None


def look_up(name: str, typed: str, *, now: datetime) -> Way:
    """What a name and a code lead to; one sentence for whatever does not fit.

    A name that nobody has takes the same steps. No budget of tries is shared here: a
    code cannot be guessed, and its owner is never slowed.
    """
    person = named.by_name(name)
    uid = person.uid
    found = waiting(person.id, typed)
    spare = factors.paper_code(person.id, uid, PaperKind.RECOVERY, typed)
    helper = factors.paper_code(person.id, uid, PaperKind.HELPER, typed)
    if found is not None and waits.is_open_to(found.way, person.in_person_only):
        opens = waits.is_usable(found.ready_at, now)
        return Way(uid, opens, f"recovery:{found.uid}", ready_at=found.ready_at)
    if person.in_person_only or not (spare or helper):
        raise Refused(WRONG)
    if spare is None:
        return Way(uid, opens=False, code=typed, starts=True)
    return Way(uid, opens=True, thing=f"paper_code:{spare.uid}")


def waiting(person_id: int, typed: str) -> Recovery | None:
    """The open try whose whole code was typed; both halves where there are two.

    Asked by the hash, and not by the person: whoever has one open is not slower.
    """
    plain = rules.plain_code(typed)
    middle = len(plain) // 2
    halves = token_hash(plain[:middle]), token_hash(plain[middle:])
    wholes = {(token_hash(plain), ""), halves}
    rows = db.session.scalars(
        sa.select(Recovery).where(
            Recovery.first_hash.in_([first for first, _ in wholes]),
            Recovery.status == RecoveryStatus.WAITING,
        )
    )
    for row in rows:
        if row.person_id == person_id and (row.first_hash, row.second_hash) in wholes:
            return row
    return None


def own_try(person_id: int, uid: str) -> Recovery | None:
    return db.session.scalar(
        sa.select(Recovery).where(Recovery.person_id == person_id, Recovery.uid == uid)
    )


def start_by_helper(way: Way, *, now: datetime) -> str:
    """Use the helper's code up and begin the wait; the new code opens it afterwards."""
    code = rules.code(secrets.choice)
    with transaction() as session:
        person = locked(way.person_uid)
        found = factors.paper_code(person.id, person.uid, PaperKind.HELPER, way.code)
        rows = lock(PaperCode, [found.id]) if found else []
        if not rows or person.in_person_only:
            raise Refused(WRONG)
        session.delete(rows[0])
        row = Recovery(
            person_id=person.id,
            way=RecoveryWay.HELPER,
            status=RecoveryStatus.WAITING,
            first_hash=token_hash(rules.plain_code(code)),
            started_at=now,
            ready_at=now + waits.WAITS,
        )
        session.add(row)
        _tell(person, row, "recovery.started", by=None, now=now)
    return code


def start_in_person(name: str, *, by: Person, now: datetime) -> str:
    """Half of a code, for whoever stands there; a name nobody has gets one too."""
    half = rules.code(secrets.choice)
    person = people.person_named(name)
    if person is None or person.id == by.id:
        return half
    with transaction() as session:
        person = lock_one(Person, person.id)
        row = Recovery(
            person_id=person.id,
            way=RecoveryWay.IN_PERSON,
            status=RecoveryStatus.STARTED,
            first_hash=token_hash(rules.plain_code(half)),
            started_at=now,
            started_by_id=by.id,
        )
        session.add(row)
        session.flush()
        record(
            "recovery.asked",
            subject=person.subject,
            thing=f"recovery:{row.uid}",
            by=by,
            now=now,
        )
    return half


def vouch(name: str, *, by: Person, now: datetime) -> str:
    """The other half, from another member of staff; the wait begins with it."""
    half = rules.code(secrets.choice)
    person = people.person_named(name)
    if person is None or not waits.may_vouch(by.created_on, clock.today(by.zone)):
        return half
    with transaction():
        person = lock_one(Person, person.id)
        rows = [
            row
            for row in _open(person.id)
            if row.status is RecoveryStatus.STARTED and row.started_by_id != by.id
        ]
        if not rows or person.id == by.id:
            return half
        (row,) = lock(Recovery, [rows[-1].id])
        row.status = waits.after(row.status, "vouch")
        row.second_hash = token_hash(rules.plain_code(half))
        row.vouched_by_id, row.ready_at = by.id, now + waits.WAITS
        _tell(person, row, "recovery.vouched", by=by, now=now)
    return half


def _tell(
    person: Person, row: Recovery, verb: str, *, by: Person | None, now: datetime
) -> None:
    """On every page of every live sign-in, in the inbox and at the safe contact."""
    with transaction() as session:
        session.flush()
        person.recovery_at = person.recovery_at or row.ready_at
        record(
            verb, subject=person.subject, thing=f"recovery:{row.uid}", by=by, now=now
        )
        notices.queue(person.id, "recovery", now=now)


def cancel(*, by: Person, now: datetime) -> None:
    """It was not me: one press ends every try, and the helper's code is gone too."""
    with transaction():
        person = lock_one(Person, by.id)
        cancel_all(person)
        taken_back.note(taken_back.WAYS, person, now=now)
        record(
            "recovery.cancelled",
            subject=person.subject,
            thing=f"person:{person.uid}",
            by=by,
            now=now,
        )


def cancel_all(person: Person) -> None:
    for row in lock(Recovery, [each.id for each in _open(person.id)]):
        row.status = waits.after(row.status, "cancel")
    person.recovery_at = None


def cancel_helpers(person: Person) -> None:
    """End what a helper's code began; what two of the staff began goes on."""
    rows = lock(Recovery, [each.id for each in _open(person.id)])
    for row in rows:
        if row.way is RecoveryWay.HELPER:
            row.status = waits.after(row.status, "cancel")
    left = [row.ready_at for row in rows if row.status is RecoveryStatus.WAITING]
    person.recovery_at = min((each for each in left if each), default=None)


def _open(person_id: int) -> list[Recovery]:
    return list(
        db.session.scalars(
            sa.select(Recovery)
            .where(Recovery.person_id == person_id, Recovery.status.in_(OPEN))
            .order_by(Recovery.id)
        )
    )


def locked(uid: str) -> Person:
    found = factors.person_of(uid)
    if found is None:
        raise Refused(WRONG)
    return lock_one(Person, found.id)
