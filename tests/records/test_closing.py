"""Closing an account: out of sight at once, two weeks to come back, then erased."""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import apart, clock, crypto
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.core.key_store import SealBroken
from engage.engagements.models import Engagement, Message
from engage.engagements.rules import EngagementStatus, Side
from engage.hours.models import HoursEntry
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.people import queries as people
from engage.people.contact import letterbox
from engage.people.models import Alias, Person
from engage.people.rules import PersonStatus, SafeContact
from engage.records import again, closing, copying, erasing, fates, seals, whose
from engage.records.models import Closure
from tests import make
from tests.clients import Browser
from tests.hours.work import agreed

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]
NOTE = "quokka note"
# Keys to locks: what a copy has not of what is about its person.
HELD = frozenset(copying.HELD_BACK)


@pytest.fixture
def who(app: Flask) -> Person:
    """A consultant with running work, a note, a message and an open request."""
    work = agreed(clock.now(), person=make.consultant("quiet green lantern"))
    place, who = work.place, work.person
    with transaction():
        who.email, who.contact = "rosa@example.org", SafeContact.EMAIL
        alias = people.alias(who.id, place.id)
        assert alias is not None
        alias.name, alias.topics, alias.is_open = "Juniper", "courts", True
        alias.is_listed = True
    entry = make.hours_entry(work.engagement)
    message = Message(
        engagement_id=work.engagement.id, side=Side.CONSULTANT, at=clock.now()
    )
    message.write(who.subject, "hello there")
    make.save(message)
    with transaction():
        entry.write_note(who.subject, NOTE)
    make.offer(make.opportunity(place), who)
    make.limits(who, week_minutes=300)
    return who


def close(who: Person, now: datetime | None = None) -> None:
    closing.close_account(word="close", wanted="CLOSE", by=who, now=now or clock.now())


def count(model: type, person: Person) -> int:
    query = sa.select(sa.func.count()).select_from(model)
    return int(db.session.scalar(query.where(whose.OWN[model](person))) or 0)


def test_the_word_has_to_be_typed(who: Person) -> None:
    with pytest.raises(Refused):
        closing.close_account(word="yes", wanted="CLOSE", by=who, now=clock.now())
    assert who.is_active


def test_at_once_work_is_left_asks_end_and_nobody_is_told_why(who: Person) -> None:
    close(who)
    assert who.status is PersonStatus.CLOSED
    work = db.session.scalars(sa.select(Engagement)).one()
    assert work.status is EngagementStatus.LEFT
    assert work.takes_messages is False
    assert {str(each.status) for each in db.session.scalars(sa.select(Offer))} == {
        "closed"
    }
    assert people.person_named("quiet green lantern") is None
    assert letterbox(who.id, clock.now()) is None
    alias = db.session.scalars(sa.select(Alias)).one()
    assert alias.is_listed, "it goes with the next weekly list, as any other"


def test_who_opened_it_anew_cannot_end_it_before_its_owner_is_back(
    who: Person,
) -> None:
    now = clock.now()
    with transaction():
        who.recovered_at = now - 6 * DAY
    with pytest.raises(Refused, match="opened anew"):
        close(who, now)
    assert who.is_active
    close(who, now + DAY)
    assert not who.is_active


def test_the_way_back_is_open_for_14_days_and_then_shut(who: Person) -> None:
    from engage.people import passwords

    with transaction():
        who.password_hash = passwords.hashed("correct horse battery")
    now = clock.now()
    close(who, now)
    for name, password in (
        ("quiet green lantern", "wrong horse battery"),
        ("somebody else here", "correct horse battery"),
    ):
        with pytest.raises(Refused):
            closing.open_again(name, password, now=now + DAY)
    name, password = "quiet green lantern", "correct horse battery"
    with pytest.raises(Refused):
        closing.open_again(name, password, now=now + 14 * DAY)
    closing.open_again(name, password, now=now + 13 * DAY)
    assert db.session.get_one(Person, who.id).is_active
    erasing.erase_due(now + 15 * DAY)
    assert db.session.get_one(Person, who.id).sign_in_name == "quiet green lantern"


