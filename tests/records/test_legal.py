"""Requests by law: written down, cut by two, told to their person, held in time."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.ledger.models import Payee
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.people.models import Person
from engage.records import copying, jobs, legal, legal_queries
from engage.records.legal_models import LegalRequest
from engage.records.legal_rules import LegalKind, LegalStatus, Part
from engage.voice import actions as voice
from engage.voice import queries as concerns
from tests import make
from tests.clients import Browser
from tests.conftest import JULY
from tests.hours.work import Work, agreed

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]
ASKED = "All hours of the named person."
NAME = "quiet green lantern"


@pytest.fixture
def work(app: Flask) -> Work:
    work = agreed(JULY, person=make.consultant(NAME))
    entry = make.hours_entry(work.engagement)
    with transaction():
        entry.write_note(work.person.subject, "kumquat note")
    return work


def record(
    by: Person, *parts: Part, hold: date | None = None, **values: Any
) -> LegalRequest:
    paper = legal.Paper(
        kind=LegalKind.COURT_ORDER,
        asker="The county court",
        asked=ASKED,
        parts=frozenset(parts or {Part.HOURS}),
        received_on=JULY.date(),
        hold_until=hold,
    )
    return legal.record(NAME, paper, by=by, now=JULY)


def told(person: Person) -> list[str]:
    rows = sa.select(Notice.kind).where(Notice.person_id == person.id)
    return list(db.session.scalars(rows))


def chain(person: Person) -> list[str]:
    rows = sa.select(AuditEntry.verb).where(AuditEntry.subject == person.subject)
    return list(db.session.scalars(rows.order_by(AuditEntry.number)))


def test_a_cut_has_what_was_ordered_and_nothing_else_and_takes_two(
    work: Work, july: datetime
) -> None:
    ada, ben, cleo = (make.administrator() for _ in range(3))
    row = record(ada)
    with pytest.raises(Refused):
        legal.cut(row.id, by=ada, now=july)
    with pytest.raises(Refused):
        legal.agree(row.id, NAME, by=ada, now=july)
    legal.agree(row.id, NAME, by=ben, now=july)
    with pytest.raises(Refused):
        legal.cut(row.id, by=cleo, now=july)
    found = legal.cut(row.id, by=ada, now=july)
    assert set(found) == {"hours_entry"}
    assert "kumquat" not in json.dumps(found), "hours were ordered, no notes"
    assert set(copying.about(work.person)) > {"hours_entry", "engagement", "person"}
    with pytest.raises(Refused):
        legal.cut(row.id, by=ada, now=july + DAY + timedelta(minutes=1))
    assert row.status is LegalStatus.GIVEN
    assert row.words(work.person.subject, "given") == {"given": "hours_entry: 1"}


def test_notes_are_in_a_cut_where_they_were_ordered(work: Work, july: datetime) -> None:
    ada, ben = make.administrator(), make.administrator()
    row = record(ada, Part.HOURS, Part.NOTES)
    legal.agree(row.id, NAME, by=ben, now=july)
    found = legal.cut(row.id, by=ada, now=july)
    assert found["hours_entry"][0]["note"] == "kumquat note"


def test_its_person_reads_all_of_it_at_once(
    work: Work, july: datetime, sign_in: SignIn
) -> None:
    ada = make.administrator(staff_name="Ada Quill")
    record(ada)
    assert told(work.person) == ["asked_about"]
    page = sign_in(work.person).get("/asked").text
    for words in (ASKED, "The county court", "Ada Quill"):
        assert words in page
    assert ASKED not in sign_in(make.consultant()).get("/asked").text


def test_a_hold_delays_the_notice_and_nothing_else(
    work: Work, july: datetime, sign_in: SignIn
) -> None:
    ada, ben = make.administrator(), make.administrator()
    before = chain(work.person)
    row = record(ada, hold=(july + 30 * DAY).date())
    legal.agree(row.id, NAME, by=ben, now=july)
    legal.cut(row.id, by=ada, now=july)
    assert told(work.person) == []
    assert chain(work.person) == before, "their own log would say it"
    assert "legal_request" not in copying.about(work.person)
    assert ASKED not in sign_in(work.person).get("/asked").text
    jobs.tell_of_requests(july + 30 * DAY)
    assert told(work.person) == []
    legal.delay(row.id, (july + 40 * DAY).date(), by=ben, now=july + 20 * DAY)
    jobs.tell_of_requests(july + 31 * DAY)
    assert told(work.person) == []
    jobs.tell_of_requests(july + 41 * DAY)
    assert told(work.person) == ["asked_about"]
    assert chain(work.person) == [*before, "legal.told"]
    assert copying.about(work.person)["legal_request"][0]["asked"] == ASKED
    with pytest.raises(Refused):
        legal.delay(row.id, (july + 60 * DAY).date(), by=ada, now=july + 42 * DAY)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_hold_has_an_end(work: Work, july: datetime, days: int) -> None:
    with pytest.raises(Refused):
        record(make.administrator(), hold=(july + days * DAY).date())


def raise_about(work: Work, staff: Person | None, to: Person, text: str) -> None:
    wanted = (None, staff.id) if staff else (work.place.id, None)
    about = next(
        each
        for each in concerns.choices(work.person)
        if (each.organization_id, each.person_id) == wanted
    )
    voice.send(about, text, to.uid, is_named=False, by=work.person, now=JULY)


def test_whom_a_concern_is_about_does_not_learn_that_there_is_one(
    work: Work, july: datetime, sign_in: SignIn
) -> None:
    """Whoever it is about meets the same answers as if nothing had been raised."""
    ada, ben, cleo = (make.administrator() for _ in range(3))
    insider = make.staff(("finance", work.place), is_administrator=True)
    raise_about(work, ada, ben, "about Ada")
    raise_about(work, None, ben, "about the place")
    row = record(ada, Part.CONCERNS)
    legal.agree(row.id, NAME, by=insider, now=july)
    assert legal.cut(row.id, by=insider, now=july)["grievance"][0]["text"] == (
        "about Ada"
    )
    taken = legal.cut(row.id, by=ada, now=july)
    assert [each["text"] for each in taken["grievance"]] == ["about the place"]
    assert row.words(work.person.subject, "given")["given"] == "grievance: 1"
    page = sign_in(ada).get(f"/register/{row.uid}").text
    assert "each of you two takes it" in page
    clear = record(cleo, Part.CONCERNS)
    legal.agree(clear.id, NAME, by=ben, now=july)
    assert len(legal.cut(clear.id, by=cleo, now=july)["grievance"]) == 2


def test_the_second_person_reads_the_name_in_the_paper_too(
    work: Work, july: datetime, sign_in: SignIn
) -> None:
    """A slip of the first one would give the data of somebody else away."""
    ada, ben = make.administrator(), make.administrator()
    make.consultant("quiet green lamp")
    row = record(ada)
    browser = sign_in(ben)
    assert NAME not in browser.get(f"/register/{row.uid}").text
    for wrong in ("", "quiet green lamp", "nobody here"):
        sent = browser.post(f"/register/{row.uid}/agree", data={"name": wrong})
        assert sent.status_code == 422
        assert row.status is LegalStatus.OPEN
    browser.post(f"/register/{row.uid}/agree", data={"name": NAME})
    db.session.refresh(row)
    assert row.status is LegalStatus.AGREED


def test_a_cut_has_no_number_by_which_payers_know_the_person(
    work: Work, july: datetime
) -> None:
    ada, ben = make.administrator(), make.administrator()
    payee = Payee(person_id=work.person.id, payer_id=work.place.id, handle="K7PQ")
    make.save(payee)
    row = record(ada, Part.PAY)
    legal.agree(row.id, NAME, by=ben, now=july)
    found = legal.cut(row.id, by=ada, now=july)
    assert "K7PQ" not in json.dumps(found)
    assert "handle" in copying.about(work.person)["payee"][0]


def test_nobody_keeps_it_from_the_person_alone(work: Work, july: datetime) -> None:
    ada, ben = make.administrator(), make.administrator()
    last = (july + 30 * DAY).date()
    record(ada, hold=last)
    agreed_to = record(ada, hold=last)
    legal.agree(agreed_to.id, NAME, by=ben, now=july)
    assert legal_queries.held_until(work.person) == last
    jobs.tell_of_requests(july + 3 * DAY)
    assert told(work.person) == []
    jobs.tell_of_requests(july + 4 * DAY)
    assert told(work.person) == ["asked_about"]
    for ender, other in ((ada, ben), (ben, ada)):
        with pytest.raises(Refused):
            legal.delay(agreed_to.id, last + DAY, by=ender, now=july + 5 * DAY)
        legal.delay(agreed_to.id, last + DAY, by=other, now=july + 5 * DAY)
    assert told(work.person) == ["asked_about"]


def test_a_copy_does_not_tell_what_is_kept_back(work: Work, july: datetime) -> None:
    notices.queue(work.person.id, "opened", now=july + 30 * DAY)
    notices.queue_once([work.coordinator.id], "hours_waiting", now=july + DAY)
    db.session.commit()
    for person in (work.person, work.coordinator):
        assert "notice" not in copying.about(person)
        with time_machine.travel(july + 31 * DAY, tick=False):
            assert "notice" in copying.about(person)


def test_nothing_is_given_where_it_was_ended(work: Work, july: datetime) -> None:
    ada, ben = make.administrator(), make.administrator()
    row = record(ada)
    legal.end(row.id, by=ada, now=july)
    with pytest.raises(Refused):
        legal.agree(row.id, NAME, by=ben, now=july)


def test_nobody_is_found_by_half_a_name(work: Work) -> None:
    for name in ("quiet green", "lantern", ""):
        with pytest.raises(Refused):
            legal_queries.consultant(name)


def test_it_is_kept_three_years(work: Work, july: datetime) -> None:
    record(make.administrator())
    assert legal.forget(july + timedelta(days=3 * 365)) == 0
    assert legal.forget(july + timedelta(days=3 * 365 + 1)) == 1


def test_the_pages_of_the_register(work: Work, july: datetime, sign_in: SignIn) -> None:
    ada, ben = sign_in(make.administrator()), sign_in(make.administrator())
    typed = {
        "name": NAME,
        "kind": "subpoena",
        "asker": "A law office",
        "asked": ASKED,
        "parts": "hours",
        "received_on": "2026-07-15",
        "hold_until": "",
    }
    assert ada.post("/register/new", data={**typed, "parts": ""}).status_code == 422
    address = ada.post("/register/new", data=typed).location
    assert "Another administrator" in ada.get(address).text
    assert ada.post(f"{address}/take").status_code == 422
    assert ben.post(f"{address}/agree", data={"name": NAME}).status_code == 303
    file = ada.post(f"{address}/take")
    assert set(json.loads(file.text)) == {"hours_entry"}
    assert "part.json" in file.headers["Content-Disposition"]
    for other in (work.coordinator, work.person):
        assert sign_in(other).get(address).status_code == 404
