"""Many wrong tries at one name: few are looked at, and its owner still gets in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db
from engage.core.errors import Refused
from engage.people import entering, factor_rules, guessing, own_devices, papers
from engage.people.entering import Door, by_passkey, by_password
from engage.people.factor_models import GuessCount
from engage.people.factor_rules import PaperKind
from engage.people.models import Person
from tests.people import accounts
from tests.people.accounts import PASSWORD

NAME = "paper-boat-lamp"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEW, OWNERS = 150, 100


@pytest.fixture
def app(lasting_app: Flask) -> Flask:
    return lasting_app


@pytest.fixture
def person(app: Flask, july: datetime) -> Person:
    return accounts.consultant(NAME)


class Looked:
    """Counts tries whose password was really looked at."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, password: str, kept: str | None) -> bool:
        self.count += 1
        return kept is not None and password == PASSWORD


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Looked:
    made = Looked()
    monkeypatch.setattr(entering.passwords, "is_right", made)
    return made


def addresses() -> Iterator[str]:
    return (f"2001:db8::{n:x}" for n in count())


def guess(password: str, address: str, now: datetime, **door: str) -> bool:
    at = Door(address, own_token=door.get("own", ""))
    try:
        with time_machine.travel(now, tick=False):
            return bool(by_password(NAME, password, "", door=at, now=now))
    except Refused:
        return False


def flood(tries: int, begin: datetime, whole: timedelta) -> datetime:
    """So many tries, evenly, each from another address."""
    for number, address in zip(range(tries), addresses(), strict=False):
        assert not guess("wrong words", address, begin + whole * number / tries)
    return begin + whole


def ways(person: Person, now: datetime, times: int) -> dict[str, int]:
    """How often of so many times the owner got in by each way that is never slowed."""
    token = own_devices.mark(by=person, now=now)
    found = {"passkey": 0, "device": 0, "paper": 0}
    codes: list[str] = []
    for _ in range(times):
        found["passkey"] += bool(
            by_passkey(person.id, door=Door("198.51.100.1"), now=now)
        )
        found["device"] += bool(
            by_password(NAME, PASSWORD, "", door=Door("::9", own_token=token), now=now)
        )
    for _ in range(times):
        codes = codes or papers.print_anew(PaperKind.SIGN_IN, by=person, now=now)
        door = Door("198.51.100.2")
        found["paper"] += isinstance(
            by_password(NAME, PASSWORD, codes.pop(), door=door, now=now), str
        )
    return found


def check_flood(
    person: Person, looked: Looked, july: datetime, tries: int, times: int
) -> None:
    end = flood(tries, july, HOUR)
    assert looked.count < 50
    person = db.session.get_one(Person, person.id)
    assert ways(person, end, times) == dict.fromkeys(
        ("passkey", "device", "paper"), times
    )


def test_a_flood_does_not_keep_the_owner_out(
    person: Person, looked: Looked, july: datetime
) -> None:
    check_flood(person, looked, july, tries=FEW, times=12)


@pytest.mark.prove
def test_ten_thousand_in_an_hour(
    person: Person, looked: Looked, july: datetime
) -> None:
    check_flood(person, looked, july, tries=10_000, times=OWNERS)


def test_by_password_the_owner_is_in_within_a_minute(
    person: Person, looked: Looked, july: datetime
) -> None:
    """The flood has just ended; the owner waits as the sentence says."""
    end = flood(FEW, july, HOUR)
    assert guess(PASSWORD, "203.0.113.5", end + timedelta(seconds=60))


def test_an_address_that_is_new_gets_one_try_amid_a_flood(
    person: Person, looked: Looked, july: datetime
) -> None:
    """From few addresses even a flood that goes on leaves the owner a way in."""
    for second in range(300):
        guess("wrong words", f"192.0.2.{second % 8}", july + timedelta(seconds=second))
    assert guess(PASSWORD, "203.0.113.5", july + timedelta(seconds=300))


@pytest.mark.usefixtures("app")
def test_whoever_knows_the_rules_gets_fewer_than_100_tries_a_day(
    july: datetime,
) -> None:
    """It waits just long enough for each next try, and has as many addresses."""
    now, made, others = july, [], addresses()
    while now < july + 2 * DAY:
        try:
            guessing.spend(NAME, "name", next(others), now=now)
            made.append(now)
        except Refused:
            now += factor_rules.silence(len(made)) or timedelta(seconds=1)
    most = max(sum(at <= each < at + DAY for each in made) for at in made)
    assert 40 < most < 100


@pytest.mark.usefixtures("app")
def test_control_without_the_silence_every_try_is_looked_at(
    july: datetime, monkeypatch: pytest.MonkeyPatch, looked: Looked
) -> None:
    monkeypatch.setattr(factor_rules, "silence", lambda tries: timedelta(0))
    flood(80, july, HOUR)
    assert looked.count == 80


@pytest.mark.usefixtures("app")
def test_a_name_that_nobody_has_is_counted_alike(
    looked: Looked, july: datetime
) -> None:
    flood(80, july, HOUR)
    first = looked.count
    accounts.consultant(NAME)
    flood(80, july + 2 * DAY, HOUR)
    assert looked.count == 2 * first


def test_an_own_device_is_no_endless_way_to_guess(
    person: Person, looked: Looked, july: datetime
) -> None:
    token = own_devices.mark(by=person, now=july)
    for _ in range(80):
        assert not guess("wrong words", "::9", july, own=token)
    assert looked.count < 50


def test_addresses_cannot_be_worked_out_from_the_table(
    person: Person, looked: Looked, july: datetime
) -> None:
    """Whoever has the table and no key tries every address there is, and none fits."""
    address = "203.0.113.7"
    assert not guess("wrong words", address, july)
    kept = set(db.session.scalars(sa.select(GuessCount.key)))
    assert len(kept) == 2
    tried = {
        sha256(f"{key}:{july:%Y-%m-%d}:{address}".encode()).hexdigest() for key in kept
    }
    assert not kept & tried
    assert guessing._key(NAME, "name") in kept
