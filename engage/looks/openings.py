"""Opening one consultant's pages as an exception: two people, half an hour, no secret.

What the log of the consultant says is written here, with the act itself.
"""

from collections.abc import Callable
from datetime import date, datetime

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.ledger import finding
from engage.looks import opening_queries, rules
from engage.looks.models import Opening
from engage.looks.rules import OpeningStatus, Part, Reason
from engage.notices import actions as notices
from engage.people import recovery_rules
from engage.people.models import Person
from engage.people.rules import PersonStatus

ROLE = "administrator"


def ask(*, name: str, reason: Reason, by: Person, now: datetime) -> Opening:
    """Asked the same way whether there is such a person or not: the yes finds out."""
    with transaction() as session:
        row = Opening(reason=reason, asked_by_id=by.id, asked_at=now)
        row.put(by.subject, name)
        session.add(row)
        session.flush()
        _note("opening.ask", row, by, now)
        others = opening_queries.administrators() - {by.id}
        notices.queue_once(others, "opening", now=now)
    return row


def agree(
    opening_id: int, *, held: Callable[[Person], date | None], by: Person, now: datetime
) -> Opening:
    """The second person's yes. The consultant's log has it at once; only the notice
    may come later, after the day until which `held` says that a court forbids it."""
    with transaction():
        row = lock_one(Opening, opening_id)
        rules.check_second(row.asked_by_id, by.id)
        today = calendar.local_day(now, by.zone)
        recovery_rules.check_standing(by.created_on, today)
        rules.check_waiting(row.asked_at, now)
        status = rules.after(row.status, "agree")
        asker = db.session.get_one(Person, row.asked_by_id)
        person = finding.consultant(row.name(asker.subject))
        if person is None or person.status != PersonStatus.ACTIVE:
            raise Refused(N_("Nobody here has exactly this name or number."))
        row.status, row.ends_at = status, now + rules.LASTS
        row.person_id, row.agreed_by_id, row.name_sealed = person.id, by.id, None
        for part, who in (("asked", asker), ("agreed", by)):
            _look(part, row, person, who, now)
        _note("opening.agree", row, by, now)
        last = held(person)
        told = last and calendar.local_midnight_utc(last + calendar.DAY, person.zone)
        notices.queue(person.id, "opened", now=told or now)
    return row


def end(opening_id: int, *, by: Person, now: datetime) -> None:
    """Either of the two, at once; before the yes any administrator says no so."""
    with transaction():
        row = lock_one(Opening, opening_id)
        two = {row.asked_by_id, row.agreed_by_id}
        if row.status == OpeningStatus.OPEN and by.id not in two:
            raise Refused(N_("Only the two who opened it can end it."))
        row.status, row.name_sealed = rules.after(row.status, "end"), None
        _note("opening.end", row, by, now)


def read(uid: str, part: Part, *, by: Person, now: datetime) -> opening_queries.Shown:
    """One page of it, for whoever asked; the look and the reading stand together."""
    with transaction():
        row = opening_queries.one(uid)
        mine = row.asked_by_id == by.id and row.person_id is not None
        if not mine or not rules.is_open(row.status, row.ends_at, now):
            raise NotFound
        person = db.session.get_one(Person, row.person_id)
        _look(part, row, person, by, now)
        return opening_queries.READ[part](person.id, now)


def forget(now: datetime) -> None:
    """End what is over, delete it with its looks."""
    late = sa.or_(
        Opening.ends_at <= now,
        sa.and_(Opening.ends_at.is_(None), Opening.asked_at <= now - rules.WAITS),
    )
    live = Opening.status != OpeningStatus.ENDED
    over = {"status": OpeningStatus.ENDED, "name_sealed": None}
    with transaction() as session:
        session.execute(sa.update(Opening).where(live, late).values(**over))
        session.execute(sa.delete(Opening).where(Opening.asked_at <= now - rules.KEPT))


def _look(part: str, row: Opening, person: Person, by: Person, now: datetime) -> None:
    audit.look(
        rules.verb(part, row.reason),
        subject=person.subject,
        thing=f"opening:{row.uid}",
        by=by,
        now=now,
        role=ROLE,
        organization_id=None,
    )


def _note(verb: str, row: Opening, by: Person, now: datetime) -> None:
    """In the log of whoever did it: an ask that nobody agreed to is in no other."""
    thing = f"opening:{row.uid}"
    audit.record(verb, subject=by.subject, thing=thing, by=by, now=now, role=ROLE)
