from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.audit import actions as audit
from engage.audit.models import AuditEntry
from engage.core import mailer
from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.engagements import actions, jobs, messages, rules, talk_rules
from engage.engagements.models import Message
from engage.engagements.rules import EngagementStatus
from engage.notices.models import Notice
from engage.notices.rules import OUTSIDE
from engage.people import jobs as people_jobs
from engage.people import queries as people
from engage.people.models import Person
from engage.people.rules import SafeContact
from tests import make
from tests.engagements.talking import DAY, SignIn, Talk, begun

HOUR = timedelta(hours=1)
Status = EngagementStatus


@pytest.fixture
def talk(app: Flask, july: datetime) -> Talk:
    return begun(july)


def kinds(person: Person) -> list[str]:
    rows = sa.select(Notice.kind).where(Notice.person_id == person.id)
    return list(db.session.scalars(rows.order_by(Notice.id)))


def alias_of(talk: Talk) -> str:
    found = people.alias(talk.who.id, talk.place.id)
    assert found is not None
    return found.name


def count() -> int:
    return int(db.session.scalar(sa.select(sa.func.count(Message.id))) or 0)


@pytest.mark.parametrize(
    ("status", "wish", "days", "is_open"),
    [
        (Status.AGREED, None, None, True),
        (Status.AGREED, False, None, False),
        (Status.FINISHED, None, 30, True),
        (Status.FINISHED, None, 31, False),
        (Status.CANCELLED, None, 30, True),
        (Status.LEFT, None, 1, False),
        (Status.LEFT, True, 1, True),
        (Status.LEFT, True, 31, False),
    ],
)
def test_when_a_thread_is_open(
    status: Status, wish: bool | None, days: int | None, is_open: bool, july: datetime
) -> None:
    ended = None if days is None else (july - days * DAY).date()
    assert talk_rules.is_open(status, wish, ended, july.date()) is is_open


def test_each_side_writes_and_the_other_is_told_neutrally(
    talk: Talk, july: datetime
) -> None:
    messages.write(talk.engagement.id, "Which room?", by=talk.who, now=july)
    assert kinds(talk.by)[-1] == "message_in"
    messages.write(talk.engagement.id, "Room 4.", by=talk.by, now=july + HOUR)
    assert kinds(talk.who)[-1] == "message"
    assert "message_in" not in kinds(talk.by), "an answer takes one's own mark away"
    rows = db.session.scalars(sa.select(Message).order_by(Message.id)).all()
    assert [row.text(talk.who.subject) for row in rows] == ["Which room?", "Room 4."]
    assert [row.staff_id for row in rows] == [None, talk.by.id]
    assert all(b"oom" not in row.text_sealed for row in rows)


def test_the_text_is_in_no_log_notice_or_audit(
    talk: Talk, july: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    messages.write(talk.engagement.id, "quokka-77", by=talk.who, now=july)
    told = db.session.scalars(sa.select(Notice)).all()
    assert all("quokka" not in str(row.values) for row in told)
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.verb == "message.write")
    ).one()
    assert entry.subject == talk.who.subject
    assert entry.thing == f"engagement:{talk.engagement.uid}"
    assert "quokka" not in caplog.text


def test_outside_goes_only_that_there_is_an_update(
    talk: Talk, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, ...]] = []
    monkeypatch.setattr(mailer, "is_there", lambda: True)
    monkeypatch.setattr(mailer, "send", lambda *mail: sent.append(mail))
    talk.who.email, talk.who.contact = "who@example.org", SafeContact.EMAIL
    make.save(talk.who)
    messages.write(talk.engagement.id, "quokka-78", by=talk.by, now=july)
    messages.write(talk.engagement.id, "quokka-79", by=talk.by, now=july)
    people_jobs.deliver_notices(july)
    assert sent == [("who@example.org", OUTSIDE, "en")]


