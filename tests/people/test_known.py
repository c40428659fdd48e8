"""Names opened to an organization: who may read them, and what a look leaves."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.organizations.models import Organization
from engage.people import known
from engage.people.models import Alias, Person
from tests import make
from tests.clients import Browser

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]


@pytest.fixture
def place(app: Flask) -> Organization:
    return make.organization("Harbor County")


@pytest.fixture
def person(app: Flask) -> Person:
    return make.consultant()


@pytest.fixture
def alias(person: Person, place: Organization) -> Alias:
    return make.alias(
        person, place, "Sequoia 777", is_listed=True, topics="courts,youth"
    )


def looks() -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry)))


def test_a_coordinator_reads_what_was_released_and_the_look_stays(
    alias: Alias, person: Person, place: Organization, sign_in: SignInAs
) -> None:
    member = make.coordinator(place)
    browser = sign_in(member)

    assert "Sequoia 777" in browser.get("/names").text
    assert looks() == []
    page = browser.get(f"/names/{alias.uid}").text

    assert "Courts and legal help, Young people" in page
    assert "Nothing chosen" in page
    (entry,) = looks()
    assert (entry.subject, entry.by_person_id) == (person.subject, member.id)
    assert (entry.verb, entry.organization_id) == ("name.open", place.id)


def test_the_consultant_reads_who_looked_and_nobody_else_does(
    alias: Alias, person: Person, place: Organization, sign_in: SignInAs
) -> None:
    theirs = sign_in(person)
    assert "Nobody has looked yet" in theirs.get("/account/looks").text
    member = make.coordinator(place, staff_name="Ana Reyes")
    sign_in(member).get(f"/names/{alias.uid}")

    page = theirs.get("/account/looks").text

    assert "Ana Reyes" in page
    assert "Coordinator, Harbor County" in page
    assert "Your name and what you offer" in page
    assert "Ana Reyes" not in sign_in(make.consultant()).get("/account/looks").text
    assert sign_in(member).get("/account/looks").status_code == 404


def test_no_entry_no_page(
    alias: Alias,
    place: Organization,
    sign_in: SignInAs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(known, "look", fail)
    with pytest.raises(ZeroDivisionError):
        sign_in(make.coordinator(place)).get(f"/names/{alias.uid}")


def test_others_unlisted_and_missing_names_are_not_found(
    alias: Alias, place: Organization, sign_in: SignInAs
) -> None:
    unlisted = make.alias(make.consultant(), place, is_open=True)
    elsewhere = make.organization()
    theirs = make.alias(make.consultant(), elsewhere, is_listed=True)
    browser = sign_in(make.coordinator(place))
    for uid in (unlisted.uid, theirs.uid, "nobody"):
        assert browser.get(f"/names/{uid}").status_code == 404
    other = sign_in(make.coordinator(elsewhere))
    assert other.get(f"/names/{alias.uid}").status_code == 404
    assert "Sequoia 777" not in other.get("/names").text
    for person in (make.consultant(), make.finance(place), make.administrator()):
        assert sign_in(person).get("/names").status_code == 404
    assert looks() == []


def test_an_empty_list_says_what_to_do(place: Organization, sign_in: SignInAs) -> None:
    assert "No name yet" in sign_in(make.coordinator(place)).get("/names").text