def test_after_14_days_nothing_of_the_person_is_left(who: Person) -> None:
    now, subject, uid = clock.now(), who.subject, who.uid
    sealed = db.session.scalar(sa.select(HoursEntry.note_sealed))
    entry_uid = db.session.scalar(sa.select(HoursEntry.uid))
    close(who, now)
    assert erasing.erase_due(now + 13 * DAY) == 0
    assert erasing.erase_due(now + 14 * DAY) == 1
    assert erasing.erase_due(now + 14 * DAY) == 0
    gone = db.session.get_one(Person, who.id)
    assert gone.uid != uid
    assert gone.email is None
    for model in (*fates.GO, Offer, Closure):
        assert count(model, gone) == 0, model.__tablename__
    assert db.session.scalars(sa.select(HoursEntry.note_sealed)).all() == [None]
    alias = db.session.scalars(sa.select(Alias)).one()
    assert alias.name.startswith("Consultant ")
    assert alias.name != "Juniper"
    with pytest.raises(SealBroken):
        crypto.open_sealed(
            subject, "hours_entry", "note", str(entry_uid), sealed or b""
        )
    assert [line.what for line in apart.lines() if line.uid == uid] == [
        closing.CLOSED,
        erasing.ERASED,
    ]


def test_of_work_that_was_agreed_no_choice_about_oneself_is_left(who: Person) -> None:
    """That somebody counted as a survivor voice, or lifted a limit of their own."""
    work = db.session.scalars(sa.select(Engagement)).one()
    values = {"status": OfferStatus.ACCEPTED, "engagement_id": work.id}
    post = db.session.get_one(Opportunity, work.opportunity_id)
    make.offer(post, who, is_counted=True, is_raised=True, **values)
    now = clock.now()
    close(who, now)
    erasing.erase_due(now + 14 * DAY)
    kept = db.session.scalars(sa.select(Offer)).one()
    assert (kept.is_counted, kept.is_raised) == (False, False)


