"""Second factors: passkeys, an app, codes on paper; and who must have one."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db
from engage.notices.models import Notice
from engage.people import app_codes, factor_queries, papers
from engage.people.factor_models import AppCode, PaperCode, Passkey
from engage.people.factor_rules import PaperKind
from engage.people.models import Person, SignIn
from tests import make
from tests.clients import Browser
from tests.conftest import Databases, make_app, new_browser
from tests.filled import undone
from tests.people import accounts
from tests.people.accounts import PASSWORD
from tests.people.keys import Device

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
NAME = "paper-boat-lamp"
WAYS = "/account/ways"


@pytest.fixture
def person(app: Flask) -> Person:
    return accounts.consultant(NAME)


@pytest.fixture
def browser(person: Person, sign_in: SignInAs) -> Browser:
    return sign_in(person)


def options_of(page: str) -> str:
    found = re.search(r'data-options="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def add_passkey(browser: Browser, device: Device | None = None) -> Device:
    device = device or Device()
    sent = device.make(options_of(browser.get(WAYS + "/keys").text))
    answer = browser.post(WAYS + "/keys", data={"key": sent})
    assert (answer.status_code, answer.location) == (303, WAYS), answer.text
    return device


def add_app(browser: Browser, person: Person, now: datetime) -> pyotp.TOTP:
    browser.post(WAYS + "/app")
    seed = app_codes.seed_of(person)
    assert seed is not None
    totp = pyotp.TOTP(seed)
    answer = browser.post(WAYS + "/app/on", data={"code": totp.at(now)})
    assert answer.location == WAYS
    return totp


def sheet(browser: Browser, kind: str = "sheet") -> list[str]:
    shown = browser.post(f"{WAYS}/{kind}").text
    return re.findall(r"<li>([0-9A-Z-]{29})</li>", shown)


def enter(app: Flask, code: str = "", password: str = PASSWORD) -> Any:
    """In a new browser: the answer, and the browser."""
    browser = new_browser(app)
    sent = {"name": NAME, "password": password, "code": code}
    return browser.post("/in", data=sent), browser


def is_in(browser: Browser) -> bool:
    return bool(browser.get("/account").status_code == 200)


class TestPasskeys:
    def test_it_signs_in_by_itself(self, app: Flask, browser: Browser) -> None:
        device = add_passkey(browser)
        other = new_browser(app)
        sent = device.show(options_of(other.get("/in").text))

        answer = other.post("/in/key?next=/account", data={"key": sent})

        assert (answer.status_code, answer.location) == (303, "/account")
        assert is_in(other)

    def test_it_completes_a_sign_in_by_password(
        self, app: Flask, browser: Browser
    ) -> None:
        device = add_passkey(browser)
        answer, other = enter(app)
        assert answer.location == "/in/code?next=/"
        assert not is_in(other)
        sent = device.show(options_of(other.get(answer.location).text))

        assert other.post(answer.location, data={"key": sent}).location == "/"
        assert is_in(other)

    def test_it_proves_who_is_here(
        self, person: Person, browser: Browser, july: datetime
    ) -> None:
        device = add_passkey(browser)
        with time_machine.travel(july + timedelta(minutes=6), tick=False):
            asked = browser.get(browser.get(WAYS + "/keys").location).text
            sent = device.show(options_of(asked))
            answer = browser.post("/again?next=/account", data={"again_key": sent})
            assert answer.location == "/account"
            assert browser.get(WAYS + "/keys").status_code == 200

    def test_one_without_finger_or_code_is_refused(self, browser: Browser) -> None:
        device = Device()
        device.verifies = False
        page = browser.get(WAYS + "/keys").text
        sent = device.make(options_of(page))
        assert browser.post(WAYS + "/keys", data={"key": sent}).status_code == 422
        assert db.session.scalars(sa.select(Passkey)).all() == []

    def test_an_answer_counts_once_and_only_for_what_was_asked(
        self, app: Flask, browser: Browser
    ) -> None:
        device = add_passkey(browser)
        page = options_of(new_browser(app).get("/in").text)
        sent = device.show(page)
        assert new_browser(app).post("/in/key", data={"key": sent}).status_code == 303
        assert new_browser(app).post("/in/key", data={"key": sent}).status_code == 422
        again = device.show(options_of(browser.get("/again").text))
        assert new_browser(app).post("/in/key", data={"key": again}).status_code == 422

    @pytest.mark.parametrize("fault", ["origin", "key", "old", "nonsense", "verified"])
    def test_what_is_not_right_is_refused(
        self, app: Flask, browser: Browser, july: datetime, fault: str
    ) -> None:
        device = add_passkey(browser)
        other = new_browser(app)
        asked = options_of(other.get("/in").text)
        minutes = 0
        if fault == "origin":
            device.origin = "http://localhost.evil.example"
        elif fault == "key":
            device.key = Device().key
        elif fault == "old":
            minutes = 16
        elif fault == "verified":
            device.verifies = False
        sent = "[" * 3000 if fault == "nonsense" else device.show(asked)
        with time_machine.travel(july + timedelta(minutes=minutes), tick=False):
            assert other.post("/in/key", data={"key": sent}).status_code == 422
        assert not is_in(other)

    def test_a_copied_one_whose_count_goes_back_is_refused(
        self, app: Flask, browser: Browser
    ) -> None:
        device = add_passkey(browser)
        for count, code in ((7, 303), (3, 422)):
            device.count = count
            sent = device.show(options_of(new_browser(app).get("/in").text))
            answer = new_browser(app).post("/in/key", data={"key": sent})
            assert answer.status_code == code

    def test_the_list_says_where_it_may_be_and_when_it_was_used(
        self, browser: Browser
    ) -> None:
        add_passkey(browser, Device(synced=True))
        assert "It may be copied to other devices" in browser.get(WAYS).text
        add_passkey(browser)
        assert "It is on one device alone" in browser.get(WAYS).text
        assert "Not used yet." in browser.get(WAYS).text

    def test_the_last_one_stays_and_nobody_elses_can_be_removed(
        self, browser: Browser, sign_in: SignInAs
    ) -> None:
        add_passkey(browser)
        first = db.session.scalars(sa.select(Passkey)).one()
        remove = f"{WAYS}/keys/{first.uid}/remove"
        assert browser.post(remove).status_code == 422
        assert sign_in(make.consultant()).post(remove).status_code == 404
        add_passkey(browser)
        assert browser.post(remove).status_code == 303
        assert len(db.session.scalars(sa.select(Passkey)).all()) == 1

    def test_its_owner_is_told(self, person: Person, browser: Browser) -> None:
        add_passkey(browser)
        told = db.session.scalars(sa.select(Notice)).all()
        assert [(each.person_id, each.kind) for each in told] == [
            (person.id, "factors")
        ]


class TestApp:
    def test_a_code_is_asked_for_after_the_password(
        self, app: Flask, person: Person, browser: Browser, july: datetime
    ) -> None:
        totp = add_app(browser, person, july)
        later = july + timedelta(minutes=2)
        with time_machine.travel(later, tick=False):
            answer, other = enter(app)
            assert not is_in(other)
            wrong = other.post(answer.location, data={"code": "000000"})
            assert wrong.status_code == 422
            right = other.post(answer.location, data={"code": totp.at(later)})
            assert right.location == "/"
            assert is_in(other)

    def test_a_code_works_once(
        self, app: Flask, person: Person, browser: Browser, july: datetime
    ) -> None:
        totp = add_app(browser, person, july)
        assert enter(app, totp.at(july))[0].status_code == 422  # it set the app up
        with time_machine.travel(july + timedelta(minutes=1), tick=False):
            code = totp.at(july + timedelta(minutes=1))
            assert enter(app, code)[0].location == "/"
            assert enter(app, code)[0].status_code == 422

    @pytest.mark.parametrize(
        ("off", "works"),
        [(-60, False), (-30, True), (0, True), (30, True), (60, False)],
    )
    def test_a_clock_may_be_half_a_minute_off(
        self, app: Flask, person: Person, browser: Browser, july: datetime,
        off: int, works: bool,
    ) -> None:  # fmt: skip
        """F21: what an app shows whose clock, or ours, jumped by that much."""
        totp = add_app(browser, person, july)
        later = july + timedelta(hours=1)
        with time_machine.travel(later, tick=False):
            answer, _ = enter(app, totp.at(later + timedelta(seconds=off)))
            assert (answer.status_code == 303) is works

    @pytest.mark.parametrize("jump", [-24, -1, 1, 24])
    def test_after_a_jump_of_the_clock_the_next_code_works(
        self, app: Flask, person: Person, browser: Browser, july: datetime, jump: int
    ) -> None:
        """F21: back in time, steps that were used stay used, and a new one comes."""
        totp = add_app(browser, person, july)
        moment = july + timedelta(hours=48 + jump)
        with time_machine.travel(moment, tick=False):
            assert enter(app, totp.at(moment))[0].location == "/"

    def test_its_seed_lies_sealed_and_is_shown_only_while_it_waits(
        self, person: Person, browser: Browser, july: datetime
    ) -> None:
        browser.post(WAYS + "/app")
        seed = app_codes.seed_of(person)
        assert seed is not None
        page = browser.get(WAYS + "/app").text
        assert f"<span>{seed[:4]}</span>" in page
        assert "<svg" in page
        assert "style=" not in page
        row = db.session.scalars(sa.select(AppCode)).one()
        assert seed.encode() not in row.seed_sealed
        browser.post(WAYS + "/app/on", data={"code": pyotp.TOTP(seed).at(july)})
        assert browser.get(WAYS + "/app").location == WAYS


class TestPaper:
    def test_a_code_works_once_with_the_password(
        self, app: Flask, browser: Browser
    ) -> None:
        codes = sheet(browser)
        assert len(codes) == 10
        assert enter(app, codes[3].lower().replace("-", " "))[0].location == "/"
        assert enter(app, codes[3])[0].status_code == 422
        assert "9 codes are left" in browser.get(WAYS).text

    def test_without_the_password_it_opens_nothing(
        self, app: Flask, browser: Browser
    ) -> None:
        codes = sheet(browser)
        assert enter(app, codes[0], "not my password")[0].status_code == 422
        assert enter(app, codes[0])[0].location == "/"

    def test_new_codes_end_the_old_ones(self, app: Flask, browser: Browser) -> None:
        old = sheet(browser)
        new = sheet(browser)
        assert [enter(app, code)[0].status_code for code in old] == [422] * 10
        assert enter(app, new[0])[0].location == "/"

    def test_they_are_kept_as_hashes_alone(self, browser: Browser) -> None:
        codes = sheet(browser)
        rows = db.session.scalars(sa.select(PaperCode)).all()
        assert {len(row.code_hash) for row in rows} == {64}
        assert not {row.code_hash for row in rows} & set(codes)
        assert codes[0] not in browser.get(WAYS).text

    def test_with_none_left_the_password_alone_is_still_not_enough(
        self, app: Flask, person: Person, browser: Browser
    ) -> None:
        for code in sheet(browser):
            assert enter(app, code)[0].location == "/"
        answer, other = enter(app)
        assert answer.location == "/in/code?next=/"
        assert "no code left on your paper" in other.get(answer.location).text

    def test_a_sheet_of_somebody_else_opens_nothing(
        self, app: Flask, browser: Browser, sign_in: SignInAs
    ) -> None:
        sheet(browser)
        foreign = sheet(sign_in(make.consultant()))
        assert enter(app, foreign[0])[0].status_code == 422

    def test_staff_have_no_codes(self, sign_in: SignInAs) -> None:
        browser = sign_in(make.coordinator(make.organization()))
        for page in ("/sheet", "/spare", "/app"):
            assert browser.post(WAYS + page).status_code == 404


@pytest.fixture
def live(databases: Databases, database: str, tmp_path: Path) -> Iterator[Flask]:
    """The same application in production, each write undone."""
    app = make_app(tmp_path, databases.make(database, tmp_path), mode="production")
    with undone(app):
        yield app
    with app.app_context():
        db.engine.dispose()


class TestWhoMustHaveOne:
    def enter(self, live: Flask, name: str, code: str = "") -> Browser:
        browser = new_browser(live)
        sent = {"name": name, "password": PASSWORD, "code": code}
        answer = browser.post("/in", data=sent, base_url="https://localhost")
        assert answer.location == "/"
        return browser

    def page(self, browser: Browser, path: str) -> Any:
        return browser.get(path, base_url="https://localhost")

    def test_staff_are_led_to_setting_up_a_passkey_and_nowhere_else(
        self, live: Flask
    ) -> None:
        member = accounts.coordinator(make.organization())
        browser = self.enter(live, member.sign_in_name)
        for path in ("/", "/account", "/codes", "/account/sign-ins"):
            assert self.page(browser, path).location == WAYS
        assert "Set up one more way first" in self.page(browser, WAYS).text

        device = Device("https://localhost")
        sent = device.make(options_of(self.page(browser, WAYS + "/keys").text))
        browser.post(WAYS + "/keys", data={"key": sent}, base_url="https://localhost")

        assert self.page(browser, "/codes").status_code == 200

    def test_a_consultant_may_print_codes_instead(self, live: Flask) -> None:
        accounts.consultant(NAME)
        browser = self.enter(live, NAME)
        assert self.page(browser, "/").location == WAYS
        browser.post(WAYS + "/sheet", base_url="https://localhost")
        assert self.page(browser, "/account").status_code == 200

    def test_with_the_last_code_used_new_ones_come_first(self, live: Flask) -> None:
        person = accounts.consultant(NAME)
        codes = papers.print_anew(
            PaperKind.SIGN_IN, by=person, now=datetime.now().astimezone()
        )
        for code in codes[:-1]:
            self.enter(live, NAME, code)
        assert self.page(self.enter(live, NAME, codes[-1]), "/").location == WAYS

    def test_leaving_and_signing_out_stay_open(self, live: Flask) -> None:
        accounts.consultant(NAME)
        browser = self.enter(live, NAME)
        assert self.page(browser, "/leave").location.startswith("https://www.")


def test_in_the_demo_nobody_has_to_and_the_page_says_so(browser: Browser) -> None:
    assert browser.get("/").status_code == 200
    assert "nobody has to set one up here" in browser.get(WAYS).text


def test_counts_of_factors(person: Person, browser: Browser) -> None:
    assert not factor_queries.factors_of(person.id)
    sheet(browser)
    add_passkey(browser)
    assert factor_queries.factors_of(person.id) == (1, False, 10)
    assert db.session.scalars(sa.select(SignIn.lacks_factor)).all() == [False]
