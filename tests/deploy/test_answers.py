"""Every answer of every page, looked at once: headers, cookies, names, no writing."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from engage.core.db import db
from tests import pages
from tests.filled import Filled, browser_of, undone
from tests.house import telling
from tests.pages import Spot

# What a look may write: that somebody looked, that they are there, how often they ask.
LOOKS = {"audit_entry", "audit_chain", "sign_in", "rate_count", "guess_count"}
WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
FILE_NAME = re.compile(r'attachment; filename="?[a-z0-9-]{1,40}\.[a-z]{2,6}"?')
VERSIONS = re.compile(
    r"(?i)\b(flask|werkzeug|jinja|gunicorn|python|sqlalchemy|psycopg|engage|uswds)"
    r"/\d|\bv\d+\.\d+\.\d+\b"
)
KINDS = {
    "text/html; charset=utf-8",
    "text/csv; charset=utf-8",
    "text/calendar; charset=utf-8",
    "text/x-python; charset=utf-8",
    "application/x-ndjson",
    "application/json",
    "application/pdf",
}


class Seen(NamedTuple):
    spot: Spot
    answer: TestResponse
    token: str
    wrote: set[str]


class Listener:
    """Which tables are written to; a look and what goes with it left out."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, *seen: Any) -> None:
        self.tables |= set(WRITES.findall(seen[2])) - LOOKS


@pytest.fixture(scope="module")
def seen(filled: Filled) -> list[Seen]:
    """Every address that a GET opens, once by each role that may open it."""
    app = filled("small")
    with app.app_context():
        spots = {
            (each.endpoint, each.role): each
            for each in pages.spots(app, pages_only=False)
        }
    return [_look(app, spot) for spot in spots.values()]


def _look(app: Flask, spot: Spot) -> Seen:
    listener = Listener()
    with undone(app):
        browser = browser_of(app, spot.person_id)
        token = str(browser.session_now().get("_user_id", ""))
        connection = db.engines[None]
        sa.event.listen(connection, "before_cursor_execute", listener)
        answer = browser.get(spot.path)
        answer.get_data()
        sa.event.remove(connection, "before_cursor_execute", listener)
    return Seen(spot, answer, token, listener.tables)


def named(seen: list[Seen], wrong: Any) -> list[str]:
    """Names of the pages for which something is wrong."""
    return [f"{each.spot.name}: {wrong(each)}" for each in seen if wrong(each)]


def test_enough_was_looked_at(seen: list[Seen]) -> None:
    assert len({each.spot.endpoint for each in seen}) > 100
    answers = {each.answer.status_code for each in seen}
    assert answers <= {200, 302, 303}


def test_a_look_writes_nothing_but_that_it_was_one(seen: list[Seen]) -> None:
    # Leaving and signing out by address ends a sign-in: that is what it is for.
    assert named(seen, lambda each: each.wrote) == []


def test_every_answer_says_what_it_is_and_in_which_signs(seen: list[Seen]) -> None:
    assert named(seen, lambda each: _kind(each.answer)) == []


def _kind(answer: TestResponse) -> str:
    said = answer.headers.get("Content-Type", "")
    return "" if said in KINDS or not answer.data else said or "nothing"


def test_every_answer_is_as_long_as_it_says(seen: list[Seen]) -> None:
    def wrong(each: Seen) -> str:
        said = each.answer.headers.get("Content-Length", "")
        return "" if said == str(len(each.answer.data)) else f"says {said}"

    assert named(seen, wrong) == []


def test_what_is_no_page_is_a_file_with_a_name_of_ours(seen: list[Seen]) -> None:
    files = [each for each in seen if each.answer.mimetype not in {"text/html"}]
    # A calendar that is fetched again and again by itself has no name.
    files = [each for each in files if each.spot.endpoint != "days.fetch"]
    files = [each for each in files if each.answer.mimetype != "application/json"]
    assert len(files) >= 10

    def wrong(each: Seen) -> str:
        said = each.answer.headers.get("Content-Disposition", "")
        return "" if FILE_NAME.fullmatch(said) and not telling(said) else said or "none"

    assert named(files, wrong) == []


def test_a_file_name_that_tells_is_caught() -> None:
    assert not FILE_NAME.fullmatch('attachment; filename="../x.csv"')
    assert not FILE_NAME.fullmatch('attachment; filename="a\r\nb.csv"')
    assert telling('attachment; filename="survivors.csv"')


def test_nothing_is_open_to_pages_of_others(seen: list[Seen]) -> None:
    def wrong(each: Seen) -> list[str]:
        return [name for name, _ in each.answer.headers if name.startswith("Access-C")]

    assert named(seen, wrong) == []


def test_nothing_is_kept_by_browsers_or_between(seen: list[Seen]) -> None:
    kept = [each for each in seen if each.answer.headers["Cache-Control"] != "no-store"]
    assert [each.spot.name for each in kept] == []


def test_no_version_of_anything_is_told(seen: list[Seen]) -> None:
    def wrong(each: Seen) -> str:
        text = f"{each.answer.headers}\n{each.answer.data.decode('utf-8', 'replace')}"
        text = "" if each.answer.mimetype == "application/pdf" else text
        found = VERSIONS.search(text)
        return found[0] if found else ""

    assert named(seen, wrong) == []
    assert VERSIONS.search("Server: Werkzeug/3.1.9")


def test_each_cookie_is_closed_and_short(seen: list[Seen]) -> None:
    def wrong(each: Seen) -> list[str]:
        return [
            cookie
            for cookie in each.answer.headers.getlist("Set-Cookie")
            if len(cookie.partition(";")[0]) > 4096
            or "HttpOnly" not in cookie
            or "SameSite=Strict" not in cookie
            or "Domain" in cookie
        ]

    assert named(seen, wrong) == []


def test_the_token_of_the_sign_in_stands_in_no_page(seen: list[Seen]) -> None:
    signed_in = [each for each in seen if each.token]
    assert len(signed_in) > 100
    assert named(signed_in, lambda each: each.token.encode() in each.answer.data) == []


def test_signing_out_is_on_every_page(seen: list[Seen]) -> None:
    own = [each for each in seen if each.token and each.answer.status_code == 200]
    own = [each for each in own if each.answer.mimetype == "text/html"]
    assert named(own, lambda each: 'action="/out"' not in each.answer.text) == []


@pytest.fixture
def app(filled: Filled) -> Iterator[Flask]:
    app = filled("small")
    with undone(app):
        yield app


TAILS = ("/a.css", ".css", ";a.css", "%2fa.css", "/..%2fa.js", "%00.png", "%3fa.css")


def test_a_page_with_a_tail_is_another_address(app: Flask, seen: list[Seen]) -> None:
    """A cache between would take it for a file, and keep what one person reads."""
    paths = {each.spot.path: each.spot for each in seen if each.spot.person_id}
    wrong = {}
    for number, (path, spot) in enumerate(sorted(paths.items())):
        address = path.rstrip("/") + TAILS[number % len(TAILS)]
        answer = browser_of(app, spot.person_id).get(address)
        if answer.status_code != 404 or answer.cache_control.no_store is not True:
            wrong[address] = answer.status_code
    assert wrong == {}