@pytest.mark.parametrize("step", ["_erase_rows", "forget"])
def test_erasing_that_stopped_half_way_is_finished(
    who: Person, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    now, subject = clock.now(), who.subject
    close(who, now)
    owner = erasing if step == "_erase_rows" else type(crypto.key_store())

    def stop(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, stop)
        with pytest.raises(RuntimeError):
            erasing.erase_due(now + 14 * DAY)
    assert erasing.erase_due(now + 15 * DAY) == 1
    assert subject not in crypto.key_store().subjects()
    assert db.session.scalars(sa.select(Closure)).all() == []


def test_what_was_closed_and_erased_is_done_again_after_a_restore(who: Person) -> None:
    now, uid = clock.now(), who.uid
    apart.note(closing.CLOSED, uid, now=now - 20 * DAY)
    again.do_again(now)
    assert not db.session.get_one(Person, who.id).is_active
    closed = db.session.scalars(sa.select(Closure)).one()
    assert closed.closed_at == now - 20 * DAY
    apart.note(closing.OPENED, uid, now=now - 19 * DAY)
    again.do_again(now)
    assert db.session.get_one(Person, who.id).is_active
    apart.note(erasing.ERASED, uid, now=now - DAY)
    for _ in range(2):
        again.do_again(now)
        assert f"person:{uid}" not in crypto.key_store().subjects()
        assert db.session.get_one(Person, who.id).uid != uid


def test_a_line_cut_short_by_a_crash_is_left_out(app: Flask) -> None:
    apart.note("something", "a", now=clock.now())
    with apart.path().open("a") as listed:
        listed.write('{"at": "2026-')
    assert [line.uid for line in apart.lines()][-1] == "a"
    assert apart.path().stat().st_mode & 0o077 == 0
    apart.path().unlink()


def test_every_table_about_a_person_has_a_fate_and_a_way_to_its_rows() -> None:
    """A new table or column cannot be forgotten by the copy or by erasing."""
    mappers = list(db.Model.registry.mappers)
    assert whose.unsaid(mappers) == []
    assert fates.undecided({model.__tablename__ for model in whose.OWN}) == []


def test_every_column_of_an_erased_account_is_emptied_and_every_seal_goes() -> None:
    stays = {"kind", "status", "sign_in_hash", "staff_name", "is_administrator"}
    assert set(fates.EMPTIED[Person]) | stays == set(Person.ABOUT_A_PERSON)
    gone = {model.__tablename__ for model in (*fates.GO, *fates.GO_UNLESS_AGREED)}
    emptied = {
        (model.__tablename__, name)
        for model, values in fates.EMPTIED.items()
        for name in values
    }
    left = {
        place
        for place in seals.BY_COLUMN
        if place not in emptied and place[0] not in gone | fates.STAY.keys()
    }
    # Of an organization's own text, under its own key.
    assert left <= {("voice_flag", "plan_sealed"), ("parity_note", "reason_sealed")}


def copy_of(browser: Browser) -> tuple[dict[str, list[dict[str, object]]], str]:
    answer = browser.post("/account/copy")
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    with ZipFile(io.BytesIO(answer.data)) as both:
        return json.loads(both.read("data.json")), both.read("read.html").decode()


def test_a_copy_has_every_column_about_the_person(who: Person, sign_in: SignIn) -> None:
    data, page = copy_of(sign_in(who))
    for model, which in whose.OWN.items():
        rows = data.get(model.__tablename__, [])
        assert len(rows) == count(model, who), model.__tablename__
        for name in model.ABOUT_A_PERSON - HELD:  # type: ignore[attr-defined]
            short = name.removesuffix("_sealed").removesuffix("_id")
            assert all(short in row for row in rows), name
        del which
    (person,), (entry,) = data["person"], data["hours_entry"]
    assert person["sign_in"] == "quiet green lantern"
    assert person["email"] == "rosa@example.org"
    assert entry["note"] == NOTE
    assert entry["opportunity" if "opportunity" in entry else "person"]
    for text in (NOTE, "hello there", "rosa@example.org"):
        assert text in page


def test_a_copy_has_nothing_of_anybody_else(who: Person, sign_in: SignIn) -> None:
    other = make.consultant("heavy blue anchor")
    row = make.hours_entry(
        make.engagement(make.opportunity(make.organization()), other)
    )
    with transaction():
        row.write_note(other.subject, "axolotl note")
    data, page = copy_of(sign_in(who))
    for text in ("axolotl", "heavy blue anchor", other.uid, row.uid):
        assert text not in page
        assert text not in json.dumps(data)


def test_a_copy_and_a_closing_ask_again_who_is_here(
    who: Person, sign_in: SignIn
) -> None:
    with time_machine.travel(clock.now(), tick=False) as clockwork:
        browser = sign_in(who)
        clockwork.shift(timedelta(minutes=6))
        for path in ("/account/copy", "/account/close"):
            assert browser.get(path).status_code == 303
            assert browser.post(path, data={"word": "CLOSE"}).status_code == 403
    assert db.session.get_one(Person, who.id).is_active


def test_closing_by_the_page_signs_out_and_leads_to_a_plain_page(
    who: Person, sign_in: SignIn
) -> None:
    browser = sign_in(who)
    assert "Type “close” here".encode() in browser.get("/account/close").data
    answer = browser.post("/account/close", data={"word": "close"})
    assert answer.location == "/gone"
    assert browser.get("/gone").status_code == 200
    assert browser.get("/account").status_code == 303
    assert browser.get("/back").status_code == 200
    sent = {"name": "quiet green lantern", "password": "not the right one"}
    assert browser.post("/back", data=sent).status_code == 422


def test_staff_have_a_copy_and_no_button_to_close(app: Flask, sign_in: SignIn) -> None:
    place = make.organization()
    browser = sign_in(make.coordinator(place, staff_name="Sam Rivera"))
    data, page = copy_of(browser)
    assert data["membership"][0]["organization"] == place.name
    assert "Sam Rivera" in page
    assert browser.get("/account/close").status_code == 404
