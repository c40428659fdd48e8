"""The pages of setting up: their owner alone, with a form token, and no detail."""

from typing import Any

import pytest
from flask import Flask

from engage.core.db import db
from engage.ledger.models import Payee
from engage.payouts import account_views
from engage.people.models import Person
from tests import make
from tests.clients import Browser
from tests.conftest import new_browser
from tests.fakes.stripe import control
from tests.payouts import setting_up

WAYS = ("", "/on", "/look", "/stop")


@pytest.fixture
def who(app: Flask) -> Person:
    return make.consultant()


@pytest.fixture
def payee(who: Person) -> Payee:
    return setting_up.payee_of(make.payer(), who)


@pytest.fixture
def browser(sign_in, who: Person) -> Browser:
    return sign_in(who)


def at(payee: Payee, way: str = "") -> str:
    return f"/record/how/{payee.uid}/setup{way}"


def text(answer: Any) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def test_reading_makes_nothing_and_the_press_makes_a_row(there, browser, payee) -> None:
    assert "Who will see what" in text(browser.get(at(payee)))
    assert there.store.requests == []
    sent = browser.post(at(payee), data={"bank_text": "transfer"})

    assert sent.status_code == 303
    assert there.store.requests == []
    assert "Not set up yet" in text(browser.get(at(payee)))


@pytest.mark.parametrize("bank_text", ["", "PAY", "SURVIVOR", "x" * 11, "<b>bad</b>"])
def test_a_text_that_would_not_do_is_refused(there, browser, payee, bank_text) -> None:
    assert browser.post(at(payee), data={"bank_text": bank_text}).status_code == 422
    assert "Not set up yet" not in text(browser.get(at(payee)))


def test_the_link_is_plain_and_kept_nowhere(there, browser, payee) -> None:
    browser.post(at(payee), data={"bank_text": "transfer"})
    one = text(browser.post(at(payee, "/on"), data={"email": "me@example.org"}))
    two = text(browser.post(at(payee, "/on"), data={"email": ""}))

    tokens = list(there.store.links)
    assert len(there.store.accounts) == 1
    assert len(tokens) == 2
    assert f'href="{there.url}/_onboarding/{tokens[0]}" rel="noreferrer"' in one
    assert tokens[0] not in two


def test_an_address_that_is_none_goes_nowhere(there, browser, payee) -> None:
    browser.post(at(payee), data={"bank_text": "transfer"})

    assert browser.post(at(payee, "/on"), data={"email": "nowhere"}).status_code == 422
    assert there.store.accounts == {}


def test_while_stripe_does_not_answer_nothing_is_lost(there, browser, payee) -> None:
    browser.post(at(payee), data={"bank_text": "transfer"})
    control.fault(there, kind="503")
    said = text(browser.post(at(payee, "/on"), data={"email": ""}))
    assert "Nothing was lost: try again later." in said
    control.calm(there)

    assert browser.post(at(payee, "/on"), data={"email": ""}).status_code == 200
    assert len(there.store.accounts) == 1


def test_asking_how_far_it_is_says_that_it_was_asked(there, browser, payee) -> None:
    browser.post(at(payee), data={"bank_text": "transfer"})
    answer = browser.post(at(payee, "/look"), data={})

    assert "Asked." in text(browser.get(answer.location))


def test_f54_nobody_else_opens_or_sends_it(there, sign_in, payee, app) -> None:
    others = (
        make.consultant(),
        make.finance(make.payer()),
        make.coordinator(make.organization()),
    )
    for other in others:
        browser = sign_in(other)
        assert browser.get(at(payee)).status_code in {403, 404}
        for way in WAYS:
            sent = browser.post(at(payee, way), data={"bank_text": "transfer"})
            assert sent.status_code in {403, 404}
    stranger = new_browser(app)
    assert stranger.get(at(payee)).status_code in {302, 303}
    assert there.store.requests == []


def test_before_the_row_there_is_nowhere_to_go(there, browser, payee) -> None:
    for way in WAYS[1:]:
        assert browser.post(at(payee, way), data={}).status_code == 404


def test_without_stripe_there_is_no_such_page(browser, payee) -> None:
    assert browser.get(at(payee)).status_code == 404
    assert db.session.get_one(Payee, payee.id).rail == "stripe"


def test_f54_the_way_back_knows_nobody(app: Flask, browser: Browser) -> None:
    stranger, known = new_browser(app).get("/continue"), browser.get("/continue")
    for answer in (stranger, known):
        assert answer.status_code == 200
        assert "Stripe" not in text(answer)


def test_the_page_has_a_press_for_who_did_not_do_it(
    there, browser, payee, monkeypatch
) -> None:
    monkeypatch.setattr(account_views, "_wait", lambda: account_views.NEW_PLACE_WAITS)
    browser.post(at(payee), data={"bank_text": "transfer"})
    assert "The next payment can go there from" in text(browser.get(at(payee)))
    home = text(browser.get("/"))
    assert "Something in your account changes on" in home
    assert f"/record/how/{payee.uid}" in home

    answer = browser.post(at(payee, "/stop"), data={})

    assert "Nothing goes to that account" in text(browser.get(answer.location))
    assert "Something in your account changes" not in text(browser.get("/"))
    again = browser.post(at(payee, "/stop"), data={})
    assert (again.status_code, again.location) == (303, at(payee))
