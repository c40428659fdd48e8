"""Organizations and the installation: what the administrator keeps."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.core.errors import Refused
from engage.organizations import actions, queries
from engage.organizations.models import Installation, Organization
from engage.organizations.rules import OrganizationStatus
from engage.people.models import Person
from tests import make
from tests.clients import Browser

pytestmark = pytest.mark.usefixtures("july")
FILLED = {
    "name": "Harbor County",
    "zone": "America/Denver",
    "pay_promise_days": "5",
    "minimum_voices": "3",
    "is_payer": "y",
}


@pytest.fixture
def boss(app: Flask) -> Person:
    return make.administrator()


@pytest.fixture
def browser(boss: Person, sign_in: Callable[..., Browser]) -> Browser:
    return sign_in(boss)


def named(name: str) -> Organization:
    db.session.expire_all()
    return db.session.scalars(
        sa.select(Organization).where(Organization.name == name)
    ).one()


def test_one_is_added_changed_and_closed(browser: Browser) -> None:
    browser.post("/places/new", data=FILLED)
    place = named("Harbor County")
    assert (place.zone, place.pay_promise_days) == ("America/Denver", 5)
    assert (place.minimum_voices, place.is_payer) == (3, True)

    changed = {**FILLED, "name": "Harbor", "pay_promise_days": "10"}
    del changed["is_payer"]
    assert browser.post(f"/places/{place.uid}", data=changed).location == "/places"
    assert (named("Harbor").pay_promise_days, named("Harbor").is_payer) == (10, False)

    browser.post(f"/places/{place.uid}/close")
    assert named("Harbor").status == OrganizationStatus.CLOSED
    assert browser.post(f"/places/{place.uid}/close").status_code == 422
    assert "closed" in browser.get("/places").text
    verbs = db.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert verbs == [f"organization.{verb}" for verb in ("added", "changed", "closed")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pay_promise_days": "21"}, "from 1 to 20"),
        ({"minimum_voices": "1"}, "from 2 to 30"),
        ({"name": "Task force of old"}, "with this name already"),
        ({"zone": "Mars/Base"}, "from the list"),
        ({"name": ""}, "fill this in"),
    ],
)
def test_what_cannot_be_is_said(
    browser: Browser, change: dict[str, str], words: str
) -> None:
    make.organization("Task force of old")
    answer = browser.post("/places/new", data=FILLED | change)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_name_taken_by_another_changes_nothing(browser: Browser) -> None:
    make.organization("Taken")
    place = make.organization("Mine", pay_promise_days=7)
    answer = browser.post(f"/places/{place.uid}", data=FILLED | {"name": "Taken"})
    assert answer.status_code == 422
    assert named("Mine").pay_promise_days == 7


@pytest.mark.parametrize(("days", "voices"), [(0, 2), (21, 2), (10, 1)])
def test_the_rule_holds_without_a_form(
    boss: Person, july: datetime, days: int, voices: int
) -> None:
    values = {"name": "X", "zone": "America/Denver"}
    with pytest.raises(Refused):
        actions.add(
            by=boss, now=july, pay_promise_days=days, minimum_voices=voices, **values
        )


def test_the_undo(
    boss: Person, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    place = make.organization("Before")
    monkeypatch.setattr(actions, "record", fail)
    values: dict[str, Any] = {"pay_promise_days": 5, "minimum_voices": 2}
    with pytest.raises(ZeroDivisionError):
        actions.add(by=boss, now=july, name="New", zone="America/Denver", **values)
    with pytest.raises(ZeroDivisionError):
        actions.change(place.id, by=boss, now=july, name="After", **values)
    with pytest.raises(ZeroDivisionError):
        actions.close(place.id, by=boss, now=july)

    db.session.expire_all()
    assert [(one.name, one.status) for one in queries.everyone()] == [
        ("Before", OrganizationStatus.ACTIVE)
    ]


def test_the_help_lines_stand_on_every_consultant_page(
    browser: Browser, sign_in: Callable[..., Browser]
) -> None:
    theirs = sign_in(make.consultant())
    assert "Someone to talk to" not in theirs.get("/account").text

    browser.post(
        "/settings",
        data={
            "help_name": "Dana Ortiz",
            "help_contact": "555-0100",
            "support_line": "National line",
        },
    )

    page = theirs.get("/account").text
    assert "Dana Ortiz" in page
    assert "National line" in page
    assert "Dana Ortiz" not in browser.get("/places").text


def test_setting_up_twice_keeps_what_is_there(app: Flask) -> None:
    actions.set_up(help_name="Dana")
    actions.set_up(is_demo=True, help_name="Other")
    row = db.session.get_one(Installation, 1)
    assert (row.help_name, row.is_demo) == ("Dana", False)
