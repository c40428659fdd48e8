"""What was refused or failed stands in the log of events, and nothing of anybody."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from engage.core import events
from tests import make
from tests.clients import Browser
from tests.pages import NOT_FOUND

SignIn = Callable[..., Browser]
NAMES = {"at", "event", "status", "page", "method", "who"}


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    caplog.set_level(logging.WARNING, "security")

    def lines() -> list[dict[str, Any]]:
        found = [each for each in caplog.records if each.name == "security"]
        return [json.loads(each.getMessage()) for each in found]

    return lines


def test_a_line_says_when_what_where_and_by_what_mark(
    app: Flask, sign_in: SignIn, said: Any, july: datetime
) -> None:
    sign_in(make.consultant()).get("/staff")
    (line,) = said()
    assert set(line) == NAMES
    assert line["at"] == "2026-07-15T16:00:00+00:00"
    assert (line["event"], line["status"]) == ("not for them", 404)
    assert line["page"] == "team.index"
    assert len(line["who"]) == 16


def test_ways_round_a_rule_are_noted(client: Browser, said: Any) -> None:
    client.post("/in", data={"csrf_token": "old"})
    client.post("/in", headers={"Sec-Fetch-Site": "cross-site"})
    client.open("/in", method="DELETE")
    client.open("/in", method="A\nB")
    client.post("/in", data={"name": "a" * 70_000})
    assert [each["status"] for each in said()] == [400, 403, 405, 405, 413]
    assert {each["event"] for each in said()} == {"refused"}
    assert [each["method"] for each in said()][2:4] == ["other", "other"]


def test_what_broke_is_noted(
    bare_app: Flask, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("words of a person")

    bare_app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setitem(bare_app.view_functions, "people.safety", fail)
    bare_app.test_client().get("/safety")
    (line,) = said()
    assert (line["event"], line["status"]) == ("failed", 500)
    assert "words" not in json.dumps(line)


def test_the_trace_has_neither_the_address_nor_what_the_error_says(
    bare_app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a database that names the values which were not unique."""
    word = "".join(("quo", "kka"))

    def fail(**_: str) -> None:
        try:
            raise ValueError(f"Key (name)=({word}) already exists.")
        except ValueError as error:
            raise ZeroDivisionError(word) from error

    bare_app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setitem(bare_app.view_functions, "days.fetch", fail)
    assert bare_app.test_client().get(f"/days/{word}.ics").status_code == 500
    said = [each.getMessage() for each in caplog.records if each.exc_info is None]
    assert len(said) == len(caplog.records)
    (trace,) = [each for each in said if "days.fetch failed" in each]
    for part in ("builtins.ZeroDivisionError", "builtins.ValueError", __file__):
        assert part in trace
    assert word not in "".join(said)


def test_a_mistyped_address_and_a_plain_page_are_not(
    client: Browser, said: Any
) -> None:
    client.get("/safety")
    client.get("/no/such/page")
    client.get("/in?next=/a")
    assert said() == []


def test_nothing_that_was_sent_gets_into_a_line(
    app: Flask, sign_in: SignIn, said: Any, caplog: pytest.LogCaptureFixture
) -> None:
    browser = sign_in(make.consultant())
    forged = '\n{"at": "x", "event": "quokka"}'
    headers = {"User-Agent": "quokka", "X-Forwarded-For": "quokka", "Referer": "quokka"}
    browser.get(f"/time/{NOT_FOUND}?quokka=quokka", headers=headers)
    browser.post("/staff", data={"quokka": forged, "name": forged}, headers=headers)
    browser.open("/time/quokka%0a%7b", headers=headers)
    assert len(said()) == 3
    for record in caplog.records:
        assert "quokka" not in record.getMessage()
        assert "\n" not in record.getMessage()
        assert str(browser.session_now()["_user_id"]) not in record.getMessage()


def test_a_mark_joins_one_day_and_no_two(
    app: Flask, sign_in: SignIn, said: Any, july: datetime
) -> None:
    browser, other = sign_in(make.consultant()), sign_in(make.consultant())
    for one in (browser, browser, other):
        one.get("/staff")
    with time_machine.travel(july + timedelta(hours=9), tick=False):
        sign_in(make.consultant(), browser).get("/staff")
    first, again, others, later = (each["who"] for each in said())
    assert first == again
    assert len({first, others, later}) == 3


def test_it_is_written_to_standard_error_alone(bare_app: Flask) -> None:
    (handler,) = events.log.handlers
    assert isinstance(handler, logging.StreamHandler)
    assert handler.formatter is not None
    assert handler.formatter._fmt == "%(message)s"
