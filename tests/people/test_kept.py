"""Text typed when the sign-in had ended: back on the form, for its writer alone."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db, new_uid
from engage.people import jobs
from engage.people.models import KeptText, Person
from tests import make
from tests.clients import Browser
from tests.conftest import new_browser
from tests.people import accounts
from tests.people.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
HOUR = timedelta(hours=1)


@pytest.fixture
def person(app: Flask) -> Person:
    return accounts.consultant()


@pytest.fixture
def page(person: Person) -> str:
    place = make.organization("Harbor County")
    return f"/account/names/{place.uid}"


def type_late(browser: Browser, page: str, now: datetime, **more: Any) -> str:
    """Send a form an hour after the last press; the address one is sent to."""
    with time_machine.travel(now + HOUR, tick=False):
        answer = browser.post(page, data={"name": "Lantern 777", "is_open": "y"} | more)
    assert answer.status_code == 303
    return str(answer.location)


def sign_in_late(browser: Browser, address: str, name: str, now: datetime) -> str:
    with time_machine.travel(now + HOUR, tick=False):
        assert browser.get(address).status_code == 200
        answer = browser.post(address, data={"name": name, "password": PASSWORD})
    assert answer.status_code == 303
    return str(answer.location)


def shown(browser: Browser, address: str, now: datetime) -> str:
    with time_machine.travel(now + HOUR, tick=False):
        return str(browser.get(address).text)


def kept_rows() -> list[KeptText]:
    return list(db.session.scalars(sa.select(KeptText)))


def test_typed_text_is_back_on_its_form_after_signing_in_again(
    person: Person, page: str, sign_in: SignInAs, july: datetime
) -> None:
    browser = sign_in(person)
    ask = type_late(browser, page + "?line=3", july)
    assert urlsplit(ask).path == "/in"

    back = sign_in_late(browser, ask, "paper-boat-lamp", july)

    assert back.startswith(f"{page}?line=3&kept=")
    found = shown(browser, back, july)
    assert 'value="Lantern 777"' in found
    assert re.search('<input [^>]*checked [^>]*id="is_open"', found)


def test_sent_from_there_it_is_used_and_forgotten(
    person: Person, page: str, sign_in: SignInAs, july: datetime
) -> None:
    browser = sign_in(person)
    back = sign_in_late(
        browser, type_late(browser, page, july), "paper-boat-lamp", july
    )
    with time_machine.travel(july + HOUR, tick=False):
        answer = browser.post(back, data={"name": "Lantern 888"})

    assert answer.location == "/account/names"
    assert kept_rows() == []
    assert 'value="Lantern 888"' in shown(browser, page, july)


def test_somebody_else_never_reads_it(
    person: Person, page: str, sign_in: SignInAs, july: datetime
) -> None:
    accounts.consultant("other-boat-lamp")
    browser = sign_in(person)
    ask = type_late(browser, page, july)

    back = sign_in_late(browser, ask, "other-boat-lamp", july)

    assert "Lantern 777" not in shown(browser, back, july)
    assert len(kept_rows()) == 1


def test_with_the_cookie_lost_the_same_browser_gets_it_back(
    person: Person, page: str, sign_in: SignInAs, july: datetime
) -> None:
    browser = sign_in(person)
    token = browser.csrf_token()
    browser.delete_cookie("id")
    answer = browser.post(
        page, data={"name": "Lantern 777", "csrf_token": token, "once": new_uid()}
    )
    assert answer.status_code == 303

    back = browser.post(
        answer.location, data={"name": "paper-boat-lamp", "password": PASSWORD}
    ).location

    assert 'value="Lantern 777"' in browser.get(back).text


def test_with_the_cookie_lost_another_browser_gets_nothing(
    app: Flask, person: Person, page: str, sign_in: SignInAs
) -> None:
    browser = sign_in(person)
    token = browser.csrf_token()
    browser.delete_cookie("id")
    ask = browser.post(page, data={"name": "Lantern 777", "csrf_token": token}).location
    back = parse_qs(urlsplit(ask).query)["next"][0]

    elsewhere = sign_in(person, new_browser(app))

    assert "Lantern 777" not in elsewhere.get(back).text


def test_a_form_that_we_did_not_make_is_not_kept(client: Browser, page: str) -> None:
    answer = client.post(page, data={"name": "Lantern 777", "csrf_token": "forged"})
    assert answer.location == f"/in?next={page}"
    assert kept_rows() == []


def test_passwords_and_codes_are_not_kept(
    person: Person, sign_in: SignInAs, july: datetime
) -> None:
    browser = sign_in(person)
    secrets = {"present": "my old words", "password": "my new words", "email": "a@b.cd"}
    ask = type_late(browser, "/account/mail", july, **secrets)

    back = sign_in_late(browser, ask, "paper-boat-lamp", july)

    found = shown(browser, back, july)
    assert "a@b.cd" in found
    assert "my old words" not in found
    assert "my new words" not in found


def test_it_lies_sealed_and_goes_after_a_day(
    person: Person, page: str, sign_in: SignInAs, july: datetime
) -> None:
    type_late(sign_in(person), page, july)
    assert b"Walnut" not in kept_rows()[0].fields_sealed

    jobs.tidy(july + HOUR + timedelta(hours=23))
    assert len(kept_rows()) == 1
    jobs.tidy(july + HOUR + timedelta(hours=24))
    assert kept_rows() == []
