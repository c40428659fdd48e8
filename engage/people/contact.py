"""The safe way to be told of an update: chosen anew, stopped, read when mail goes."""

from datetime import datetime
from typing import NamedTuple

from engage.audit.actions import record
from engage.core.db import db, lock_one, transaction
from engage.notices import actions as notices
from engage.people import contact_rules, taken_back
from engage.people.contact_rules import Wish
from engage.people.models import Person
from engage.people.rules import PersonStatus, SafeContact


class Letterbox(NamedTuple):
    """Where one neutral mail goes, in which language, and from when on."""

    address: str
    language: str
    from_at: datetime


def save(person_id: int, wish: Wish, *, by: Person, now: datetime) -> None:
    """What is not used is not kept: no address without mail, no name without it."""
    with transaction():
        person = lock_one(Person, person_id)
        contact_rules.check(wish)
        has_mail = wish.contact != SafeContact.NONE
        has_advocate = wish.contact == SafeContact.ADVOCATE
        person.contact = wish.contact
        person.email = wish.address if has_mail else None
        person.advocate = wish.advocate if has_advocate else None
        person.mail_from = wish.from_hour if has_mail else None
        person.mail_until = wish.until_hour if has_mail else None
        notices.look_again(person_id, now=now)
        taken_back.note(taken_back.CONTACT, person, now=now)
        record(
            "contact.changed",
            subject=person.subject,
            thing=f"person:{person.uid}",
            by=by,
            now=now,
        )


def empty(person: Person) -> None:
    """Forget where mail went, and when; of somebody who is locked, or gone."""
    person.contact, person.email, person.advocate = SafeContact.NONE, None, None
    person.mail_from = person.mail_until = None


def stop(person_id: int, *, by: Person, now: datetime) -> None:
    """No mail any more, to nobody, also none that already waits."""
    save(person_id, Wish(SafeContact.NONE), by=by, now=now)


def letterbox(person_id: int, now: datetime) -> Letterbox | None:
    """Where mail may go as wished at this moment, or None."""
    person = db.session.get(Person, person_id, populate_existing=True)
    if person is None or person.status != PersonStatus.ACTIVE:
        return None
    if person.contact == SafeContact.NONE or person.email is None:
        return None
    hours = person.mail_from, person.mail_until
    from_at = contact_rules.goes_at(now, person.zone, *hours)
    return Letterbox(person.email, person.language, from_at)
