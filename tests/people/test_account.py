"""One's own account: each page changes one thing, and nobody else's."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.organizations.models import Organization
from engage.people import actions, jobs, queries, rules
from engage.people.entering import Door, by_password
from engage.people.models import Alias, Person, SignIn, TrainingRecord
from engage.people.rules import PersonStatus, SafeContact
from tests import make
from tests.clients import Browser
from tests.conftest import new_browser
from tests.people import accounts
from tests.people.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
FRESH = "seven orange ladders sing"


@pytest.fixture
def person(app: Flask) -> Person:
    return accounts.consultant()


@pytest.fixture
def browser(person: Person, sign_in: SignInAs) -> Browser:
    return sign_in(person)


def again(row: Any) -> Any:
    db.session.expire_all()
    return db.session.get_one(type(row), row.id)


def test_language_zone_and_week_are_saved(person: Person, browser: Browser) -> None:
    browser.get("/account?lang=en")
    sent = {"language": "es", "zone": "Pacific/Guam", "week_start": "0"}

    answer = browser.post("/account", data=sent | {"counts_by_default": "y"})

    assert answer.location == "/account"
    row = again(person)
    assert (row.language, row.zone, row.week_start) == ("es", "Pacific/Guam", 0)
    assert row.counts_by_default
    assert '<html lang="es">' in browser.get("/account").text


def test_staff_have_no_voice_to_count(sign_in: SignInAs) -> None:
    member = make.administrator()
    browser = sign_in(member)
    sent = {"language": "en", "zone": "Pacific/Guam", "week_start": "6"}
    browser.post("/account", data=sent | {"counts_by_default": "y"})

    assert not again(member).counts_by_default
    assert "survivor voice" not in browser.get("/account").text


class TestPassword:
    def test_a_new_one_ends_every_other_sign_in(
        self, app: Flask, person: Person, browser: Browser, sign_in: SignInAs
    ) -> None:
        elsewhere = sign_in(person, new_browser(app))
        old = browser.session_now()["_user_id"]

        answer = browser.post(
            "/account/password", data={"present": PASSWORD, "password": FRESH}
        )

        assert answer.location == "/account"
        assert browser.get("/account").status_code == 200
        assert browser.session_now()["_user_id"] != old
        assert elsewhere.get("/account").status_code == 303
        assert queries.sign_in_of(old).ended_at is not None  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("present", "fresh"), [("wrong", FRESH), (PASSWORD, "short"), ("", FRESH)]
    )
    def test_it_asks_for_the_present_one_and_for_a_strong_one(
        self, person: Person, browser: Browser, present: str, fresh: str
    ) -> None:
        before = person.password_hash
        answer = browser.post(
            "/account/password", data={"present": present, "password": fresh}
        )
        assert answer.status_code == 422
        assert again(person).password_hash == before
        assert FRESH not in answer.text

    def test_a_device_that_others_use_stays_one(
        self, app: Flask, person: Person
    ) -> None:
        browser = new_browser(app)
        sent = {"name": "paper-boat-lamp", "password": PASSWORD, "is_shared": "y"}
        assert browser.post("/in", data=sent).status_code == 303
        with transaction():
            db.session.execute(sa.update(SignIn).values(lacks_factor=False))
        sent = {"present": PASSWORD, "password": FRESH}
        assert browser.post("/account/password", data=sent).status_code == 303
        live = db.session.scalars(sa.select(SignIn).where(SignIn.ended_at.is_(None)))
        assert [each.is_shared for each in live] == [True]

    def test_the_undo(
        self, person: Person, july: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        actions.start_sign_in(person, now=july)
        before = person.password_hash

        def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(actions, "record", fail)
        with pytest.raises(ZeroDivisionError):
            actions.change_password(
                person.id, present=PASSWORD, password=FRESH, by=person, now=july
            )
        assert again(person).password_hash == before
        assert db.session.scalars(sa.select(SignIn.ended_at)).all() == [None]


class TestMail:
    def test_an_address_is_kept_sealed_and_can_be_taken_away(
        self, person: Person, browser: Browser
    ) -> None:
        sent = {"contact": "email", "email": " a@example.org "}
        assert browser.post("/account/mail", data=sent).location == "/account"
        row = again(person)
        assert (row.email, row.contact) == ("a@example.org", SafeContact.EMAIL)
        assert b"example" not in (row.email_sealed or b"")

        browser.post("/account/mail", data=sent | {"contact": "none"})

        row = again(person)
        assert (row.email_sealed, row.contact) == (None, SafeContact.NONE)

    @pytest.mark.parametrize(
        "sent",
        [
            {"contact": "email"},
            {"contact": "email", "email": "no address"},
            {"contact": "pigeon"},
        ],
    )
    def test_what_is_not_safe_or_not_sure_is_refused(
        self, person: Person, browser: Browser, sent: dict[str, str]
    ) -> None:
        assert browser.post("/account/mail", data=sent).status_code == 422
        assert again(person).contact == SafeContact.NONE


class TestNames:
    @pytest.fixture
    def place(self, app: Flask) -> Organization:
        return make.organization("Harbor County")

    def save(self, browser: Browser, place: Organization, **sent: Any) -> Any:
        return browser.post(
            f"/account/names/{place.uid}", data={"name": "Walnut 7"} | sent
        )

    def test_a_name_is_suggested_and_only_made_when_saved(
        self, person: Person, browser: Browser, place: Organization
    ) -> None:
        assert "none yet" in browser.get("/account/names").text
        browser.get(f"/account/names/{place.uid}")
        assert queries.alias(person.id, place.id) is None

        self.save(browser, place, is_open="y", topics=["courts", "youth"])

        alias = queries.alias(person.id, place.id)
        assert alias is not None
        assert (alias.name, alias.topics, alias.is_open) == (
            "Walnut 7",
            "courts,youth",
            True,
        )
        page = browser.get(f"/account/names/{place.uid}").text
        assert page.count("checked") == 3

    def test_the_list_follows_once_a_week_not_at_once(
        self, person: Person, browser: Browser, place: Organization, july: datetime
    ) -> None:
        self.save(browser, place, is_open="y")
        assert not self.listed(person, place)
        jobs.rebuild_directory(july)
        assert self.listed(person, place)
        self.save(browser, place)
        assert self.listed(person, place)
        jobs.rebuild_directory(july)
        assert not self.listed(person, place)

    def test_a_closed_account_goes_with_the_next_list_too(
        self, person: Person, browser: Browser, place: Organization, july: datetime
    ) -> None:
        self.save(browser, place, is_open="y")
        jobs.rebuild_directory(july)
        person.status = PersonStatus.CLOSED
        make.save(person)
        assert self.listed(person, place)
        jobs.rebuild_directory(july)
        assert not self.listed(person, place)

    def listed(self, person: Person, place: Organization) -> bool:
        db.session.expire_all()
        found = queries.alias(person.id, place.id)
        return found is not None and found.is_listed

    def test_a_name_in_use_there_is_refused_and_nothing_changes(
        self, person: Person, browser: Browser, place: Organization
    ) -> None:
        make.alias(make.consultant(), place, "Walnut 7")

        answer = self.save(browser, place, is_open="y")

        assert answer.status_code == 422
        assert "another name" in answer.text
        assert queries.alias(person.id, place.id) is None

    def test_closed_and_missing_organizations_are_not_found(
        self, browser: Browser
    ) -> None:
        closed = make.organization(status="closed")
        assert browser.get(f"/account/names/{closed.uid}").status_code == 404
        assert browser.get("/account/names/nowhere").status_code == 404

    def test_staff_have_none(self, sign_in: SignInAs) -> None:
        browser = sign_in(make.coordinator(make.organization()))
        assert browser.get("/account/names").status_code == 404

    def test_an_alias_is_made_once_and_is_not_open(
        self, person: Person, place: Organization
    ) -> None:
        first = actions.alias_for(person.id, place.id)
        again = actions.alias_for(person.id, place.id)
        assert first.id == again.id
        assert not first.is_open
        assert not first.is_listed

    def test_when_every_try_is_taken_it_says_so(
        self, person: Person, place: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make.alias(make.consultant(), place, "Oak 2")
        monkeypatch.setattr(rules, "neutral_name", lambda *_: "Oak 2")
        with pytest.raises(RuntimeError):
            actions.alias_for(person.id, place.id)
        names = sa.select(Alias.name).where(Alias.organization_id == place.id)
        assert db.session.scalars(names).all() == ["Oak 2"]


class TestSignIns:
    def test_any_of_ones_own_can_be_ended(
        self, app: Flask, person: Person, browser: Browser, sign_in: SignInAs
    ) -> None:
        elsewhere = sign_in(person, new_browser(app))
        token = elsewhere.session_now()["_user_id"]
        uid = queries.sign_in_of(token).uid  # type: ignore[union-attr]
        page = browser.get("/account/sign-ins").text
        assert page.count("Another device") == 1

        browser.post(f"/account/sign-ins/{uid}/end")

        assert elsewhere.get("/account").status_code == 303
        assert browser.get("/account").status_code == 200

    def test_all_others_end_at_one_press(
        self, app: Flask, person: Person, browser: Browser, sign_in: SignInAs
    ) -> None:
        others = [sign_in(person, new_browser(app)) for _ in range(3)]
        browser.post("/account/sign-ins/end")
        assert {other.get("/account").status_code for other in others} == {303}
        assert browser.get("/account").status_code == 200

    def test_somebody_elses_is_not_found(
        self, browser: Browser, sign_in: SignInAs
    ) -> None:
        other = sign_in(make.consultant())
        token = other.session_now()["_user_id"]
        uid = queries.sign_in_of(token).uid  # type: ignore[union-attr]

        assert browser.post(f"/account/sign-ins/{uid}/end").status_code == 404
        assert other.get("/account").status_code == 200

    def test_rows_are_deleted_later(self, person: Person, july: datetime) -> None:
        actions.start_sign_in(person, now=july)
        jobs.tidy(july + timedelta(hours=11))
        assert db.session.scalar(sa.select(sa.func.count(SignIn.id))) == 1
        jobs.tidy(july + timedelta(hours=13))
        assert db.session.scalar(sa.select(sa.func.count(SignIn.id))) == 0


class TestTraining:
    @pytest.fixture
    def member(self, app: Flask) -> Person:
        return make.staff(is_administrator=True)

    def test_staff_add_and_take_away_their_own(
        self, member: Person, sign_in: SignInAs
    ) -> None:
        browser = sign_in(member)
        sent = {"title": "Listening well", "ends_on": "2027-07-01"}
        assert browser.post("/account/training", data=sent).status_code == 303
        rows = {row.title: row for row in queries.trainings(member.id)}
        assert rows["Listening well"].ends_on == date(2027, 7, 1)

        browser.post(f"/account/training/{rows['Listening well'].uid}/remove")

        assert "Listening well" not in browser.get("/account/training").text

    def test_a_day_that_has_passed_is_refused(
        self, member: Person, sign_in: SignInAs
    ) -> None:
        sent = {"title": "Listening well", "ends_on": "2026-07-14"}
        answer = sign_in(member).post("/account/training", data=sent)
        assert answer.status_code == 422
        assert "has passed" in answer.text

    def test_another_persons_is_not_found(
        self, member: Person, sign_in: SignInAs
    ) -> None:
        theirs = make.training(make.administrator())
        browser = sign_in(member)
        address = f"/account/training/{theirs.uid}/remove"
        assert browser.post(address).status_code == 404
        assert db.session.get(TrainingRecord, theirs.id) is not None
        consultant = sign_in(make.consultant())
        assert consultant.get("/account/training").status_code == 404


def test_a_mailbox_alone_resets_nothing(app: Flask, july: datetime) -> None:
    """There is no way in by mail: no such address exists."""
    words = ("reset", "forgot", "recover")
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert not [rule for rule in rules if any(word in rule for word in words)]
    with pytest.raises(Refused):
        by_password("a@example.org", PASSWORD, "", door=Door("::1"), now=july)
