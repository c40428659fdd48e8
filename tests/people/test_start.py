"""From a printed code to an account: once, and nobody learns of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.access import Role
from engage.core.db import db
from engage.core.errors import Refused
from engage.organizations.models import Organization
from engage.people import codes, queries
from engage.people.code_models import EntryCode
from engage.people.models import Person
from engage.people.rules import PersonKind
from tests import make
from tests.clients import Browser
from tests.people.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
FILLED = {
    "name": "paper-boat-lamp",
    "password": PASSWORD,
    "language": "es",
    "zone": "America/Denver",
    "week_start": "0",
    "is_adult": "y",
}


@pytest.fixture
def place(app: Flask) -> Organization:
    return make.organization()


@pytest.fixture
def code(place: Organization, july: datetime) -> str:
    by = make.coordinator(place)
    return codes.make_for_consultant(organization_id=place.id, by=by, now=july)


def staff_code(place: Organization, role: str, now: datetime) -> str:
    by = make.administrator()
    return codes.make_for_staff(role=role, organization_id=place.id, by=by, now=now)


def type_code(client: Browser, code: str) -> Any:
    return client.post("/start", data={"code": code})


def count(model: Any) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def test_safety_comes_before_the_account(client: Browser, code: str) -> None:
    assert client.get("/start/account").location == "/start"
    assert client.get("/start/safety").location == "/start"

    answer = type_code(client, code.lower().replace("-", " "))

    assert answer.location == "/start/safety"
    assert "Leave this page" in client.get("/start/safety").text
    assert client.get("/start/account").status_code == 200


def test_a_consultant_begins_without_mail_and_is_signed_in(
    client: Browser, code: str
) -> None:
    type_code(client, code)

    answer = client.post("/start/account", data=FILLED)

    assert answer.location == "/"
    assert client.get("/account").status_code == 200
    person = queries.person_named("paper-boat-lamp")
    assert person is not None
    assert (person.kind, person.language, person.zone) == (
        PersonKind.CONSULTANT,
        "es",
        "America/Denver",
    )
    assert (person.week_start, person.email, person.staff_name) == (0, None, "")
    assert person.password_hash.startswith("$argon2id$")


def test_nothing_tells_that_a_code_was_used_or_by_whom(
    client: Browser, code: str, place: Organization
) -> None:
    type_code(client, code)
    client.post("/start/account", data=FILLED)

    assert count(EntryCode) == 0
    made, opened = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    assert made.subject == made.thing == f"organization:{place.uid}"
    assert opened.organization_id is None
    assert "organization_id" not in Person.__table__.columns


def test_a_code_opens_one_account(client: Browser, code: str, july: datetime) -> None:
    type_code(client, code)
    client.post("/start/account", data=FILLED)

    answer = type_code(client, code)

    assert answer.status_code == 422
    with pytest.raises(Refused, match="does not open"):
        codes.open_account(codes.code_hash(code), now=july, **FILLED)


def test_wrong_used_and_old_codes_get_the_same_words(
    client: Browser, code: str, july: datetime
) -> None:
    wrong = type_code(client, "2222-2222-2222-2222").text
    with time_machine.travel(july + timedelta(days=15), tick=False):
        old = type_code(client, code).text
    assert "does not open an account" in wrong
    assert "does not open an account" in old


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_adult": ""}, "18 or older"),
        ({"password": "too short"}, "at least 12"),
        ({"password": "password1234567"}, "easy to guess"),
        ({"password": "paper-boat-lamp"}, "easy to guess"),
        ({"name": "maria"}, "cannot be used"),
        ({"name": "taken-boat-lamp"}, "cannot be used"),
        ({"zone": "Mars/Base"}, "choose from the list"),
    ],
)
def test_what_is_wrong_is_said_and_the_code_stays_good(
    client: Browser, code: str, change: dict[str, str], words: str
) -> None:
    make.consultant("Taken-Boat-Lamp")
    type_code(client, code)
    sent = {name: value for name, value in (FILLED | change).items() if value}

    answer = client.post("/start/account", data=sent)

    assert answer.status_code == 422
    assert words in answer.text
    assert count(EntryCode) == 1
    assert count(Person) == 3 - 1  # the coordinator and the taken name


def test_the_undo_an_account_that_fails_leaves_the_code(
    code: str, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(codes, "record", fail)
    with pytest.raises(ZeroDivisionError):
        codes.open_account(codes.code_hash(code), now=july, **FILLED)

    assert count(EntryCode) == 1
    assert queries.person_named("paper-boat-lamp") is None


def test_staff_get_their_role_and_say_their_name(
    client: Browser, place: Organization, july: datetime
) -> None:
    type_code(client, staff_code(place, "coordinator", july))
    assert client.get("/start/account").location == "/start/safety"
    client.get("/start/safety")
    assert "18 or older" not in client.get("/start/account").text
    sent = {key: value for key, value in FILLED.items() if key != "is_adult"}
    assert client.post("/start/account", data=sent).status_code == 422

    answer = client.post("/start/account", data=sent | {"staff_name": "Ana Reyes"})

    assert answer.location == "/"
    person = queries.person_named("paper-boat-lamp")
    assert person is not None
    assert person.staff_name == "Ana Reyes"
    assert {(one.role, one.organization_id) for one in person.roles} == {
        (Role.COORDINATOR, place.id)
    }


def test_an_administrators_code_gives_no_organization(
    client: Browser, place: Organization, july: datetime
) -> None:
    type_code(client, staff_code(place, "administrator", july))
    client.post("/start/account", data=FILLED | {"staff_name": "Sam Okoro"})

    person = queries.person_named("paper-boat-lamp")
    assert person is not None
    assert person.is_administrator
    assert person.memberships == []


def test_staff_add_a_second_role_by_a_code_of_their_own(
    sign_in: SignInAs, place: Organization, code: str, july: datetime
) -> None:
    member = make.coordinator(make.organization())
    browser = sign_in(member)
    assert browser.post("/account/role", data={"code": code}).status_code == 422

    answer = browser.post(
        "/account/role", data={"code": staff_code(place, "finance", july)}
    )

    assert answer.location == "/account"
    assert queries.membership(member.id, place.id, "finance") is not None
    assert count(EntryCode) == 1  # the consultant's, which was not used up


def test_a_code_is_shown_once(sign_in: SignInAs, place: Organization) -> None:
    browser = sign_in(make.coordinator(place))
    form = {"once": "same-form"}

    first = browser.post("/codes", data=form)
    again = browser.post("/codes", data=form)

    assert first.status_code == 200
    assert 'class="figure"' in first.text
    assert again.location == "/codes"
    assert count(EntryCode) == 1


def test_codes_for_staff_are_the_administrators(
    sign_in: SignInAs, place: Organization
) -> None:
    assert sign_in(make.coordinator(place)).get("/staff/code").status_code == 404
    assert sign_in(make.consultant()).get("/codes").status_code == 404
    browser = sign_in(make.administrator())
    assert browser.get("/codes").status_code == 404

    answer = browser.post(
        "/staff/code", data={"role": "finance", "organization_id": str(place.id)}
    )

    assert 'class="figure"' in answer.text


def test_old_codes_are_deleted(code: str, july: datetime) -> None:
    codes.forget_expired(july + timedelta(days=13))
    assert count(EntryCode) == 1
    codes.forget_expired(july + timedelta(days=15))
    assert count(EntryCode) == 0
