"""Known and unknown names, good and bad codes: same words, same code, same time."""

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import pytest
from flask import Flask

from engage.core.db import transaction
from engage.people import codes, factor_rules, named, papers, passwords
from engage.people.factor_rules import PaperKind
from engage.people.rules import PersonStatus
from tests import make
from tests.clients import Browser
from tests.conftest import Counter, new_browser
from tests.offers.test_alike_timing import ks
from tests.people import accounts

TRIES = 2000
LEAST = 0.001
KNOWN, UNKNOWN, BUSY = "paper-boat-lamp", "nobody-boat-lamp", "guarded-boat-lamp"
Send = Callable[[Browser], Any]


def enter(name: str) -> Send:
    sent = {"name": name, "password": "some wrong words", "code": ""}
    return lambda browser: browser.post("/in", data=sent)


def back_in(name: str) -> Send:
    sent = {"name": name, "code": "2345-6789-BCDF-GHJK"}
    return lambda browser: browser.post("/in/help", data=sent)


def begin(code: str) -> Send:
    return lambda browser: browser.post("/start", data={"code": code})


@pytest.fixture
def app(lasting_app: Flask) -> Flask:
    return lasting_app


@pytest.fixture
def slow_hash(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash as slow as it is, which is a part of what hides the rest."""
    monkeypatch.delitem(app.config, "ARGON2")


@pytest.fixture
def doors(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> dict[str, list[Send]]:
    """What a stranger may type at each door, where all of it is wrong."""
    monkeypatch.setattr(factor_rules, "silence", lambda tries: timedelta(0))
    accounts.consultant(KNOWN)
    busy = accounts.consultant(BUSY)
    for kind in PaperKind:
        papers.print_anew(kind, by=busy, now=july)
    place = make.organization()
    by = make.coordinator(place)
    used = codes.make_for_consultant(organization_id=place.id, by=by, now=july)
    codes.open_account(
        codes.code_hash(used),
        name="another boat lamp",
        password=accounts.PASSWORD,
        now=july,
        is_adult=True,
        language="en",
        zone=make.ZONE,
        week_start="6",
    )
    names = (KNOWN, UNKNOWN, BUSY)
    return {
        "sign-in": [enter(name) for name in names],
        "reset": [back_in(name) for name in names],
        "invitation": [begin(code) for code in (used, "2345-6789-BCDF-GHJK")],
    }


def plain(answer: Any) -> tuple[int, str]:
    """An answer without what is new on every page and what was typed."""
    words = re.sub(r'(value|nonce|data-options)="[^"]*"', "", answer.text)
    return answer.status_code, words


def test_every_no_is_the_same_page_after_the_same_statements(
    app: Flask, doors: dict[str, list[Send]], queries: Counter
) -> None:
    for door, sends in doors.items():
        found = set()
        for send in sends:
            browser = new_browser(app)
            send(browser)
            queries.statements.clear()
            answer = plain(send(browser))
            assert answer[0] == 422
            found.add((*answer, len(queries)))
        assert len(found) == 1, door


def test_a_name_that_nobody_has_is_a_row_like_others(app: Flask) -> None:
    person = accounts.consultant(KNOWN)

    known, unknown = named.by_name(KNOWN), named.by_name(UNKNOWN)

    assert known == named.by_uid(person.uid)
    assert known == (person.id, person.uid, person.password_hash, False, False)
    assert unknown == named.by_uid("nobody") == (0, "", None, False, False)
    with transaction():
        person.status = PersonStatus.CLOSED
    assert named.by_name(KNOWN) == unknown


def seconds(sends: list[Send], app: Flask, tries: int) -> list[list[float]]:
    browser, times = new_browser(app), [[] for _ in sends]  # type: Any, Any
    for number in range(tries + 20):
        for place in random.sample(range(len(sends)), len(sends)):
            began = perf_counter()
            sends[place](browser)
            if number >= 20:  # the first ones warm what is warmed once
                times[place].append(perf_counter() - began)
    return list(times)


@pytest.mark.prove
@pytest.mark.usefixtures("slow_hash")  # before the accounts are made
@pytest.mark.parametrize("door", ["sign-in", "reset", "invitation"])
def test_no_name_can_be_told_by_the_time_it_takes(
    app: Flask, doors: dict[str, list[Send]], door: str, record_property: Any
) -> None:
    first, *others = seconds(doors[door], app, TRIES)
    found = min(ks(first, other) for other in others)
    record_property("least p", f"{found:.4f}")
    assert found > LEAST / len(others)


@pytest.mark.prove
@pytest.mark.usefixtures("slow_hash")
def test_control_without_the_hash_for_unknown_names_time_tells(
    app: Flask, doors: dict[str, list[Send]], monkeypatch: pytest.MonkeyPatch
) -> None:

    real = passwords.is_right
    monkeypatch.setattr(
        passwords, "is_right", lambda typed, kept: bool(kept) and real(typed, kept)
    )
    first, other, _ = seconds(doors["sign-in"], app, 200)
    assert ks(first, other) < LEAST
