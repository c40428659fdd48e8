"""How long a sign-in lasts, how it is kept on, and what its list says."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db
from engage.people.factor_models import OwnDevice
from engage.people.factor_rules import Device, device_of
from engage.people.models import KeptText, SignIn
from tests import make
from tests.clients import Browser
from tests.conftest import new_browser
from tests.people import accounts
from tests.people.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
MINUTE = timedelta(minutes=1)
PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit Mobile Safari"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140"


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def enter(app: Flask, agent: str = DESK, **more: str) -> Browser:
    browser = new_browser(app)
    sent = {"name": "paper-boat-lamp", "password": PASSWORD, **more}
    answer = browser.post("/in", data=sent, headers={"User-Agent": agent})
    assert answer.location == "/"
    return browser


def test_a_shared_device_ends_after_five_minutes(app: Flask, july: datetime) -> None:
    accounts.consultant()
    own, shared = enter(app), enter(app, is_shared="y")
    with at(july + 4 * MINUTE):
        assert shared.get("/account").status_code == 200
    with at(july + 9 * MINUTE):
        assert shared.get("/account").status_code == 303
        assert own.get("/account").status_code == 200


def test_a_page_knows_how_long_it_lasts_and_asking_is_no_press(
    sign_in: SignInAs, july: datetime
) -> None:
    browser = sign_in(make.consultant())
    with at(july + 10 * MINUTE):
        asked = browser.get("/account/left", headers={"Engage-Refresh": "1"})
        assert asked.json == {"left": 300}
    with at(july + 16 * MINUTE):
        assert browser.get("/account/left").status_code == 303


def test_a_press_keeps_it_on_but_never_past_the_longest(
    sign_in: SignInAs, july: datetime
) -> None:
    browser = sign_in(make.coordinator(make.organization()))
    now = july
    while now < july + timedelta(hours=7, minutes=50):
        now += 10 * MINUTE
        with at(now):
            assert browser.post("/account/stay").json["left"] <= 900
    with at(now + MINUTE):
        assert browser.post("/account/stay").json == {"left": 540}
    with at(july + timedelta(hours=8)):
        assert browser.get("/account").status_code == 303


def test_text_still_on_a_page_is_kept_at_the_end(
    app: Flask, sign_in: SignInAs, july: datetime
) -> None:
    person, place = accounts.consultant(), make.organization()
    browser, page = sign_in(person), f"/account/names/{place.uid}"
    typed = {"name": "Lantern 777", "password": "secret words"}
    uid = browser.post(f"/account/kept?page={page}", data=typed).json["kept"]

    found = browser.get(f"{page}?kept={uid}").text

    assert 'value="Lantern 777"' in found
    other = sign_in(make.consultant())
    assert "Lantern 777" not in other.get(f"{page}?kept={uid}").text


@pytest.mark.parametrize(
    ("page", "more"), [("//evil.example", {}), ("/plans", {"answer": "no"})]
)
def test_an_answer_or_a_strange_page_is_not_kept(
    sign_in: SignInAs, page: str, more: dict[str, str]
) -> None:
    browser = sign_in(make.consultant())
    answer = browser.post(f"/account/kept?page={page}", data={"name": "x", **more})
    assert answer.json == {"kept": ""}
    assert db.session.scalars(sa.select(KeptText)).all() == []


@pytest.mark.parametrize(
    ("said", "device"),
    [
        (PHONE, Device.PHONE),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0)", Device.PHONE),
        ("Mozilla/5.0 (iPad; CPU OS 19_0)", Device.TABLET),
        ("Mozilla/5.0 (Linux; Android 15; SM-X900) Safari", Device.TABLET),
        (DESK, Device.COMPUTER),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X)", Device.COMPUTER),
        ("curl/8", Device.UNKNOWN),
        ("", Device.UNKNOWN),
    ],
)
def test_a_device_is_one_word_of_four(said: str, device: Device) -> None:
    assert device_of(said) is device


def test_the_list_says_a_kind_of_device_and_nothing_more(app: Flask) -> None:
    accounts.consultant()
    enter(app, PHONE)
    page = enter(app, is_shared="y").get("/account/sign-ins").text
    assert "A browser on a telephone" in page
    assert "A browser on a computer, shared with others" in page
    assert "Pixel" not in page
    assert "Windows" not in page
    stored = db.session.execute(sa.select(SignIn.__table__)).mappings().all()
    assert not [row for row in stored if "Pixel" in str(dict(row))]


class TestOwnDevice:
    def mark(self, app: Flask) -> Browser:
        browser = enter(app)
        assert browser.post("/account/own").location == "/account/ways"
        return browser

    def test_it_is_off_until_it_is_asked_for(self, app: Flask) -> None:
        accounts.consultant()
        browser = enter(app)
        assert browser.get_cookie("own") is None
        assert db.session.scalars(sa.select(OwnDevice)).all() == []

    def test_its_cookie_is_closed_to_scripts_and_other_sites(self, app: Flask) -> None:
        accounts.consultant()
        browser = enter(app)
        answer = browser.post("/account/own")
        (cookie,) = [
            each
            for each in answer.headers.getlist("Set-Cookie")
            if each.startswith("own=")
        ]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie

    def test_leaving_takes_it_from_the_browser_and_from_us(self, app: Flask) -> None:
        accounts.consultant()
        browser = self.mark(app)
        browser.get("/leave")
        assert browser.get_cookie("own") is None
        assert db.session.scalars(sa.select(OwnDevice)).all() == []

    def test_signing_out_leaves_it(self, app: Flask) -> None:
        accounts.consultant()
        browser = self.mark(app)
        browser.post("/out")
        assert browser.get_cookie("own") is not None

    def test_it_can_be_taken_away_from_elsewhere(
        self, app: Flask, sign_in: SignInAs
    ) -> None:
        accounts.consultant()
        self.mark(app)
        uid = db.session.scalars(sa.select(OwnDevice.uid)).one()
        other = sign_in(make.consultant())
        assert other.post(f"/account/own/{uid}/forget").status_code == 404
        assert enter(app).post(f"/account/own/{uid}/forget").status_code == 303
        assert db.session.scalars(sa.select(OwnDevice)).all() == []

    def test_another_account_gains_nothing_by_it(self, app: Flask) -> None:
        """The mark speaks for one person, whoever uses the browser."""
        accounts.consultant()
        browser = self.mark(app)
        mark = browser.get_cookie("own")
        assert mark is not None
        other = accounts.consultant("other-boat-lamp")
        assert db.session.scalars(sa.select(OwnDevice)).one().person_id != other.id
