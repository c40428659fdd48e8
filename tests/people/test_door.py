"""Signing in, out and away: what it says, what it leaves, what it keeps."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.exc import OperationalError

from engage.audit.models import AuditEntry
from engage.core import clock
from engage.core.db import db
from engage.core.errors import Refused
from engage.people import actions, passwords, queries
from engage.people.entering import Door, by_password
from engage.people.models import Person, SignIn
from engage.people.rules import PersonStatus
from tests import make
from tests.clients import Browser
from tests.people import accounts
from tests.people.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]


def enter(client: Browser, name: str, password: str = PASSWORD, **query: str) -> Any:
    return client.post(
        "/in", data={"name": name, "password": password}, query_string=query
    )


def test_the_right_name_and_password_open_the_first_page(client: Browser) -> None:
    accounts.consultant("Paper Boat")

    answer = enter(client, "  paper  BOAT ")

    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/account").status_code == 200


def test_unknown_closed_and_wrong_get_the_same_answer(client: Browser) -> None:
    accounts.consultant("paper-boat-lamp")
    accounts.consultant("closed-boat-lamp", status=PersonStatus.CLOSED)

    answers = [
        enter(client, "paper-boat-lamp", "not the right one"),
        enter(client, "closed-boat-lamp"),
        enter(client, "nobody-boat-lamp"),
    ]

    pages = {
        answer.text.replace("paper-", "x-")
        .replace("closed-", "x-")
        .replace("nobody-", "x-")
        for answer in answers
    }
    assert [answer.status_code for answer in answers] == [422] * 3
    plain = {without_tokens(page) for page in pages}
    assert len(plain) == 1
    assert "do not go together" in plain.pop()
    assert db.session.scalar(sa.select(sa.func.count(SignIn.id))) == 0


def without_tokens(page: str) -> str:
    lines = [line for line in page.splitlines() if "csrf_token" not in line]
    lines = [line.partition("data-options=")[0] for line in lines]
    return "\n".join(line.partition("nonce=")[0] for line in lines)


def test_the_password_is_never_sent_back(client: Browser) -> None:
    assert "my secret words here" not in enter(client, "x", "my secret words here").text


def test_signing_in_begins_a_new_session(client: Browser) -> None:
    accounts.consultant()
    client.remember(left_by="somebody else", csrf_token="0" * 40)

    enter(client, "paper-boat-lamp")

    now = client.session_now()
    assert "left_by" not in now
    assert now.get("csrf_token") != "0" * 40


def test_a_token_given_beforehand_opens_nothing(client: Browser) -> None:
    """Fixation: the token is made at sign-in, whatever the browser brought."""
    accounts.consultant()
    client.remember(_user_id="chosen-by-an-attacker")
    enter(client, "paper-boat-lamp")
    token = client.session_now()["_user_id"]

    assert token != "chosen-by-an-attacker"
    assert queries.sign_in_of("chosen-by-an-attacker") is None


@pytest.mark.parametrize(
    ("where", "goes"),
    [
        ("/account", "/account"),
        ("//evil.example/x", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ],
)
def test_next_leads_to_this_site_only(client: Browser, where: str, goes: str) -> None:
    accounts.consultant()
    assert enter(client, "paper-boat-lamp", next=where).location == goes


def test_a_signed_out_page_asks_to_sign_in_and_leads_back(client: Browser) -> None:
    answer = client.get("/account/names?lang=en")
    assert answer.status_code == 303
    assert answer.location == "/in?next=/account/names?lang%3Den"


def test_signing_out_ends_the_sign_in_on_the_server(sign_in: SignInAs) -> None:
    browser = sign_in(make.consultant())
    cookie = browser.session_now()

    answer = browser.post("/out")

    assert answer.location == "/in"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    browser.remember(**cookie)  # the stolen cookie
    assert browser.get("/account").status_code == 303


def test_idle_and_old_sign_ins_end(sign_in: SignInAs, july: datetime) -> None:
    browser = sign_in(make.consultant())
    with time_machine.travel(july + timedelta(minutes=14), tick=False):
        assert browser.get("/account").status_code == 200
    with time_machine.travel(july + timedelta(minutes=28), tick=False):
        assert browser.get("/account").status_code == 200
    with time_machine.travel(july + timedelta(minutes=43), tick=False):
        assert browser.get("/account").status_code == 303


def test_a_page_that_looks_again_by_itself_does_not_count_as_seen(
    sign_in: SignInAs, july: datetime
) -> None:
    browser = sign_in(make.consultant())
    with time_machine.travel(july + timedelta(minutes=10), tick=False):
        browser.get("/account", headers={"Engage-Refresh": "1"})
    with time_machine.travel(july + timedelta(minutes=16), tick=False):
        assert browser.get("/account").status_code == 303


def test_a_role_that_ended_is_gone_at_the_next_press(sign_in: SignInAs) -> None:
    place = make.organization()
    member = make.coordinator(place)
    browser = sign_in(member)
    assert browser.get("/codes").status_code == 200

    held = queries.membership(member.id, place.id, "coordinator")
    assert held is not None
    held.ended_on = clock.today(member.zone)
    make.save(held)

    assert browser.get("/codes").status_code == 404


def test_a_password_that_changed_meanwhile_does_not_let_in(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = accounts.consultant()

    def changed_meanwhile(password: str, kept: str | None) -> bool:
        person.password_hash = "another"
        make.save(person)
        return True

    monkeypatch.setattr(passwords, "is_right", changed_meanwhile)
    with pytest.raises(Refused):
        by_password("paper-boat-lamp", PASSWORD, "", door=Door("::1"), now=july)


def test_only_sign_ins_of_staff_are_written_down(client: Browser, app: Flask) -> None:
    member = accounts.coordinator(make.organization())
    accounts.consultant()
    enter(client, member.sign_in_name)
    client.post("/out")
    enter(client, "paper-boat-lamp")

    found = [
        (one.verb, one.subject) for one in db.session.scalars(sa.select(AuditEntry))
    ]
    assert found == [("sign_in.started", member.subject)]


class TestLeaving:
    def test_it_ends_the_sign_in_and_goes_somewhere_plain(
        self, sign_in: SignInAs
    ) -> None:
        browser = sign_in(make.consultant())
        cookie = browser.session_now()

        answer = browser.get("/leave")

        assert answer.status_code == 303
        assert answer.location == "https://www.weather.gov/"
        assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        browser.remember(**cookie)
        assert browser.get("/account").status_code == 303

    def test_it_works_signed_out(self, client: Browser) -> None:
        assert client.get("/leave").status_code == 303

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_another_site_cannot_press_it(self, sign_in: SignInAs, site: str) -> None:
        browser = sign_in(make.consultant())
        answer = browser.get("/leave", headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403
        assert browser.get("/account").status_code == 200

    def test_it_works_while_the_database_is_away(
        self, sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = sign_in(make.consultant())

        def away(*_: object, **__: object) -> None:
            raise OperationalError("gone", {}, Exception())

        monkeypatch.setattr(actions, "end_sign_in", away)
        answer = browser.get("/leave")

        assert (answer.status_code, answer.location) == (
            303,
            "https://www.weather.gov/",
        )
        assert "_user_id" not in browser.session_now()


def test_language_follows_the_press_then_the_account(sign_in: SignInAs) -> None:
    person: Person = make.consultant(language="es")
    browser = sign_in(person)
    assert 'lang="es"' in browser.get("/account").text.partition("<head>")[0]

    browser.get("/account?lang=en")

    assert 'lang="en"' in browser.get("/account").text.partition("<head>")[0]
    assert db.session.get_one(Person, person.id).language == "es"


def test_language_chosen_before_signing_in_stays(client: Browser) -> None:
    accounts.consultant("paper-boat-lamp")
    client.get("/in?lang=es")

    enter(client, "paper-boat-lamp")

    assert 'lang="es"' in client.get("/account").text.partition("<head>")[0]
