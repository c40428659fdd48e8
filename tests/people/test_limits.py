"""Guessing is slowed by address and by name, and a sentence says so."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.core.limits import RateCount, limiter
from engage.people import jobs
from engage.people.factor_models import GuessCount
from tests.clients import Browser
from tests.conftest import new_browser
from tests.people import accounts
from tests.people.accounts import PASSWORD


@pytest.fixture
def app(fresh_app: Flask) -> Iterator[Flask]:
    with fresh_app.app_context():
        accounts.consultant()
        db.session.remove()
    limiter.enabled = True
    yield fresh_app
    limiter.enabled = False


def guess(app: Flask, name: str, address: str, typed: str = "wrong words") -> int:
    browser: Browser = new_browser(app)
    answer = browser.post(
        "/in",
        data={"name": name, "password": typed},
        environ_base={"REMOTE_ADDR": address},
    )
    return int(answer.status_code)


@pytest.mark.usefixtures("july")
def test_an_address_is_slowed_whatever_names_it_tries(app: Flask) -> None:
    tried = [guess(app, f"boat-{n}-lamp", "203.0.113.7") for n in range(30)]
    assert tried == [422] * 30
    assert guess(app, "paper-boat-lamp", "203.0.113.7", PASSWORD) == 422
    assert guess(app, "paper-boat-lamp", "203.0.113.8", PASSWORD) == 303


@pytest.mark.usefixtures("july")
def test_the_sentence_is_plain_and_the_page_still_opens(app: Flask) -> None:
    browser = new_browser(app)
    for _ in range(6):
        answer = browser.post("/in", data={"name": "same-name", "password": "x"})
    assert "many wrong tries with this name" in answer.text
    assert browser.get("/in").status_code == 200


def test_codes_are_slowed_by_address(app: Flask) -> None:
    browser = new_browser(app)
    codes = [
        browser.post("/start", data={"code": f"2222-2222-2222-22{n}"}).status_code
        for n in range(10, 31)
    ]
    assert codes == [422] * 20 + [429]


def test_counts_are_forgotten_when_their_window_ends(app: Flask) -> None:
    guess(app, "paper-boat-lamp", "203.0.113.5")
    with app.app_context():
        tables = (RateCount, GuessCount)
        assert [count(each) for each in tables] == [1, 2]
        jobs.tidy(clock.now() + timedelta(minutes=6))
        assert [count(each) for each in tables] == [0, 2]
        jobs.tidy(clock.now() + timedelta(hours=25))
        assert [count(each) for each in tables] == [0, 0]
        db.session.remove()


def count(model: type) -> int:
    counted = sa.select(sa.func.count()).select_from(model)
    return db.session.scalars(counted).one()