def test_one_side_has_its_own_pace(talk: Talk, july: datetime) -> None:
    for _ in range(talk_rules.MOST_A_DAY):
        messages.write(talk.engagement.id, "Hello.", by=talk.by, now=july)
    with pytest.raises(Refused, match="Please wait until tomorrow"):
        messages.write(talk.engagement.id, "Hello.", by=talk.by, now=july)
    messages.write(talk.engagement.id, "Hello.", by=talk.who, now=july)
    messages.write(talk.engagement.id, "Hello.", by=talk.by, now=july + DAY)


def test_nobody_writes_before_their_name_is_known(app: Flask, july: datetime) -> None:
    talk = begun(july, is_shown=False)
    before = kinds(talk.by)
    with pytest.raises(Refused, match="once the organization knows your name"):
        messages.write(talk.engagement.id, "Hello.", by=talk.who, now=july)
    assert kinds(talk.by) == before


def test_who_left_is_left_in_peace_unless_they_write(
    talk: Talk, july: datetime
) -> None:
    actions.leave(talk.engagement.id, by=talk.who, now=july)
    with pytest.raises(Refused, match="have ended"):
        messages.write(talk.engagement.id, "Why?", by=talk.by, now=july)
    messages.choose(talk.engagement.id, wish=True, by=talk.who, now=july)
    messages.write(talk.engagement.id, "About my pay.", by=talk.who, now=july)
    messages.write(talk.engagement.id, "It is on its way.", by=talk.by, now=july)


def test_who_left_unnamed_has_no_thread(app: Flask, july: datetime) -> None:
    talk = begun(july, is_shown=False)
    actions.leave(talk.engagement.id, by=talk.who, now=july)
    assert talk.engagement.shown_from == rules.NEVER
    with pytest.raises(NotFound):
        messages.choose(talk.engagement.id, wish=True, by=talk.who, now=july)
    with pytest.raises(Refused):
        messages.write(talk.engagement.id, "Hello.", by=talk.who, now=july)


def test_the_job_erases_thirty_days_after_the_end_where_they_live(
    talk: Talk, july: datetime
) -> None:
    messages.write(talk.engagement.id, "Hello.", by=talk.who, now=july)
    actions.leave(talk.engagement.id, by=talk.who, now=july)
    midnight = (july + 31 * DAY).replace(hour=4)  # in New York, summer time
    jobs.forget_messages(midnight - timedelta(minutes=1))
    assert count() == 1
    jobs.forget_messages(midnight)
    assert count() == 0


@pytest.mark.parametrize("broken", ["notice", "audit"])
def test_a_message_is_undone_whole(
    talk: Talk, july: datetime, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_args: Any, **_kw: Any) -> None:
        raise RuntimeError("no")

    where = messages.notices if broken == "notice" else audit
    monkeypatch.setattr(where, "queue_once" if broken == "notice" else "record", fail)
    told = kinds(talk.by)
    with pytest.raises(RuntimeError):
        messages.write(talk.engagement.id, "Hello.", by=talk.who, now=july)
    with pytest.raises(RuntimeError):
        messages.write(talk.engagement.id, "Hello.", by=talk.by, now=july)
    assert count() == 0
    assert kinds(talk.by) == told


