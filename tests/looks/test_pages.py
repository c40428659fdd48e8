"""Who looked at one's pages, and what was done: by month, by place, page by page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from engage.audit import actions as audit
from engage.core.db import transaction
from engage.organizations.models import Organization
from engage.people.models import Person
from tests import make
from tests.clients import Browser

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]


@pytest.fixture
def place(app: Flask) -> Organization:
    return make.organization("Harbor County")


@pytest.fixture
def person(app: Flask) -> Person:
    return make.consultant(zone="America/New_York")


def look(
    person: Person, by: Person, at: datetime, place: Organization, verb: str
) -> None:
    audit.look(
        verb,
        subject=person.subject,
        thing="x:1",
        by=by,
        now=at,
        role="coordinator",
        organization_id=place.id,
    )


def test_a_line_says_when_who_where_what_and_what_for(
    person: Person, place: Organization, july: datetime, sign_in: SignInAs
) -> None:
    ana = make.coordinator(place, staff_name="Ana Reyes")
    look(person, ana, july, place, "hours.open")

    page = sign_in(person).get("/account/looks").text

    for words_ in (
        "July 15, 2026",
        "Ana Reyes",
        "Coordinator, Harbor County",
        "Some of your hours",
        "To check and approve hours",
    ):
        assert words_ in page
    assert "Exception" not in page


def test_it_is_filtered_by_month_and_by_organization(
    person: Person, place: Organization, july: datetime, sign_in: SignInAs
) -> None:
    other = make.organization("River Network")
    ana = make.coordinator(place, staff_name="Ana Reyes")
    ben = make.coordinator(other, staff_name="Ben Okafor")
    # Three in the morning of June 1 in UTC is still May in New York.
    look(person, ana, datetime(2026, 6, 1, 3, 0, tzinfo=UTC), place, "name.open")
    look(person, ben, july, other, "name.open")
    browser = sign_in(person)

    def seen(query: str) -> set[str]:
        page = browser.get(f"/account/looks{query}").text
        return {name for name in ("Ana Reyes", "Ben Okafor") if name in page}

    assert seen("") == {"Ana Reyes", "Ben Okafor"}
    assert seen("?month=2026-05") == {"Ana Reyes"}
    assert seen("?month=2026-06") == set()
    assert seen("?month=2026-07") == {"Ben Okafor"}
    assert seen(f"?by={place.uid}") == {"Ana Reyes"}
    assert seen(f"?month=2026-07&by={place.uid}") == set()
    for odd in ("?month=2026-13", "?month=x", "?by=nobody", "?page=99"):
        assert browser.get(f"/account/looks{odd}").status_code == 200


def test_twenty_five_stand_on_a_page(
    person: Person, place: Organization, july: datetime, sign_in: SignInAs
) -> None:
    ana = make.coordinator(place)
    for hour in range(30):
        look(person, ana, july - timedelta(hours=hour), place, "name.open")
    browser = sign_in(person)

    first = browser.get("/account/looks").text
    second = browser.get("/account/looks?page=2").text

    assert first.count("Your name and what you offer") == 25
    assert second.count("Your name and what you offer") == 5


def test_the_own_log_stands_apart(
    person: Person, place: Organization, july: datetime, sign_in: SignInAs
) -> None:
    ana = make.coordinator(place, staff_name="Ana Reyes")
    look(person, ana, july, place, "hours.open")
    with transaction():
        thing = {"subject": person.subject, "thing": "hours_entry:1"}
        audit.record("hours.log", by=person, now=july, **thing)
        audit.record(
            "hours.approve", by=ana, now=july, organization_id=place.id, **thing
        )
        audit.record("hours.preparation", by=None, now=july, **thing)
    browser = sign_in(person)

    page = browser.get("/account/looks/own").text

    for said in ("Hours: sent", "Hours: approved", "Hours: preparation counted"):
        assert said in page
    for who in ("You", "Ana Reyes", "Engage, by itself", "Harbor County"):
        assert who in page
    assert "Some of your hours" not in page
    assert "Hours: sent" not in browser.get("/account/looks").text


def test_nobody_else_reads_any_of_it(
    person: Person, place: Organization, july: datetime, sign_in: SignInAs
) -> None:
    ana = make.coordinator(place, staff_name="Ana Reyes")
    look(person, ana, july, place, "hours.open")
    for path in ("", "/own", "/file", "/file/log", "/file/check"):
        for staff in (ana, make.administrator()):
            assert sign_in(staff).get(f"/account/looks{path}").status_code == 404
    other = sign_in(make.consultant())
    assert "Ana Reyes" not in other.get("/account/looks").text
    assert "hours.open" not in other.get("/account/looks/file/log").text
