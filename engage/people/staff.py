"""Verbs about members of staff: roles, training, the first administrator."""

from datetime import date, datetime

import sqlalchemy as sa

from engage.audit.actions import record
from engage.core import clock
from engage.core.db import Conflict, db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.notices.models import Notice
from engage.organizations import actions as organizations
from engage.people import (
    actions,
    contact,
    handing,
    having,
    leads,
    passwords,
    queries,
    recovery,
    rules,
    taken_back,
)
from engage.people.models import KeptText, Membership, Person, TrainingRecord
from engage.people.rules import PersonKind


def add_training(
    *, title: str, ends_on: date, by: Person, now: datetime
) -> TrainingRecord:
    """A training of one's own; posting asks for one that has not ended."""
    rules.check_training(ends_on, clock.today(by.zone))
    with transaction() as session:
        row = TrainingRecord(person_id=by.id, title=title, ends_on=ends_on)
        session.add(row)
        _note(by, "training.added", f"training_record:{row.uid}", by, now)
    return row


def remove_training(uid: str, *, by: Person, now: datetime) -> None:
    """Take one's own record away, as after a mistake."""
    with transaction() as session:
        row = queries.own_training(by.id, uid)
        if row is None:
            raise NotFound
        session.delete(row)
        _note(by, "training.removed", f"training_record:{uid}", by, now)


def end_role(membership_uid: str, *, by: Person, now: datetime) -> None:
    """End one role of a member of staff; their next press finds it gone."""
    with transaction():
        person, row = _locked_membership(membership_uid)
        if row.ended_on is not None:
            return
        row.ended_on = clock.today(person.zone)
        row.is_second_approver = False
        taken_back.note_thing(taken_back.ROLE, row.uid, now=now)
        if row.role == "coordinator":
            handing.let_go(person.id, row.organization_id, by=by, now=now)
        _note(
            person, "role.ended", f"membership:{row.uid}", by, now, row.organization_id
        )


def choose_second_approver(
    membership_uid: str, *, chosen: bool, by: Person, now: datetime
) -> None:
    """Who decides hours that wait too long; any number, coordinators only."""
    with transaction():
        person, row = _locked_membership(membership_uid)
        if row.ended_on is not None or row.role != "coordinator":
            raise NotFound
        row.is_second_approver = chosen
        verb = "second_approver.chosen" if chosen else "second_approver.ended"
        _note(person, verb, f"membership:{row.uid}", by, now, row.organization_id)


def close_account(uid: str, *, by: Person, now: datetime) -> None:
    """Close an account of staff: no sign-in, no role; nobody closes their own here.

    It never opens again: of what signed in or reached them nothing is kept, but the
    name by which people dealt with them.
    """
    with transaction():
        found = queries.staff_member(uid)
        if found is None:
            raise NotFound
        if found.id == by.id:
            raise Refused(N_("Ask another administrator to close your own account."))
        person = lock_one(Person, found.id)
        person.status = rules.after(person.status, "close")
        take_out(person, now=now)
        for place_id in leads.led_places(person.id):
            handing.let_go(person.id, place_id, by=by, now=now)
        taken_back.note(taken_back.STAFF, person, now=now)
        _note(person, "account.closed", f"person:{person.uid}", by, now)


def take_out(person: Person, *, now: datetime) -> None:
    """Roles, sign-ins, factors and addresses of a closed account of staff."""
    session = db.session
    person.is_administrator = False
    session.execute(
        sa.update(Membership)
        .where(Membership.person_id == person.id, Membership.ended_on.is_(None))
        .values(ended_on=clock.today(person.zone), is_second_approver=False)
    )
    recovery.cancel_all(person)
    actions.end_all(person.id, now=now)
    having.lose_all(person.id)
    for model in (KeptText, Notice):
        session.execute(sa.delete(model).where(model.person_id == person.id))
    person.password_hash = passwords.NO_HASH
    contact.empty(person)


def sign_out(uid: str, *, by: Person, now: datetime) -> None:
    """End every sign-in of a member of staff, as when one may be in wrong hands."""
    with transaction():
        person = queries.staff_member(uid)
        if person is None:
            raise NotFound
        actions.end_all(person.id, now=now)
        _note(person, "sign_in.ended_all", f"person:{person.uid}", by, now)


def create_administrator(
    *, name: str, staff_name: str, password: str, zone: str, now: datetime
) -> Person:
    """The first way in: an administrator without a code, by the operator's shell."""
    rules.check_sign_in_name(name, passwords.strength(name))
    rules.check_password(password, passwords.strength(password, name, staff_name))
    with transaction() as session:
        person = Person(
            kind=PersonKind.STAFF,
            staff_name=staff_name,
            is_administrator=True,
            zone=zone,
            created_on=clock.today(zone),
            password_hash=passwords.hashed(password),
        )
        person.sign_in_name = name
        try:
            with transaction():
                session.add(person)
                session.flush()
        except Conflict:
            raise Refused(rules.OTHER_NAME, field="name") from None
        organizations.set_up()
        _note(person, "administrator.created", f"person:{person.uid}", None, now)
    return person


def _locked_membership(uid: str) -> tuple[Person, Membership]:
    found = queries.membership_by_uid(uid)
    if found is None:
        raise NotFound
    person = lock_one(Person, found.person_id)
    return person, lock_one(Membership, found.id)


def _note(
    person: Person,
    verb: str,
    thing: str,
    by: Person | None,
    now: datetime,
    organization_id: int | None = None,
) -> None:
    record(
        verb,
        subject=person.subject,
        thing=thing,
        by=by,
        now=now,
        organization_id=organization_id,
    )
