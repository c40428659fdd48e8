"""More states of what may be shown, of concerns and of requests by law."""

from datetime import timedelta

import sqlalchemy as sa

from engage.consents import making
from engage.consents.models import Consent
from engage.consents.rules import ConsentStatus
from engage.core import calendar
from engage.core.access import Role
from engage.core.db import db
from engage.demo import showing
from engage.demo.year import Year
from engage.people.models import Person
from engage.records import legal
from engage.records.legal_rules import LegalKind, Part
from engage.voice import actions as voice
from engage.voice import queries as concerns
from tests import make


def play(year: Year) -> None:
    _propose(year)
    _raise(year)
    _hold(year)


def _propose(year: Year) -> None:
    """A version that waits for its yes, beside one that has it."""
    consent = db.session.scalars(
        sa.select(Consent).where(Consent.status == ConsentStatus.LIVE).limit(1)
    ).one()
    by = db.session.get_one(Person, consent.asked_by_id)
    made = showing.WORDS._replace(text="A second text.", file_hash="ab" * 32)
    making.make(consent.id, "Leaflet", made, by=by, now=year.now)


def _raise(year: Year) -> None:
    """Read by an administrator, and one that nobody can read any more."""
    from tests.pages import person_of

    who = db.session.get_one(Person, person_of(Role.CONSULTANT))
    admin = db.session.get_one(Person, person_of(Role.ADMINISTRATOR))
    place = next(each for each in concerns.choices(who) if each.person_id is None)
    raised = voice.send(place, "About it all.", admin.uid, is_named=False, by=who,
                        now=year.now)  # fmt: skip
    voice.answer(raised.id, "I spoke with them.", by=admin, now=year.now)


def _hold(year: Year) -> None:
    """Two that their person may not be told of yet; one agreed by two and not taken."""
    from tests.pages import person_of

    who = db.session.get_one(Person, person_of(Role.CONSULTANT))
    by = db.session.get_one(Person, person_of(Role.ADMINISTRATOR))
    second = make.administrator(staff_name="Noor Reyes")
    today = calendar.local_day(year.now, by.zone)
    for days, is_agreed in ((0, False), (60, True), (30, False)):
        paper = legal.Paper(
            kind=LegalKind.COURT_ORDER,
            asker="The county court",
            asked="All hours.",
            parts=frozenset({Part.HOURS, Part.PAY}),
            received_on=today,
            hold_until=today + timedelta(days=days) if days else None,
        )
        maker = by if is_agreed else second
        row = legal.record(who.sign_in_name, paper, by=maker, now=year.now)
        if is_agreed:
            legal.agree(row.id, who.sign_in_name, by=second, now=year.now)
