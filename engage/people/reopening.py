"""Opening an account anew: once its code is right and its wait, if any, is over."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from engage.audit.actions import record
from engage.core.db import lock, lock_one, transaction
from engage.core.errors import Refused
from engage.notices import actions as notices
from engage.people import actions, having, passwords, rules, taken_back
from engage.people import factor_queries as factors
from engage.people import recovery_rules as waits
from engage.people.factor_models import PaperCode
from engage.people.factor_rules import PaperKind
from engage.people.models import Person
from engage.people.recovery import (
    WRONG,
    Way,
    cancel_all,
    cancel_helpers,
    locked,
    own_try,
)
from engage.people.recovery_models import Recovery
from engage.people.recovery_rules import RecoveryStatus

# Of the floors above: each takes the person's id, within the same transaction.
ENDS_TOO: list[Callable[[int], None]] = []


def finish(way: Way, *, password: str, now: datetime) -> Person:
    """A new password; every sign-in, factor and device of before ends with it.

    So does what other rooms gave out that opens something without a sign-in.
    """
    with transaction():
        person = locked(way.person_uid)
        known = passwords.strength(password, person.sign_in_name)
        rules.check_password(password, known)
        _use_up(person, way, now)
        person.password_hash = passwords.hashed(password)
        cancel_all(person)
        having.lose_all(person.id)
        for end in ENDS_TOO:
            end(person.id)
        actions.end_all(person.id, now=now)
        person.asks_factor, person.recovered_at = False, now
        taken_back.note(taken_back.RECOVERED, person, now=now)
        record(
            "recovery.finished",
            subject=person.subject,
            thing=f"person:{person.uid}",
            by=person,
            now=now,
        )
        notices.queue(person.id, "recovered", now=now)
    return person


def _use_up(person: Person, way: Way, now: datetime) -> None:
    """What opens, once: looked at again now that nobody else can use it."""
    kind, _, uid = way.thing.partition(":")
    if kind == "paper_code":
        spare = factors.own_paper(person.id, PaperKind.RECOVERY, uid)
        if person.in_person_only or not (spare and lock(PaperCode, [spare.id])):
            raise Refused(WRONG)
        return
    found = own_try(person.id, uid)
    rows = lock(Recovery, [found.id]) if found else []
    is_open = bool(rows) and waits.is_open_to(rows[0].way, person.in_person_only)
    if not (is_open and waits.is_usable(rows[0].ready_at, now)):
        raise Refused(WRONG)
    if rows[0].status is not RecoveryStatus.WAITING:
        raise Refused(WRONG)
    rows[0].status = waits.after(rows[0].status, "finish")


def choose_in_person_only(chosen: bool, *, by: Person, now: datetime) -> None:
    """Spare codes and helpers open nothing while this is chosen.

    What a helper's code has begun ends with it, and does not go on when it is undone.
    """
    with transaction():
        person = lock_one(Person, by.id)
        person.in_person_only = chosen
        taken_back.note(taken_back.WAYS, person, now=now)
        if chosen:
            cancel_helpers(person)
        verb = "recovery.in_person_only" if chosen else "recovery.any_way"
        record(
            verb, subject=person.subject, thing=f"person:{person.uid}", by=by, now=now
        )
        notices.queue_anew(person.id, "factors", now=now)


def forget_old(now: datetime) -> None:
    """Delete tries that ended or that nobody came back for."""
    before = now - waits.WAITS - waits.CLAIM_LASTS
    # The second of the staff may have come days after the first.
    is_over = sa.case(
        (Recovery.ready_at.is_(None), Recovery.started_at < before),
        else_=Recovery.ready_at < now - waits.CLAIM_LASTS,
    )
    with transaction() as session:
        session.execute(sa.delete(Recovery).where(is_over))
        session.execute(
            sa.update(Person)
            .where(Person.recovery_at < now - waits.CLAIM_LASTS)
            .values(recovery_at=None)
        )
