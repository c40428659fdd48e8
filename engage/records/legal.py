"""Requests by law: written down, cut to what was ordered, told to their person."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from engage.audit import actions as audit
from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.core import calendar
from engage.core.db import Base, db, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.engagements.models import (
    Engagement,
    EngagementSession,
    Message,
    TermsVersion,
)
from engage.hours.expense_models import Expense
from engage.hours.models import HoursEntry
from engage.ledger.models import Payable, Payee
from engage.notices import actions as notices
from engage.payouts.models import Payout, PayoutItem
from engage.people import recovery_rules
from engage.people.models import Alias, Person, SignIn
from engage.records import copying, legal_queries, legal_rules
from engage.records.legal_models import LegalRequest
from engage.records.legal_rules import LegalKind, Part
from engage.voice.models import Grievance

# What each kind of data is; nothing else is in a cut.
TABLES: Mapping[Part, tuple[type[Base], ...]] = {
    Part.WORK: (Engagement, EngagementSession, TermsVersion),
    Part.HOURS: (HoursEntry,),
    Part.COSTS: (Expense,),
    Part.NOTES: (),  # columns of those two
    Part.PAY: (Payee, Payable, Payout, PayoutItem),
    Part.MESSAGES: (Message,),
    Part.PERMISSIONS: (Consent, Material, MaterialVersion, MaterialUse),
    Part.CONCERNS: (Grievance,),
    Part.NAMES: (Alias,),
    Part.SIGN_INS: (SignIn,),
}

# By what payers and the payment service know them: pay is ordered, not these.
NOT_ORDERED = frozenset({"handle", "destination"})
NOTES = frozenset({"note_sealed", "receipt_sealed"})


class Paper(NamedTuple):
    """What came in: from whom, asking what, and which kinds of data it orders."""

    kind: LegalKind
    asker: str
    asked: str
    parts: frozenset[Part]
    received_on: date
    hold_until: date | None


def record(name: str, paper: Paper, *, by: Person, now: datetime) -> LegalRequest:
    """Write it down; its person is told at once, unless a hold forbids it for now."""
    today = calendar.local_day(now, by.zone)
    legal_rules.check_hold(paper.hold_until, today)
    if paper.received_on > today:
        raise Refused(N_("Choose today or a day before it."), field="received_on")
    with transaction() as session:
        person = legal_queries.consultant(name)
        row = LegalRequest(
            person_id=person.id,
            kind=paper.kind,
            parts=sorted(paper.parts),
            received_on=paper.received_on,
            recorded_by_id=by.id,
            recorded_at=now,
            hold_until=paper.hold_until,
            held_by_id=by.id if paper.hold_until else None,
        )
        row.put(person.subject, asker=paper.asker, asked=paper.asked)
        session.add(row)
        session.flush()
        _note("record", row, by, now)
        if paper.hold_until is None:
            _tell(row, now)
    return row


def agree(request_id: int, name: str, *, by: Person, now: datetime) -> None:
    """The second person's yes to exactly these kinds of data of exactly this person.

    The name is typed again from the paper: it stands nowhere, and a slip of the first
    one would give somebody else away.
    """
    with transaction():
        row = lock_one(LegalRequest, request_id)
        legal_rules.check_two(row.recorded_by_id, by.id)
        today = calendar.local_day(now, by.zone)
        recovery_rules.check_standing(by.created_on, today)
        legal_rules.check_same(row.person_id, legal_queries.consultant(name).id)
        row.status = legal_rules.after(row.status, "agree")
        row.second_id, row.agreed_at = by.id, now
        _note("agree", row, by, now)


def end(request_id: int, *, by: Person, now: datetime) -> None:
    """Nothing is given."""
    with transaction():
        row = lock_one(LegalRequest, request_id)
        row.status = legal_rules.after(row.status, "end")
        _note("end", row, by, now)


def cut(request_id: int, *, by: Person, now: datetime) -> dict[str, list[Any]]:
    """The ordered kinds of data and no others, for one of the two, within a day."""
    with transaction():
        row = lock_one(LegalRequest, request_id)
        if by.id not in (row.recorded_by_id, row.second_id):
            raise Refused(N_("Only the two who made it can take it."))
        row.status = legal_rules.after(row.status, "give")
        if row.agreed_at is None or now > row.agreed_at + legal_rules.OPEN_FOR:
            raise Refused(N_("The time to take this is over. Write it down anew."))
        row.given_at = row.given_at or now
        person = db.session.get_one(Person, row.person_id)
        models = [model for part in parts_of(row) for model in TABLES[part]]
        only = {Grievance: legal_queries.open_to(by, person)}
        without = NOT_ORDERED if Part.NOTES in parts_of(row) else NOT_ORDERED | NOTES
        found = copying.some(person, models, only=only, without=without)
        _note_given(row, person, found)
        _note("give", row, by, now)
    return found


def _note_given(row: LegalRequest, person: Person, found: Mapping[str, Any]) -> None:
    """How much was in the file; the two may have taken files that differ."""
    counts = ", ".join(f"{table}: {len(rows)}" for table, rows in found.items())
    before = row.words(person.subject, "given")["given"]
    given = dict.fromkeys([*filter(None, before.split("; ")), counts or "-"])
    row.put(person.subject, given="; ".join(given))


def parts_of(row: LegalRequest) -> list[Part]:
    return [Part(each) for each in row.parts]


def delay(request_id: int, hold_until: date, *, by: Person, now: datetime) -> None:
    """A new end of a hold, while its person has not been told."""
    with transaction():
        row = lock_one(LegalRequest, request_id)
        if row.told_at is not None:
            raise Refused(N_("They have been told already."))
        legal_rules.check_other(row.held_by_id, by.id)
        legal_rules.check_hold(hold_until, calendar.local_day(now, by.zone))
        row.hold_until, row.held_by_id = hold_until, by.id
        _note("delay", row, by, now)


def tell(request_id: int, *, now: datetime) -> None:
    """The hold is over: its person reads all of it from now on."""
    with transaction():
        row = lock_one(LegalRequest, request_id)
        person = db.session.get_one(Person, row.person_id)
        is_due = legal_rules.is_due(row.hold_until, row.alone_since, person.zone, now)
        if row.told_at is None and is_due:
            _tell(row, now)


def _tell(row: LegalRequest, now: datetime) -> None:
    """Their own log has nothing of it before this."""
    person = db.session.get_one(Person, row.person_id)
    row.told_at = now
    notices.queue(person.id, "asked_about", now=now)
    thing = f"legal_request:{row.uid}"
    audit.record("legal.told", subject=person.subject, thing=thing, by=None, now=now)


def _note(verb: str, row: LegalRequest, by: Person, now: datetime) -> None:
    """On the request's own chain: the person's would say it while a hold forbids it."""
    subject = f"legal:{row.uid}"
    thing = f"legal_request:{row.uid}"
    audit.record(f"legal.{verb}", subject=subject, thing=thing, by=by, now=now)


def forget(now: datetime) -> int:
    """Delete what was written down three years ago and told since."""
    gone = legal_queries.old(now - legal_rules.KEPT)
    with transaction() as session:
        for row in gone:
            session.delete(row)
    return len(gone)
