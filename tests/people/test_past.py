"""The security log: one's own sign-ins for oneself, counts for administrators."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.core.errors import Refused
from engage.people import past
from engage.people.entering import Door, by_password
from engage.people.factor_rules import Device
from engage.people.models import Person
from engage.people.past_models import PastKind, PastSignIn
from tests import make
from tests.clients import Browser
from tests.people import accounts
from tests.people.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
PHONE = Door("198.51.100.7", Device.PHONE)


@pytest.fixture
def person(app: Flask) -> Person:
    return accounts.consultant()


def enter(name: str, password: str, now: datetime) -> None:
    by_password(name, password, "", door=PHONE, now=now)


def fail(name: str, now: datetime) -> None:
    with pytest.raises(Refused):
        enter(name, "wrong", now)


def kept() -> list[tuple[int | None, PastKind]]:
    query = sa.select(PastSignIn.person_id, PastSignIn.kind).order_by(PastSignIn.id)
    return [(who, kind) for who, kind in db.session.execute(query)]


def test_a_sign_in_and_a_wrong_try_are_noted(person: Person, july: datetime) -> None:
    name = person.sign_in_name
    fail(name, july)
    enter(name, PASSWORD, july)
    fail("nobody of that name", july)

    assert kept() == [
        (person.id, PastKind.WRONG),
        (person.id, PastKind.IN),
        (None, PastKind.WRONG),
    ]
    columns = set(PastSignIn.__table__.columns.keys())
    assert columns == {"id", "uid", "person_id", "kind", "device", "at"}


def test_each_reads_their_own_and_no_other(
    person: Person, july: datetime, sign_in: SignInAs
) -> None:
    fail(person.sign_in_name, july)
    other = accounts.consultant("another one")

    assert (
        "Wrong password or code" in sign_in(person).get("/account/sign-ins/past").text
    )
    page = sign_in(other).get("/account/sign-ins/past").text
    assert "Wrong password or code" not in page


def test_an_administrator_reads_counts_and_ids_that_lead_nowhere(
    person: Person, july: datetime, sign_in: SignInAs
) -> None:
    for number in range(past.MANY):
        fail(person.sign_in_name, july + timedelta(hours=number))
    fail("nobody of that name", july)
    admin = make.administrator()

    page = sign_in(admin).get("/sign-ins").text

    assert past.counted()[1:3] == (past.MANY, 1)
    ((opaque, tries),) = past.counted().often
    assert (opaque in page, tries) == (True, past.MANY)
    for named in (person.uid, person.sign_in_name, "198.51.100.7"):
        assert named not in page
        assert opaque not in named
    for stranger in (person, make.coordinator(make.organization())):
        assert sign_in(stranger).get("/sign-ins").status_code == 404


def test_it_is_kept_for_thirty_days(person: Person, july: datetime) -> None:
    enter(person.sign_in_name, PASSWORD, july)
    past.forget_old(july + timedelta(days=30) - timedelta(seconds=1))
    assert len(kept()) == 1
    past.forget_old(july + timedelta(days=30))
    assert kept() == []
