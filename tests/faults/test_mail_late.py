"""Mail whose server is down, slow, refusing or forgetful: sent once at most."""

import random
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Thread

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import mailer
from engage.core.db import db, transaction
from engage.notices import actions as notices
from engage.notices import rules
from engage.notices.models import Notice
from engage.notices.rules import MailState
from engage.people import contact, jobs
from engage.people.models import Person
from engage.people.rules import PersonStatus, SafeContact
from tests import make
from tests.conftest import JULY
from tests.fakes.mail import FINE, HANG_UP, Post, mail_server
from tests.house import ROOT

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MODES: tuple[dict[str, str], ...] = (
    {},
    {"greet": HANG_UP},
    {"greet": "421 busy"},
    {"rcpt": "451 later"},
    {"rcpt": HANG_UP},
    {"data": "451 later"},
    {"end": "452 full"},
    {"end": HANG_UP},  # it has the letter, and its answer is lost
)
SURELY_NOT = [mode for mode in MODES if mode and mode.get("end") != HANG_UP]


@pytest.fixture
def post(fresh_app: Flask) -> Iterator[Post]:
    """A real server on this machine, which the application sends to."""
    with mail_server() as post:
        lead_to(fresh_app, post.port)
        yield post


def lead_to(app: Flask, port: int) -> None:
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"],
        mail_server=f"127.0.0.1:{port}",
        mail_sender="Engage <no-reply@engage.example.org>",
    )


def reachable() -> Person:
    person = make.consultant()
    person.email, person.contact = f"{person.uid}@example.org", SafeContact.EMAIL
    return make.save(person)


def tell(number: int, now: datetime) -> None:
    for _ in range(number):
        person = reachable()
        with transaction():
            notices.queue(person.id, "offer", now=now)


def deliver(app: Flask, now: datetime) -> None:
    with app.app_context(), time_machine.travel(now, tick=False):
        jobs.deliver_notices(now)
        db.session.remove()


def kept(post: Post) -> list[str]:
    """Addresses of the letters that the server has taken for good, or may have."""
    return [to for to, _ in post.letters]


def states(app: Flask) -> set[MailState]:
    with app.app_context():
        return set(db.session.scalars(sa.select(Notice.mail)))


# F25


def test_s25_a_server_that_fails_in_every_way_gets_each_letter_once_at_most(
    fresh_app: Flask, post: Post
) -> None:
    dice, now, taken = random.Random(25), JULY, []
    with fresh_app.app_context():
        tell(6, now)
    for turn in range(40):
        mode = dice.choice(MODES[1:]) if turn < 30 else {}
        post.answers = {**FINE, **mode}
        deliver(fresh_app, now)
        if mode not in SURELY_NOT:
            taken += kept(post)
        post.letters.clear()
        now += 5 * MINUTE
    assert len(taken) == len(set(taken)) == 6
    assert states(fresh_app) == {MailState.SENT}


def test_s25_the_control_that_tries_again_after_a_lost_answer_sends_twice(
    fresh_app: Flask, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_doubt(*_: object) -> None:
        raise mailer.NotSent

    hand_over = mailer._hand_over
    monkeypatch.setattr(
        mailer, "_hand_over", lambda *given: in_doubt(hand_over(*given))
    )
    with fresh_app.app_context():
        tell(1, JULY)
    for turn in range(2):
        deliver(fresh_app, JULY + turn * 6 * MINUTE)
    assert len(kept(post)) == 2


def test_s25_it_is_tried_every_five_minutes_and_nothing_goes_out_past_three_days(
    fresh_app: Flask, post: Post
) -> None:
    assert rules.NEXT_TRY == 5 * MINUTE
    assert rules.UNSENT == 72 * HOUR
    tries: list[datetime] = []
    post.answers = {**FINE, "greet": "421 busy"}
    with fresh_app.app_context():
        tell(1, JULY)
    for minute in [*range(0, 31), 71 * 60, 72 * 60 - 1]:
        deliver(fresh_app, JULY + minute * MINUTE)
        with fresh_app.app_context():
            tries.append(db.session.scalars(sa.select(Notice.tries)).one())
    assert tries[30] == 7
    post.answers = dict(FINE)
    deliver(fresh_app, JULY + 72 * HOUR)
    assert kept(post) == []
    assert states(fresh_app) == {MailState.DROPPED}


def test_s25_no_page_waits_for_a_server_that_is_slow(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        lead_to(fresh_app, silent.getsockname()[1])
        with fresh_app.app_context():
            began = time.monotonic()
            tell(1, JULY)  # what a form does
            assert time.monotonic() - began < 0.9
        began = time.monotonic()
        deliver(fresh_app, JULY)
        assert 0.9 < time.monotonic() - began < 10
    assert states(fresh_app) == {MailState.WAITING}


def test_s25_no_request_calls_the_mail_server() -> None:
    """Only the worker's own job does, so that nobody's page can wait for it."""
    callers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "engage").rglob("*.py")
        if "mailer.send(" in path.read_text()
    ]
    assert "engage/people/jobs.py" in callers
    assert all(path.endswith("/jobs.py") for path in callers)


# F26


def at_once(app: Flask, act: Callable[[Person], object]) -> None:
    """In another thread, as another press: done before this goes on."""

    def run() -> None:
        with app.app_context():
            act(db.session.scalars(sa.select(Person)).one())

    thread = Thread(target=run)
    thread.start()
    thread.join(30)


def stop_contact(person: Person) -> None:
    contact.stop(person.id, by=person, now=JULY)


def close(person: Person) -> None:
    with transaction():
        person.status = PersonStatus.CLOSED


@pytest.mark.parametrize("act", [stop_contact, close])
def test_s26_what_changes_after_the_mail_was_claimed_still_stops_it(
    fresh_app: Flask,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[Person], object],
) -> None:
    take = notices.take

    def taken(*given: int, **more: datetime) -> list[int]:
        ids = take(*given, **more)  # type: ignore[arg-type]
        at_once(fresh_app, act)
        return ids

    monkeypatch.setattr(notices, "take", taken)
    with fresh_app.app_context():
        tell(1, JULY)
    deliver(fresh_app, JULY)
    deliver(fresh_app, JULY + HOUR)
    assert kept(post) == []
    assert states(fresh_app) == {MailState.NONE}


def test_s26_the_control_that_looks_up_the_address_first_writes_to_them(
    fresh_app: Flask, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_app.app_context():
        tell(1, JULY)
        person_id = db.session.scalars(sa.select(Person.id)).one()
        known = contact.letterbox(person_id, JULY)
    at_once(fresh_app, stop_contact)
    monkeypatch.setattr(contact, "letterbox", lambda *_: known)
    deliver(fresh_app, JULY)
    assert len(kept(post)) == 1
