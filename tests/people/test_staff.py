"""The administrator's page of staff, and the first administrator."""

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from engage import cli
from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.notices.models import Notice
from engage.organizations.models import Installation, Organization
from engage.people import (
    actions,
    app_codes,
    contact,
    own_devices,
    papers,
    queries,
    staff,
)
from engage.people.contact_rules import Wish
from engage.people.entering import Door, by_password
from engage.people.factor_models import AppCode, OwnDevice, PaperCode
from engage.people.factor_rules import PaperKind
from engage.people.models import Membership, Person
from engage.people.rules import PersonStatus, SafeContact
from tests import make
from tests.clients import Browser

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]


@pytest.fixture
def place(app: Flask) -> Organization:
    return make.organization()


@pytest.fixture
def boss(app: Flask) -> Person:
    return make.administrator(staff_name="Sam Okoro")


def test_what_signed_in_or_reached_closed_staff_is_not_kept(
    boss: Person, place: Organization, july: datetime
) -> None:
    member = make.coordinator(place)
    wish = Wish(SafeContact.EMAIL, "sam@example.org")
    contact.save(member.id, wish, by=member, now=july)
    papers.print_anew(PaperKind.SIGN_IN, by=member, now=july)
    own_devices.mark(by=member, now=july)
    app_codes.begin(by=member, now=july)
    staff.close_account(member.uid, by=boss, now=july)
    row = db.session.get_one(Person, member.id)
    assert (row.email_sealed, row.contact) == (None, SafeContact.NONE)
    assert row.password_hash == "none"
    for model in (PaperCode, OwnDevice, AppCode, Notice):
        assert db.session.scalars(sa.select(model)).all() == [], model
    assert row.staff_name


def held(person: Person, place: Organization, role: str = "coordinator") -> Membership:
    db.session.expire_all()
    found = queries.membership(person.id, place.id, role)
    assert found is not None
    return found


def test_the_page_lists_staff_and_never_a_consultant(
    boss: Person, place: Organization, sign_in: SignInAs
) -> None:
    make.coordinator(place, staff_name="Ana Reyes")
    make.consultant("paper-boat-lamp")

    page = sign_in(boss).get("/staff").text

    assert "Ana Reyes" in page
    assert "paper-boat-lamp" not in page


@pytest.mark.parametrize("path", ["/staff", "/staff/code", "/places", "/settings"])
def test_everyone_else_finds_nothing(
    path: str, place: Organization, sign_in: SignInAs
) -> None:
    for person in (make.consultant(), make.coordinator(place), make.finance(place)):
        assert sign_in(person).get(path).status_code == 404


def test_a_role_ends_and_can_be_given_again(
    boss: Person, place: Organization, sign_in: SignInAs
) -> None:
    member = make.coordinator(place)
    browser = sign_in(boss)
    browser.post(f"/staff/roles/{held(member, place).uid}/second", data={"on": "1"})
    assert held(member, place).is_second_approver

    browser.post(f"/staff/roles/{held(member, place).uid}/end")

    row = held(member, place)
    assert row.ended_on is not None
    assert not row.is_second_approver
    assert "No role" in browser.get("/staff").text


def test_only_a_live_coordinator_can_be_second_approver(
    boss: Person, place: Organization, july: datetime
) -> None:
    payer = make.finance(place)
    uid = held(payer, place, "finance").uid
    with pytest.raises(NotFound):
        staff.choose_second_approver(uid, chosen=True, by=boss, now=july)


def test_a_closed_account_is_out_at_once(
    boss: Person, place: Organization, sign_in: SignInAs
) -> None:
    member = make.coordinator(place)
    theirs, browser = sign_in(member), sign_in(boss)

    browser.post(f"/staff/{member.uid}/close")

    assert theirs.get("/account").status_code == 303
    assert held(member, place).ended_on is not None
    assert db.session.get_one(Person, member.id).status == PersonStatus.CLOSED
    assert browser.post(f"/staff/{member.uid}/close").status_code == 422


def test_nobody_closes_their_own_or_a_consultants(
    boss: Person, sign_in: SignInAs
) -> None:
    consultant, browser = make.consultant(), sign_in(boss)

    answer = browser.post(f"/staff/{boss.uid}/close")

    assert answer.status_code == 422
    assert "another administrator" in answer.text
    assert browser.post(f"/staff/{consultant.uid}/close").status_code == 404
    assert browser.post("/staff/roles/nowhere/end").status_code == 404


def test_the_undo_of_a_closed_account(
    boss: Person,
    place: Organization,
    july: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    member = make.coordinator(place)
    token = actions.start_sign_in(member, now=july)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(staff, "record", fail)
    with pytest.raises(ZeroDivisionError):
        staff.close_account(member.uid, by=boss, now=july)

    db.session.expire_all()
    assert held(member, place).ended_on is None
    assert queries.sign_in_of(token).ended_at is None  # type: ignore[union-attr]
    assert db.session.get_one(Person, member.id).status == PersonStatus.ACTIVE


def command(app: Flask, typed: str) -> Result:
    return app.test_cli_runner().invoke(
        cli.create_admin,
        ["--name", "first-boat-lamp", "--staff-name", "Sam", "--zone", "Pacific/Guam"],
        input=typed,
    )


def test_the_command_makes_the_first_administrator(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "DEMO", False)
    words = "river copper tuesday onion"

    done = command(app, f"{words}\n{words}\n")

    assert done.exit_code == 0, done.output
    assert words not in done.output
    person = queries.person_named("first-boat-lamp")
    assert person is not None
    assert person.is_administrator
    assert db.session.get_one(Installation, 1).is_demo is False
    verbs = db.session.scalars(sa.select(AuditEntry.verb)).all()
    assert verbs == ["administrator.created"]
    at = Door("::1")
    assert by_password("first-boat-lamp", words, "", door=at, now=july)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("short\nshort\n", "at least 12"), ("password1234\npassword1234\n", "easy")],
)
def test_the_command_says_what_is_wrong(
    app: Flask, monkeypatch: pytest.MonkeyPatch, typed: str, words: str
) -> None:
    monkeypatch.setitem(app.config, "DEMO", False)
    done = command(app, typed)
    assert done.exit_code == 1
    assert words in done.output
    assert queries.person_named("first-boat-lamp") is None


def test_the_command_leaves_demo_data_alone(app: Flask) -> None:
    assert "of its own" in command(app, "").output


def test_a_taken_name_is_refused(app: Flask, july: datetime) -> None:
    make.consultant("first-boat-lamp")
    with pytest.raises(Refused):
        staff.create_administrator(
            name="First-Boat-Lamp",
            staff_name="Sam",
            password="river copper tuesday onion",
            zone="Pacific/Guam",
            now=july,
        )


def test_an_administrator_signs_staff_out_and_nobody_else(
    sign_in: SignInAs, july: datetime
) -> None:
    admin, member = sign_in(make.administrator()), make.coordinator(make.organization())
    there, consultant = sign_in(member), make.consultant()
    assert there.get("/account").status_code == 200
    assert admin.post(f"/staff/{member.uid}/out").location == "/staff"
    assert there.get("/account").status_code == 303
    assert admin.post(f"/staff/{consultant.uid}/out").status_code == 404
    assert sign_in(member).post(f"/staff/{member.uid}/out").status_code == 404
