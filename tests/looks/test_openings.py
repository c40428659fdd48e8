"""Opening somebody's pages as an exception: by two, for half an hour, in sight."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.core.errors import Refused
from engage.looks import openings, rules
from engage.looks.models import Opening
from engage.looks.rules import OpeningStatus, Part, Reason
from engage.notices.models import Notice
from engage.organizations.models import Organization
from engage.people.models import Person
from engage.records import legal
from engage.records.legal_rules import LegalKind
from engage.records.legal_rules import Part as LegalPart
from tests import make
from tests.clients import Browser
from tests.conftest import new_browser

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
PARTS = ("names", "plans", "time", "pay")


@pytest.fixture
def place(app: Flask) -> Organization:
    return make.organization("Harbor County")


@pytest.fixture
def person(app: Flask, place: Organization) -> Person:
    person = make.consultant(zone="America/New_York")
    person.sign_in_name = "quiet river"
    make.alias(person, place, "River")
    db.session.commit()
    return person


@pytest.fixture
def one(app: Flask) -> Person:
    return make.administrator(staff_name="Ana Reyes")


@pytest.fixture
def other(app: Flask) -> Person:
    return make.administrator(staff_name="Ben Okafor")


def ask(by: Person, now: datetime, name: str = "quiet river") -> Opening:
    return openings.ask(name=name, reason=Reason.LAW, by=by, now=now)


def never(_: Person) -> date | None:
    return None


def agree(row: Opening, by: Person, now: datetime) -> Opening:
    return openings.agree(row.id, held=never, by=by, now=now)


def looks(person: Person) -> list[tuple[str, int | None]]:
    query = sa.select(AuditEntry.verb, AuditEntry.by_person_id).where(
        AuditEntry.subject == person.subject, AuditEntry.kind == "look"
    )
    return [(verb, by) for verb, by in db.session.execute(query.order_by("number"))]


def test_two_open_it_and_the_person_reads_who_and_why(
    person: Person, one: Person, other: Person, sign_in: SignInAs, app: Flask
) -> None:
    first, second = sign_in(one), sign_in(other, new_browser(app))
    sent = {"name": "quiet river", "reason": "law"}
    where = first.post("/exceptions/new", data=sent).location
    assert looks(person) == []
    assert first.get(f"{where}/names").status_code == 404

    page = second.get(where).text
    assert "quiet river" in page
    assert "A court or the law orders it" in page
    second.post(f"{where}/yes")

    theirs = sign_in(person, new_browser(app))
    notice = "Your pages were opened as an exception."
    assert notice in theirs.get("/").text
    log = theirs.get("/account/looks").text
    for said in ("Ana Reyes", "Ben Okafor", "Exception", "A court or the law orders"):
        assert said in log
    assert "River" in first.get(f"{where}/names").text
    for part in PARTS:
        assert first.get(f"{where}/{part}").status_code == 200
    assert looks(person)[2:] == [(f"opened.{part}.law", one.id) for part in PARTS]
    assert "Your hours" in theirs.get("/account/looks").text


def test_a_notice_says_nothing_outside_and_waits_for_others(
    person: Person, one: Person, other: Person, july: datetime
) -> None:
    third = make.administrator()
    row = ask(one, july)
    query = sa.select(Notice.person_id, Notice.kind)
    told = {(who, kind) for who, kind in db.session.execute(query)}
    assert {(other.id, "opening"), (third.id, "opening")} <= told
    assert (one.id, "opening") not in told
    assert (person.id, "opened") not in told
    agree(row, other, july)
    mail = db.session.scalars(sa.select(Notice).where(Notice.kind == "opened")).one()
    assert (mail.person_id, mail.values) == (person.id, {})


def test_nobody_opens_it_alone(
    person: Person, one: Person, july: datetime, sign_in: SignInAs
) -> None:
    row = ask(one, july)
    with pytest.raises(Refused):
        agree(row, one, july)
    browser = sign_in(one)
    answer = browser.post(f"/exceptions/{row.uid}/yes")
    assert answer.status_code == 422
    assert "Another administrator has to say yes" in answer.text
    assert looks(person) == []
    with pytest.raises(sa.exc.IntegrityError), db.session.begin_nested():
        db.session.execute(
            sa.update(Opening).values(
                agreed_by_id=one.id, person_id=person.id, ends_at=july
            )
        )


def test_it_ends_by_itself_and_by_either_of_the_two(
    person: Person, one: Person, other: Person, july: datetime, sign_in: SignInAs
) -> None:
    third = make.administrator()
    minute = timedelta(minutes=1)
    for ender in (one, other, None):
        row = agree(ask(one, july), other, july)
        assert rules.is_open(row.status, row.ends_at, july + 29 * minute)
        with pytest.raises(Refused):
            openings.end(row.id, by=third, now=july)
        if ender:
            openings.end(row.id, by=ender, now=july)
        moment = july if ender else july + 30 * minute
        with time_machine.travel(moment, tick=False):
            browser = sign_in(one)
            for part in PARTS:
                assert browser.get(f"/exceptions/{row.uid}/{part}").status_code == 404


def test_only_whoever_asked_reads_and_nothing_can_be_changed(
    person: Person, one: Person, other: Person, july: datetime, sign_in: SignInAs
) -> None:
    row = agree(ask(one, july), other, july)
    for viewer in (other, make.administrator()):
        for part in PARTS:
            page = f"/exceptions/{row.uid}/{part}"
            assert sign_in(viewer).get(page).status_code == 404
    for part in PARTS:
        page = f"/exceptions/{row.uid}/{part}"
        assert sign_in(one).post(page).status_code == 405
    for stranger in (person, make.coordinator(make.organization())):
        assert sign_in(stranger).get(f"/exceptions/{row.uid}").status_code == 404
        assert sign_in(stranger).get("/exceptions").status_code == 404


@pytest.mark.parametrize("path", ["/exceptions/new", "/exceptions/{}/yes"])
def test_both_are_asked_again_who_they_are(
    person: Person,
    one: Person,
    other: Person,
    july: datetime,
    sign_in: SignInAs,
    path: str,
) -> None:
    row = ask(one, july)
    browser = sign_in(other)
    sent = {"name": "quiet river", "reason": "law"}
    with time_machine.travel(july + timedelta(minutes=6), tick=False):
        answer = browser.post(path.format(row.uid), data=sent)
    assert answer.status_code == 403
    assert db.session.scalar(sa.select(sa.func.count(Opening.id))) == 1
    assert looks(person) == []


def test_asking_does_not_tell_whether_there_is_such_a_person(
    person: Person, one: Person, other: Person, july: datetime, sign_in: SignInAs
) -> None:
    browser = sign_in(one)
    pages = []
    for name in ("quiet river", "nobody here"):
        sent = {"name": name, "reason": "danger"}
        where = browser.post("/exceptions/new", data=sent).location
        pages.append(browser.get(where).text.replace(name, "").replace(where, ""))
    found = [len(page) for page in pages]
    assert abs(found[0] - found[1]) < 60  # uids in addresses, tokens in forms

    row = ask(one, july, "nobody here")
    with pytest.raises(Refused, match="exactly this name"):
        agree(row, other, july)
    assert db.session.get_one(Opening, row.id).status is OpeningStatus.ASKED


def test_an_ask_that_nobody_answered_lapses(
    person: Person, one: Person, other: Person, july: datetime
) -> None:
    row = ask(one, july)
    with pytest.raises(Refused):
        agree(row, other, july + timedelta(hours=24))
    openings.forget(july + timedelta(hours=24))
    db.session.refresh(row)
    assert (row.status, row.name_sealed) == (OpeningStatus.ENDED, None)


def test_a_hold_delays_the_notice_and_nothing_else(
    person: Person,
    one: Person,
    other: Person,
    july: datetime,
    sign_in: SignInAs,
    app: Flask,
) -> None:
    paper = legal.Paper(
        kind=LegalKind.COURT_ORDER,
        asker="County court",
        asked="Names",
        parts=frozenset({LegalPart.NAMES}),
        received_on=date(2026, 7, 14),
        hold_until=date(2026, 8, 1),
    )
    held = legal.record("quiet river", paper, by=one, now=july)
    legal.agree(held.id, "quiet river", by=other, now=july)
    row = ask(one, july)
    sign_in(other).post(f"/exceptions/{row.uid}/yes")

    theirs = sign_in(person, new_browser(app))
    notice = "Your pages were opened as an exception."
    assert notice not in theirs.get("/").text
    assert "Ana Reyes" in theirs.get("/account/looks").text
    mail = db.session.scalars(sa.select(Notice).where(Notice.kind == "opened")).one()
    assert mail.created_at == datetime(2026, 8, 2, 4, 0, tzinfo=UTC)


def test_nobody_is_asked_for_words_about_a_person(
    one: Person, sign_in: SignInAs, july: datetime
) -> None:
    """A reason from a list is enough: notes about somebody become evidence."""
    browser = sign_in(one)
    assert "<textarea" not in browser.get("/exceptions/new").text
    sent = {"name": "nobody here", "reason": "law", "words": "a note about them"}
    where = browser.post("/exceptions/new", data=sent).location
    assert "a note about them" not in browser.get(where).text
    assert not [each for each in Opening.__table__.c if "words" in each.name]


def test_the_row_goes_with_its_looks(
    person: Person, one: Person, other: Person, july: datetime
) -> None:
    row = agree(ask(one, july), other, july)
    openings.forget(july + timedelta(days=729))
    db.session.refresh(row)
    assert row.status == OpeningStatus.ENDED
    openings.forget(july + timedelta(days=730))
    assert db.session.scalar(sa.select(sa.func.count(Opening.id))) == 0


def test_no_page_shows_what_is_closed(
    place: Organization, person: Person, one: Person, other: Person, july: datetime
) -> None:
    """Four pages; none reads a sealed column or a wish."""
    row = agree(ask(one, july), other, july)
    shown = {part: openings.read(row.uid, part, by=one, now=july) for part in Part}
    assert [tuple(each) for each in shown[Part.NAMES]] == [("Harbor County", "River")]
    named = {key for rows in shown.values() for each in rows for key in each._fields}
    assert not any("sealed" in key for key in named)


def test_the_undo(
    person: Person,
    one: Person,
    other: Person,
    july: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No entry, no opening."""
    row = ask(one, july)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(openings.audit, "look", fail)
    with pytest.raises(ZeroDivisionError):
        agree(row, other, july)
    db.session.expire_all()
    assert db.session.get_one(Opening, row.id).status is OpeningStatus.ASKED