def test_a_wish_is_undone_with_its_entry(
    talk: Talk, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kw: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(RuntimeError):
        messages.choose(talk.engagement.id, wish=False, by=talk.who, now=july)
    db.session.refresh(talk.engagement)
    assert talk.engagement.takes_messages is None


def test_two_pages_one_thread(talk: Talk, sign_in: SignIn, july: datetime) -> None:
    own, shared = sign_in(talk.who), sign_in(talk.by)
    mine = f"/plans/{talk.engagement.uid}/messages"
    theirs = f"/agreed/{talk.engagement.uid}/messages"
    assert "Nothing is written yet." in own.get(mine).text
    assert own.post(mine, data={"words": "Which room?\nAnd when?"}).location == mine
    page = shared.get(theirs).text
    assert "Which room?\nAnd when?" in page
    assert ">New<" in page
    assert shared.post(f"{theirs}/read").location == theirs
    assert ">New<" not in shared.get(theirs).text
    shared.post(theirs, data={"words": "Room 4."})
    page = own.get(mine).text
    assert talk.by.staff_name in page
    assert ">New<" in page
    looks = sa.select(AuditEntry).where(AuditEntry.verb == "message.open")
    assert len(db.session.scalars(looks).all()) == 1
    assert "Messages about one of your plans" in own.get("/account/looks").text


def test_too_long_or_empty_keeps_what_was_typed(
    talk: Talk, sign_in: SignIn, july: datetime
) -> None:
    browser, path = sign_in(talk.who), f"/plans/{talk.engagement.uid}/messages"
    answer = browser.post(path, data={"words": "long " * 300})
    assert answer.status_code == 422
    assert "long long" in answer.text
    assert browser.post(path, data={"words": " "}).status_code == 422
    assert count() == 0


def test_words_that_ask_for_a_story_are_asked_about_and_not_blocked(
    talk: Talk, sign_in: SignIn, july: datetime
) -> None:
    browser, path = sign_in(talk.by), f"/agreed/{talk.engagement.uid}/messages"
    words = "Could you share your story with the group?"
    answer = browser.post(path, data={"words": words})
    assert answer.status_code == 422
    assert "Nobody has to tell theirs" in answer.text
    assert words in answer.text
    sent = browser.post(path, data={"words": words, "is_seen": "y"})
    assert sent.status_code == 303
    own = sign_in(talk.who)
    own_path = f"/plans/{talk.engagement.uid}/messages"
    assert own.post(own_path, data={"words": words}).status_code == 303


def test_an_ended_thread_and_a_closed_one_are_the_same_to_the_other_side(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    """Closed, left, or over by its time: byte for byte, whatever was written."""
    pages = []
    for end in ("closed", "left", "over"):
        talk = begun(july, title="Review of the protocol")
        messages.write(talk.engagement.id, "Hello.", by=talk.who, now=july)
        if end == "closed":
            messages.choose(talk.engagement.id, wish=False, by=talk.who, now=july)
        if end == "left":
            actions.leave(talk.engagement.id, by=talk.who, now=july)
        later = july + 90 * DAY if end == "over" else july
        if end == "over":
            talk.engagement.status = EngagementStatus.FINISHED
            talk.engagement.ended_on = (july + 28 * DAY).date()
            make.save(talk.engagement)
        alias = alias_of(talk)
        with time_machine.travel(later, tick=False):
            page = sign_in(talk.by).get(f"/agreed/{talk.engagement.uid}/messages").text
        main = page.partition("<main")[2].partition("</main>")[0]
        for own in (alias, talk.engagement.uid):
            main = main.replace(own, "-")
        pages.append(main)
    assert pages[0] == pages[1] == pages[2]
    assert "Hello." not in pages[0]
    assert "no longer here" in pages[0]


def test_strangers_find_no_thread(talk: Talk, sign_in: SignIn, july: datetime) -> None:
    uid = talk.engagement.uid
    other = sign_in(make.consultant())
    elsewhere = sign_in(make.coordinator(make.organization()))
    for browser, path in (
        (other, f"/plans/{uid}/messages"),
        (elsewhere, f"/agreed/{uid}/messages"),
        (sign_in(talk.by), f"/plans/{uid}/messages"),
        (sign_in(talk.who), f"/agreed/{uid}/messages"),
    ):
        assert browser.get(path).status_code == 404
        assert browser.post(path, data={"words": "Hello."}).status_code == 404
    assert other.post(f"/plans/{uid}/messages/choice").status_code == 404
    assert count() == 0


def test_a_thread_asks_the_same_however_long(
    talk: Talk, sign_in: SignIn, july: datetime, queries: Any
) -> None:
    own, shared = sign_in(talk.who), sign_in(talk.by)
    paths = (
        (own, f"/plans/{talk.engagement.uid}/messages"),
        (shared, f"/agreed/{talk.engagement.uid}/messages"),
    )
    counts = []
    for _ in range(2):
        for _ in range(3):
            messages.write(talk.engagement.id, "Hello.", by=talk.who, now=july)
            messages.write(talk.engagement.id, "Hello.", by=talk.by, now=july)
        found = []
        for browser, path in paths:
            browser.get(path)
            queries.statements.clear()
            assert browser.get(path).status_code == 200
            found.append(len(queries))
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 15, counts
