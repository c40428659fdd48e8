"""The twelve attacks on an account: each tries all it can, and none gets in.

Each has a control, the same steps by whoever may take them, which must work.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import mailer
from engage.core.db import Base, db
from engage.ledger.models import Payee
from engage.people import jobs
from engage.people.factor_models import Passkey
from engage.people.models import Person
from engage.people.rules import SafeContact
from tests import forms, make, pages
from tests.clients import Browser
from tests.conftest import new_browser
from tests.payouts.owing import owed
from tests.people import accounts
from tests.people.accounts import PASSWORD
from tests.people.keys import Device

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
NAME, NEW = "paper-boat-lamp", "wooden bridge quiet lantern"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CODE = re.compile(r">([2-9A-Z]{4}(?:-[2-9A-Z]{4}){5})<")
HELP = "/in/help"


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


@pytest.fixture
def person(app: Flask) -> Person:
    found = accounts.consultant(NAME)
    found.email, found.contact = "ana@example.org", SafeContact.EMAIL
    return make.save(found)


@pytest.fixture
def owner(person: Person, sign_in: SignInAs) -> Browser:
    """The browser of the person whose account it is."""
    return sign_in(person)


def codes(page: str) -> list[str]:
    return CODE.findall(page)


def printed(owner: Browser, kind: str) -> list[str]:
    return codes(owner.post(f"/account/ways/{kind}").text)


def is_in(browser: Browser) -> bool:
    return bool(browser.get("/account").status_code == 200)


def by_password(app: Flask, password: str, code: str = "") -> bool:
    browser = new_browser(app)
    sent = {"name": NAME, "password": password, "code": code}
    browser.post("/in", data=sent)
    return is_in(browser)


def by_code(app: Flask, *typed: str, name: str = NAME) -> bool:
    """Everything that a code, or two halves, could open."""
    browser = new_browser(app)
    browser.post(HELP, data={"name": name, "code": " ".join(typed)})
    browser.post(HELP + "/new", data={"password": NEW})
    return is_in(browser)


def test_1_owner_of_the_mailbox(
    app: Flask, person: Person, owner: Browser, monkeypatch: pytest.MonkeyPatch,
    july: datetime,
) -> None:  # fmt: skip
    mails: list[tuple[str, ...]] = []
    monkeypatch.setattr(mailer, "is_there", lambda: True)
    monkeypatch.setattr(mailer, "send", lambda *sent: mails.append(sent))
    (spare, _) = printed(owner, "spare")
    (helper,) = printed(owner, "helper")
    new_browser(app).post(HELP, data={"name": NAME, "code": helper})
    jobs.deliver_notices(july)

    assert {mail[1] for mail in mails} == {"You have an update."}
    for typed in ("ana@example.org", "You have an update."):
        assert not by_code(app, typed)
        assert not by_code(app, typed, name="ana@example.org")
        assert not by_password(app, typed)
    assert not any("mail" in rule.rule for rule in pages.rules(app) if is_open(rule))
    assert by_code(app, spare)


def is_open(rule: Any) -> bool:
    return bool(rule.rule.startswith("/in"))


def test_2_owner_of_the_telephone_number(app: Flask, owner: Browser) -> None:
    """No number is asked for anywhere, so that whoever has it has nothing."""
    columns = [
        column.name
        for table in Base.metadata.tables.values()
        for column in table.columns
    ]
    assert not [name for name in columns if "phone" in name or "sms" in name]
    for path in ("/in", HELP, "/account/mail", "/account/ways"):
        for form in forms.read(owner.get(path).text, path):
            assert "tel" not in {each.kind for each in form.fields.values()}
    assert not by_code(app, "202 555 0143")
    assert by_code(app, printed(owner, "spare")[0])


def test_3_someone_who_knows_every_fact(
    app: Flask, person: Person, owner: Browser, july: datetime
) -> None:
    facts = (
        NAME, "ana@example.org", "1990-04-12", "America/New_York", person.uid,
        "Ana Lopez 1990", "lopezana1990", "first school", "mother's name",
    )  # fmt: skip
    for fact in facts:
        assert not by_password(app, fact)
        assert not by_code(app, fact)
        assert not by_code(app, fact, name=fact)
    weak = {"present": PASSWORD, "password": "passwordpassword"}
    assert owner.post("/account/password", data=weak).status_code == 422
    with at(july + MINUTE):
        assert by_password(app, PASSWORD)


@pytest.fixture
def coordinator(app: Flask, sign_in: SignInAs) -> Browser:
    old = make.coordinator(make.organization(), created_on=date(2026, 1, 5))
    return sign_in(old)


@pytest.fixture
def administrator(app: Flask, sign_in: SignInAs) -> Browser:
    return sign_in(make.administrator(created_on=date(2026, 1, 5)))


def half(browser: Browser, page: str) -> str:
    found = codes(browser.post(page, data={"name": NAME}).text)
    return found[0] if found else ""


@pytest.mark.parametrize("is_stopped", [True, False], ids=["", "control"])
def test_4_coordinator_who_vouches_falsely(
    app: Flask, owner: Browser, coordinator: Browser, july: datetime, is_stopped: bool
) -> None:
    """Alone they begin nothing; as a false helper they wait, and the owner sees it."""
    mine = half(coordinator, "/staff/second")
    assert half(coordinator, "/staff/help") == ""
    (helper,) = printed(owner, "helper")
    begun = new_browser(app).post(HELP, data={"name": NAME, "code": helper})
    (claim,) = codes(begun.text)
    assert "Stop it" in owner.get("/account").text
    if is_stopped:
        owner.post("/account/ways/stop")
    with at(july + 73 * HOUR):
        assert not by_code(app, mine)
        assert not by_code(app, mine, mine)
        assert by_code(app, claim) is not is_stopped


@pytest.mark.parametrize("is_alone", [True, False], ids=["", "control"])
def test_5_administrator_alone(
    app: Flask, person: Person, administrator: Browser, coordinator: Browser,
    sign_in: SignInAs, july: datetime, is_alone: bool,
) -> None:  # fmt: skip
    first = half(administrator, "/staff/help")
    second = half(administrator, "/staff/second")
    # An account that they made for themselves the same day.
    straw = sign_in(make.coordinator(make.organization(), created_on=july.date()))
    third = half(straw, "/staff/second")
    if not is_alone:
        third = half(coordinator, "/staff/second")
    with at(july + 73 * HOUR):
        assert not by_code(app, first, second)
        assert by_code(app, first, third) is not is_alone
    for path in (f"/account/sign-ins/{person.uid}/end", "/account/ways/sheet"):
        assert not codes(administrator.post(path).text)


def test_6_a_browser_left_open(
    app: Flask, owner: Browser, july: datetime, sign_in: SignInAs
) -> None:
    paths = [
        rule.rule
        for rule in pages.rules(app)
        if not rule.arguments and app.view_functions[rule.endpoint].access != "public"
    ]
    assert len(paths) > 30
    with at(july + 14 * MINUTE):
        assert is_in(owner)
    with at(july + 29 * MINUTE):
        for path in paths:
            for answer in (owner.get(path), owner.post(path, data={"x": "1"})):
                assert answer.status_code in {303, 405}, path
                assert answer.status_code == 405 or answer.location.startswith("/in")


@pytest.mark.parametrize("end", ["/out", "/leave", "elsewhere", "password", "again"])
def test_7_a_stolen_cookie_after_the_end(
    app: Flask, person: Person, owner: Browser, sign_in: SignInAs, end: str
) -> None:
    thief = new_browser(app)
    thief.remember(**owner.session_now())
    assert is_in(thief)  # the control: before the end it works
    if end == "elsewhere":
        sign_in(person).post("/account/sign-ins/end")
    elif end == "password":
        owner.post("/account/password", data={"present": PASSWORD, "password": NEW})
    elif end == "again":
        owner.post("/again", data={"again_password": PASSWORD})
    else:
        (owner.get if end == "/leave" else owner.post)(end)
    assert not is_in(thief)


def test_9_an_old_code_after_renewal(
    app: Flask, owner: Browser, july: datetime
) -> None:
    """Number 8, codes used twice and at once, has a file of its own: test_at_once."""
    old = {kind: printed(owner, kind) for kind in ("sheet", "spare", "helper")}
    new = {kind: printed(owner, kind) for kind in old}
    for hours, code in enumerate(old["sheet"]):
        with at(july + 2 * hours * HOUR):  # so that each is looked at
            assert not by_password(app, PASSWORD, code)
    for code in (*old["spare"], *old["helper"], *old["sheet"], *new["sheet"]):
        assert not by_code(app, code)
    assert by_password(app, PASSWORD, new["sheet"][0])
    assert by_code(app, new["spare"][0])


@pytest.mark.parametrize("is_stopped", [True, False], ids=["", "control"])
def test_10_not_noticed_for_71_hours(
    app: Flask, person: Person, owner: Browser, sign_in: SignInAs, july: datetime,
    is_stopped: bool,
) -> None:  # fmt: skip
    (helper,) = printed(owner, "helper")
    begun = new_browser(app).post(HELP, data={"name": NAME, "code": helper})
    (claim,) = codes(begun.text)
    for hours in range(0, 72, 5):
        with at(july + hours * HOUR):
            assert not by_code(app, claim)
    with at(july + 71 * HOUR):
        back = sign_in(db.session.get_one(Person, person.id))
        assert "Stop it" in back.get("/").text
        if is_stopped:
            assert back.post("/account/ways/stop").status_code == 303
    for hours in (72, 100, 200):
        with at(july + hours * HOUR):
            assert by_code(app, claim) is (not is_stopped and hours == 72)


def wrong_guesses(browser: Browser, path: str) -> None:
    for guess in ("", "password", NAME, "letmein letmein"):
        browser.post(path, data={"again_password": guess})
    browser.post(path, data={"again_demo": "1"})
    browser.post(path, data={"again_code": "000000"})
    browser.post(path, data={"again_key": "{}"})


def test_11_payout_target_changed_in_a_live_session(
    app: Flask, person: Person, owner: Browser, july: datetime
) -> None:
    payee_id = owed(make.payer(), to=person).payee_id
    uid = db.session.get_one(Payee, payee_id).uid
    path, sent = f"/record/how/{uid}", {"rail": "manual"}
    thief = new_browser(app)
    thief.remember(**owner.session_now())
    with at(july + 6 * MINUTE):
        assert thief.post(path, data=sent).status_code == 403
        assert thief.get(path).location.startswith("/again")
        wrong_guesses(thief, path)
        assert rail_of(payee_id) == "demo"
        owner.post("/again", data={"again_password": PASSWORD})
        assert owner.post(path, data=sent).status_code == 303
        assert rail_of(payee_id) == "manual"
        assert not is_in(thief)  # its copy of the cookie ended with the step


def rail_of(payee_id: int) -> str:
    db.session.expire_all()
    return str(db.session.get_one(Payee, payee_id).rail)


def test_12_a_passkey_added_in_a_live_session(
    app: Flask, person: Person, owner: Browser, july: datetime
) -> None:
    path, device = "/account/ways/keys", Device()
    options = unescape(re.findall(r'data-options="([^"]*)"', owner.get(path).text)[0])
    thief = new_browser(app)
    thief.remember(**owner.session_now())
    with at(july + 6 * MINUTE):
        sent = {"key": device.make(options)}
        assert thief.post(path, data=sent).status_code == 403
        wrong_guesses(thief, path)
        assert keys() == 0
        owner.post("/again", data={"again_password": PASSWORD})
        assert owner.post(path, data=sent).status_code == 303
        assert keys() == 1
        assert "How you sign in was changed" in owner.get("/").text


def keys() -> int:
    return len(db.session.scalars(sa.select(Passkey.id)).all())
