"""Where mail goes and when: as wished at the moment of sending, not of queueing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock, mailer
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.notices.rules import OUTSIDE, MailState
from engage.people import contact, contact_rules, jobs
from engage.people.contact_rules import Wish
from engage.people.models import Person
from engage.people.rules import SafeContact
from tests import make
from tests.clients import Browser

pytestmark = pytest.mark.usefixtures("july")
HOUR = timedelta(hours=1)
SignIn = Callable[[Person], Browser]
MAIL = "/account/mail"
HELPER = Wish(SafeContact.ADVOCATE, "helper@example.org", "Jo")


@pytest.fixture
def sent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(address, sentence) of each mail that went out."""
    went: list[tuple[str, str]] = []
    monkeypatch.setattr(mailer, "is_there", lambda: True)
    monkeypatch.setattr(mailer, "send", lambda *given: went.append(given[:2]))
    return went


@pytest.fixture
def person(app: Flask) -> Person:
    return make.consultant()


def wish(person: Person, kind: str = "email", **values: Any) -> None:
    given = {"address": "me@example.org", **values}
    contact.save(
        person.id, Wish(SafeContact(kind), **given), by=person, now=clock.now()
    )


def tell(person: Person, now: datetime) -> None:
    with transaction():
        notices.queue(person.id, "offer", now=now)


def states() -> list[MailState]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Notice.mail)))


def test_an_advocate_gets_the_neutral_sentence_and_nothing_else(
    person: Person, sent: list[tuple[str, str]], july: datetime
) -> None:
    contact.save(person.id, HELPER, by=person, now=july)
    tell(person, july)
    jobs.deliver_notices(july)
    assert sent == [("helper@example.org", OUTSIDE)]


def test_name_and_address_of_the_advocate_are_sealed(
    person: Person, july: datetime
) -> None:
    contact.save(person.id, HELPER, by=person, now=july)
    row = db.session.execute(
        sa.select(Person.email_sealed, Person.advocate_sealed)
    ).one()
    assert b"helper" not in row[0]
    assert b"Jo" not in row[1]
    assert (person.email, person.advocate) == ("helper@example.org", "Jo")


def test_what_is_not_used_any_more_is_not_kept(person: Person, july: datetime) -> None:
    contact.save(person.id, HELPER, by=person, now=july)
    wish(person, "email")
    assert (person.email, person.advocate) == ("me@example.org", None)
    contact.stop(person.id, by=person, now=july)
    assert (person.email_sealed, person.advocate_sealed) == (None, None)


class TestHours:
    """July: noon in New York is 16:00 in UTC."""

    def test_mail_waits_for_them(
        self, person: Person, sent: list[tuple[str, str]], july: datetime
    ) -> None:
        wish(person, from_hour=18, until_hour=21)
        tell(person, july)
        for hours in (0, 3, 5):
            jobs.deliver_notices(july + hours * HOUR)
            assert sent == []
        assert states() == [MailState.WAITING]
        jobs.deliver_notices(july + 6 * HOUR)
        assert len(sent) == 1

    def test_they_follow_the_zone_of_the_person(
        self, person: Person, sent: list[tuple[str, str]], july: datetime
    ) -> None:
        person.zone = "America/Los_Angeles"
        wish(person, from_hour=18, until_hour=21)
        tell(person, july)
        jobs.deliver_notices(july + 6 * HOUR)
        assert sent == []
        jobs.deliver_notices(july + 9 * HOUR)
        assert len(sent) == 1

    def test_a_wish_for_other_hours_counts_at_once(
        self, person: Person, sent: list[tuple[str, str]], july: datetime
    ) -> None:
        wish(person, from_hour=18, until_hour=21)
        tell(person, july)
        jobs.deliver_notices(july)
        wish(person)
        jobs.deliver_notices(july)
        assert len(sent) == 1

    @pytest.mark.parametrize(
        ("hour", "hours", "is_time"),
        [
            (9, (9, 17), True),
            (17, (9, 17), False),
            (8, (9, 17), False),
            (23, (22, 6), True),
            (5, (22, 6), True),
            (6, (22, 6), False),
            (3, (None, None), True),
        ],
    )
    def test_both_ends_and_over_midnight(
        self, hour: int, hours: tuple[int | None, int | None], is_time: bool
    ) -> None:
        assert contact_rules.is_time(hour, *hours) is is_time

    @pytest.mark.parametrize("day", [(2026, 3, 7), (2026, 3, 8), (2026, 10, 31)])
    def test_the_hour_stays_when_clocks_change(self, day: tuple[int, int, int]) -> None:
        now = datetime(*day, 23, 30, tzinfo=UTC)
        at = contact_rules.goes_at(now, "America/New_York", 9, 12)
        offset = 4 if (3, 8) <= day[1:] < (10, 31) or day[1:] == (3, 7) else 5
        assert at.hour - 9 == offset
        assert timedelta(0) < at - now < 25 * HOUR

    def test_an_hour_that_a_day_does_not_have_is_passed_over(self) -> None:
        now = datetime(
            2026, 3, 8, 5, 0, tzinfo=UTC
        )  # midnight; two o'clock is left out
        at = contact_rules.goes_at(now, "America/New_York", 2, 3)
        assert now < at <= now + 26 * HOUR


class TestThePage:
    def test_an_advocate_and_hours_are_kept_and_shown(
        self, person: Person, sign_in: SignIn
    ) -> None:
        browser = sign_in(person)
        filled = {
            "contact": "advocate", "advocate": "Jo", "from_hour": "9",
            "advocate_email": "helper@example.org", "until_hour": "17",
        }  # fmt: skip
        assert browser.post(MAIL, data=filled).location == "/account"
        db.session.refresh(person)
        assert (person.contact, person.mail_from, person.mail_until) == (
            SafeContact.ADVOCATE,
            9,
            17,
        )
        page = browser.get(MAIL).text
        assert 'value="helper@example.org"' in page
        assert "through your advocate" in browser.get("/account").text

    @pytest.mark.parametrize(
        ("filled", "says"),
        [
            ({"contact": "advocate", "advocate": "Jo"}, "safe for you"),
            ({"contact": "advocate", "advocate_email": "a@example.org"}, "you call"),
            ({"contact": "none", "from_hour": "9"}, "both hours"),
            ({"contact": "none", "from_hour": "9", "until_hour": "9"}, "different"),
            (
                {"contact": "none", "from_hour": "25", "until_hour": "9"},
                "from the list",
            ),
        ],
    )
    def test_half_a_wish_is_refused(
        self, person: Person, sign_in: SignIn, filled: dict[str, str], says: str
    ) -> None:
        answer = sign_in(person).post(MAIL, data=filled)
        assert answer.status_code == 422
        assert says in answer.text

    def test_one_press_stops_all_without_asking_again(
        self,
        person: Person,
        sign_in: SignIn,
        sent: list[tuple[str, str]],
        july: datetime,
    ) -> None:
        contact.save(person.id, HELPER, by=person, now=july)
        tell(person, july)
        browser = sign_in(person)
        assert "Stop all mail" in browser.get("/account").text

        assert browser.post(f"{MAIL}/stop").location == "/account"

        jobs.deliver_notices(july)
        assert sent == []
        assert states() == [MailState.NONE]
        assert "Stop all mail" not in browser.get("/account").text


def test_a_wish_without_its_parts_is_refused_by_the_rule() -> None:
    with pytest.raises(Refused):
        contact_rules.check(HELPER._replace(advocate=""))
    contact_rules.check(Wish(SafeContact.NONE))
