"""Asked again who is here: after five minutes, with what was sent still there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db
from engage.people.models import KeptText, Person, SignIn
from tests import forms, make
from tests.clients import Browser
from tests.people import accounts
from tests.people.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
MAIL = "/account/mail"
SAFE = {"contact": "email", "email": "a@example.org"}


@pytest.fixture
def later(july: datetime) -> Any:
    """The clock six minutes after signing in: still signed in, not proved lately."""
    with time_machine.travel(july + timedelta(minutes=6), tick=False):
        yield


@pytest.fixture
def browser(app: Flask, sign_in: SignInAs, later: None, july: datetime) -> Browser:
    with time_machine.travel(july, tick=False):
        return sign_in(accounts.consultant())


def saved_mail() -> str | None:
    return db.session.scalars(sa.select(Person)).one().email


def test_a_page_asks_and_leads_back(browser: Browser) -> None:
    asked = browser.get(MAIL + "?lang=en")
    assert (asked.status_code, asked.location) == (
        303,
        "/again?next=/account/mail?lang%3Den",
    )
    assert "Is it you?" in browser.get(asked.location).text

    answer = browser.post(asked.location, data={"again_password": PASSWORD})

    assert (answer.status_code, answer.location) == (303, "/account/mail?lang=en")
    assert browser.get(MAIL).status_code == 200


def test_what_was_sent_goes_on_once_it_is_proved(browser: Browser) -> None:
    asked = browser.post(MAIL, data=SAFE)
    assert asked.status_code == 403
    form = forms.read(asked.text, MAIL)[1]
    carried = {name: each.value for name, each in form.fields.items()}
    assert {name: carried.get(name) for name in SAFE} == SAFE
    assert saved_mail() is None

    answer = browser.post(
        form.action, data={**carried, "again_password": PASSWORD, **tokens(browser)}
    )

    assert (answer.status_code, answer.location) == (303, "/account")
    assert saved_mail() == "a@example.org"


def tokens(browser: Browser) -> dict[str, str]:
    return {"csrf_token": browser.csrf_token()}


def test_nothing_that_was_sent_is_stored_meanwhile(browser: Browser) -> None:
    browser.post(MAIL, data={**SAFE, "answer": "no"})
    assert db.session.scalars(sa.select(KeptText)).all() == []


def test_secrets_are_not_carried_on(browser: Browser) -> None:
    sent = {"present": "my old words here", "password": "my new words here"}
    asked = browser.post("/account/password", data=sent)
    assert "my old words" not in asked.text
    assert "my new words" not in asked.text


def test_a_wrong_password_changes_nothing(browser: Browser) -> None:
    answer = browser.post(MAIL, data={**SAFE, "again_password": "not mine at all"})
    assert answer.status_code == 422
    assert "not the password you use now" in answer.text
    assert saved_mail() is None


def test_a_proof_is_a_new_token_and_the_old_one_ends(browser: Browser) -> None:
    before = browser.session_now()
    browser.post("/again?next=/account", data={"again_password": PASSWORD})
    after = browser.session_now()

    assert after["_user_id"] != before["_user_id"]
    assert browser.get("/account").status_code == 200
    browser.remember(**before)
    assert browser.get("/account").status_code == 303
    assert db.session.scalar(sa.select(sa.func.count(SignIn.id))) == 1


def test_a_proof_does_not_make_a_sign_in_last_longer(
    browser: Browser, july: datetime
) -> None:
    browser.post("/again?next=/account", data={"again_password": PASSWORD})
    db.session.expire_all()
    assert db.session.scalars(sa.select(SignIn)).one().started_at == july


def test_there_is_no_press_where_there_is_no_demo_door(browser: Browser) -> None:
    assert "again_demo" not in browser.get("/again").text
    assert browser.post("/again", data={"again_demo": "1"}).status_code == 422
    assert browser.get(MAIL).status_code == 303


def test_every_fresh_view_asks(app: Flask, sign_in: SignInAs, july: datetime) -> None:
    """The views that ask, by address; each method asks before anything else."""
    place = make.payer()
    people = [make.consultant(), make.finance(place), make.coordinator(place)]
    people.append(make.administrator())
    browsers = [sign_in(each) for each in people]
    with time_machine.travel(july + timedelta(minutes=6), tick=False):
        for rule in fresh_rules(app):
            path = rule.rule.replace("<uid>", "none")
            asked = [
                answer.status_code
                for browser in browsers
                for answer in (browser.get(path), browser.post(path, data={"x": "1"}))
            ]
            assert 303 in asked or 403 in asked, rule.rule
            assert not {200, 500} & set(asked), rule.rule


def fresh_rules(app: Flask) -> list[Any]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "is_fresh", False)
    ]


def test_these_views_ask(app: Flask) -> None:
    assert {rule.endpoint for rule in fresh_rules(app)} >= {
        "own.mail",
        "own.password",
        "ledger.rail",
        "payment_setup.show",
        "payment_setup.go_on",
        "payment_setup.stop",
        "asking.give",
        "payouts.release",
    }
