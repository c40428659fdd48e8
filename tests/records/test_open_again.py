"""Opening a closed account again takes what signing in takes, and no less."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db
from engage.core.errors import Refused
from engage.notices.models import Notice
from engage.people import papers
from engage.people.entering import Door
from engage.people.factor_rules import PaperKind
from engage.people.models import Person
from engage.people.past_models import PastKind, PastSignIn
from engage.records import closing
from tests.clients import Browser
from tests.conftest import new_browser
from tests.people import accounts
from tests.people.accounts import PASSWORD
from tests.people.keys import Device
from tests.people.test_factors import add_passkey, options_of

pytestmark = pytest.mark.usefixtures("july")
NAME = "paper-boat-lamp"
SignIn = Callable[[Person], Browser]


@pytest.fixture
def who(app: object) -> Person:
    return accounts.consultant(NAME)


def close(who: Person, now: datetime) -> None:
    closing.close_account(word="x", wanted="x", by=who, now=now)


def is_open(who: Person) -> bool:
    return db.session.get_one(Person, who.id, populate_existing=True).is_active


def test_a_password_alone_does_not_open_what_asks_for_a_factor(
    app: object, who: Person
) -> None:
    now = clock.now()
    code = papers.print_anew(PaperKind.SIGN_IN, by=who, now=now)[0]
    close(who, now)
    for typed in ("", "2345-6789-BCDF-GHJK"):
        with pytest.raises(Refused):
            closing.open_again(NAME, PASSWORD, typed, now=now)
    assert not is_open(who)
    browser = new_browser(app)  # type: ignore[arg-type]
    sent = {"name": NAME, "password": PASSWORD}
    assert browser.post("/back", data=sent).status_code == 422
    assert browser.post("/back", data={**sent, "code": code}).status_code == 303
    assert is_open(who)
    assert "reopened" in set(db.session.scalars(sa.select(Notice.kind)))


def test_a_passkey_opens_it_and_one_of_an_open_account_does_not(
    app: object, who: Person, sign_in: SignIn
) -> None:
    device, other = Device(), Device()
    add_passkey(sign_in(who), device)
    add_passkey(sign_in(accounts.consultant("other-boat-lamp")), other)
    close(who, clock.now())
    browser = new_browser(app)  # type: ignore[arg-type]
    for shown, status in ((other, 422), (device, 303)):
        options = options_of(browser.get("/back").text)
        answer = browser.post("/back", data={"key": shown.show(options)})
        assert answer.status_code == status
    assert is_open(who)


def test_it_can_be_asked_for_while_another_is_signed_in(
    who: Person, sign_in: SignIn
) -> None:
    close(who, clock.now())
    browser = sign_in(accounts.consultant("other-boat-lamp"))
    sent = {"name": NAME, "password": PASSWORD}
    assert browser.post("/back", data=sent).status_code == 303
    assert is_open(who)


def test_tries_are_of_the_budget_of_the_name(
    who: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    is_right = lambda typed, _: bool(looked.append(typed))  # noqa: E731
    monkeypatch.setattr(closing.passwords, "is_right", is_right)
    now = clock.now()
    close(who, now)
    for number in range(200):
        later, door = now + number * timedelta(seconds=20), Door(f"2001:db8::{number}")
        with pytest.raises(Refused):
            closing.open_again(NAME, f"guess {number}", door=door, now=later)
    assert len(looked) < 50
    wrong = sa.select(sa.func.count()).where(PastSignIn.kind == PastKind.WRONG)
    assert db.session.scalar(wrong) == len(looked)
