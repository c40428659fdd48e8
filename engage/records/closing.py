"""Closing an account, opening it again within two weeks, and erasing it after them."""

from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa

from engage.audit.actions import record
from engage.consents import giving
from engage.core import apart, calendar
from engage.core.db import db, end_read, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.engagements import actions as engagements
from engage.engagements.models import CalendarFeed, Engagement
from engage.engagements.rules import LIVE
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.offers import actions as offers
from engage.offers.models import Offer
from engage.offers.queries import OPEN
from engage.panels import boards
from engage.panels.models import Panel, Seat
from engage.people import actions as people
from engage.people import entering, guessing, passwords, past, recovery_rules
from engage.people import queries as accounts
from engage.people import rules as people_rules
from engage.people.entering import Door
from engage.people.models import Person
from engage.records import rules
from engage.records.fates import silently
from engage.records.models import Closure

CLOSED, OPENED = "account.closed", "account.opened"
NOWHERE = Door("")


def close_account(*, word: str, wanted: str, by: Person, now: datetime) -> None:
    """Out of sight at once: work is left as anybody leaves, open asks end unsaid.

    Nothing is erased for two weeks; nobody can read it meanwhile.
    """
    rules.check_word(word, wanted)
    if not by.is_consultant:
        raise Refused(N_("An administrator closes accounts of staff."))
    with transaction():
        person = lock_one(Person, by.id)
        check_settled(person, now)
        person.status = people_rules.after(person.status, "close")
        withdraw(person, now)
        put_closure(person, now)
        _note("account.closed", person, now)
        apart.note(CLOSED, person.uid, now=now)


def check_settled(person: Person, now: datetime) -> None:
    """Whoever opened it anew cannot end it before its owner could take it back."""
    until = recovery_rules.held_until(person.recovered_at, now)
    if until is not None:
        raise Refused(
            N_("This account was opened anew. It can be closed after %(day)s."),
            day=calendar.local_day(until, person.zone),
        )


def put_closure(person: Person, closed_at: datetime) -> Closure:
    row = Closure(person_id=person.id, subject=person.subject, closed_at=closed_at)
    db.session.add(row)
    db.session.flush()
    return row


def _note(verb: str, person: Person, now: datetime) -> None:
    thing = f"person:{person.uid}"
    record(verb, subject=person.subject, thing=thing, by=person, now=now)


def withdraw(person: Person, now: datetime) -> None:
    """Leave what runs, say no to what is open, end every sign-in and way to reach."""
    _end_asks(person)
    giving.withdraw_all(person, now=now)
    live = sa.select(Engagement.id).where(
        Engagement.person_id == person.id, Engagement.status.in_(LIVE)
    )
    for engagement_id in list(db.session.scalars(live.order_by(Engagement.id))):
        with suppress(Refused):  # its last day is over: the worker finishes it
            engagements.leave(engagement_id, by=person, now=now)
    mine = Engagement.person_id == person.id
    db.session.execute(
        silently(sa.update(Engagement).values(takes_messages=False), mine)
    )
    held = sa.select(Panel.id).join(Seat, Seat.panel_id == Panel.id)
    held = held.where(Seat.person_id == person.id, Panel.is_standing).distinct()
    for panel_id in sorted(db.session.scalars(held)):
        boards.give_up(panel_id, by=person, now=now)
    people.end_all(person.id, now=now)
    for model in (CalendarFeed, Notice):
        db.session.execute(sa.delete(model).where(model.person_id == person.id))


def _end_asks(person: Person) -> None:
    open_ = sa.select(Offer.id).where(
        Offer.person_id == person.id, Offer.status.in_(OPEN)
    )
    for offer_id in list(db.session.scalars(open_.order_by(Offer.id))):
        offers.not_this_time(offer_id, by=person)


def open_again(
    name: str, password: str, code: str = "", *, door: Door = NOWHERE, now: datetime
) -> None:
    """The account as it was, for whoever could sign in to it; then they sign in.

    The same words for a name that nobody has, the same time, and the same budget of
    tries as at the door. Where a factor is asked for, the password alone opens nothing.
    """
    end_read()
    budget = entering.take_try(name, door, now)
    found = closed_named(name)
    kept = None if found is None else found.password_hash
    person_id = None if found is None else found.id
    end_read()
    with past.wrong_is_noted(person_id, door.device, now=now):
        if not passwords.is_right(password, kept) or person_id is None:
            raise Refused(people.WRONG)
        with transaction():
            person = _reopen(person_id, now)
            if person.password_hash != kept:
                raise Refused(people.WRONG)
            if person.asks_factor:
                _use_code(person, code, now)
    guessing.give_back(*budget, now=now)


def open_by_passkey(person_id: int, *, now: datetime) -> None:
    """A passkey is two factors in one."""
    with transaction():
        _reopen(person_id, now)


def _use_code(person: Person, code: str, now: datetime) -> None:
    if not code:
        raise Refused(
            N_("Type a code from your paper or your app too, or use a passkey."),
            field="code",
        )
    entering.use_code(person, code, now)


def _reopen(person_id: int, now: datetime) -> Person:
    with transaction() as session:
        person = lock_one(Person, person_id)
        closure = session.scalar(
            sa.select(Closure).where(Closure.person_id == person.id)
        )
        if (
            closure is None
            or closure.erased_at
            or rules.is_over(closure.closed_at, now)
        ):
            raise Refused(people.WRONG)
        person.status = people_rules.after(person.status, "reopen")
        session.delete(closure)
        _note("account.reopened", person, now)
        notices.queue(person.id, "reopened", now=now)
        apart.note(OPENED, person.uid, now=now)
    return person


def closed_named(name: str) -> Person | None:
    """Whoever closed an account of that name and may still change their mind."""
    return db.session.scalar(
        sa.select(Person)
        .join(Closure, Closure.person_id == Person.id)
        .where(Person.sign_in_hash.in_(accounts.sign_in_hashes(name)))
    )
