"""Error pages and the frame around every page."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from engage.core.db import db
from engage.people import queries
from tests import make
from tests.clients import Browser
from tests.conftest import new_browser

SignInAs = Callable[..., Browser]


def heading(page: str) -> str:
    return page.partition("<h1>")[2].partition("</h1>")[0]


@pytest.fixture
def broken(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application as it runs outside of tests: what breaks becomes a page."""
    monkeypatch.setitem(fresh_app.config, "TESTING", False)
    monkeypatch.setitem(fresh_app.config, "PROPAGATE_EXCEPTIONS", False)
    return fresh_app


def test_a_missing_page_looks_like_a_foreign_one(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in(make.consultant())
    missing, foreign = browser.get("/no/such/page"), browser.get("/staff")
    assert missing.status_code == foreign.status_code == 404
    assert heading(missing.text) == heading(foreign.text) == "Nothing is here"


def test_what_nobody_foresaw_is_a_plain_page_without_a_trace(
    broken: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret words of a person")

    monkeypatch.setitem(broken.view_functions, "people.safety", fail)
    answer = new_browser(broken).get("/safety")

    assert answer.status_code == 500
    assert heading(answer.text) == "Something went wrong on our side"
    assert "secret words" not in answer.text
    assert "Traceback" not in answer.text
    assert "Leave this page" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_database_that_is_away_is_a_plain_page_and_asks_it_nothing_more(
    broken: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def away(token: str) -> Any:
        asked.append(token)
        raise OperationalError("gone", {}, Exception())

    monkeypatch.setattr(queries, "sign_in_of", away)
    browser = new_browser(broken)
    browser.remember(_user_id="x", language="es")
    answer = browser.get("/account")

    assert answer.status_code == 503
    assert '<html lang="es">' in answer.text
    assert "Leave this page" in answer.text or "Salir" in answer.text
    assert asked == ["x"]


def test_a_failed_statement_leaves_no_broken_transaction(
    broken: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        db.session.execute(db.text("SELECT no_such_column FROM person"))

    monkeypatch.setitem(broken.view_functions, "people.safety", fail)
    browser = new_browser(broken)
    assert browser.get("/safety").status_code in {500, 503}
    assert browser.get("/in").status_code == 200


@pytest.mark.parametrize(
    "query", ["_scheme=http", "_external=1", "endpoint=x", "_anchor=%0d%0aX", "lang=xx"]
)
def test_words_of_our_own_in_an_address_do_nothing(client: Browser, query: str) -> None:
    answer = client.get(f"/safety?{query}")
    assert answer.status_code == 200
    assert "lang=es" in answer.text


def test_a_form_open_for_too_long_says_so(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in(make.consultant())
    answer = browser.post("/account", data={"csrf_token": "old"})
    assert answer.status_code == 400
    assert "open for a long time" in answer.text


def test_public_forms_without_a_cookie_do_not_ask_to_sign_in(client: Browser) -> None:
    for path in ("/in", "/start", "/out"):
        answer = client.post(path, data={"csrf_token": "old"})
        assert answer.status_code == 400, path


def test_methods_and_hosts_that_are_not_ours(client: Browser) -> None:
    assert client.post("/safety").status_code == 405
    assert client.get("/safety", base_url="http://evil.example").status_code == 400
