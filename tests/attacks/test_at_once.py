"""Attack 8: a code that works once, used again, and by many at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.core.errors import Refused
from engage.people import app_codes, papers, passkeys, recovery, reopening
from engage.people.factor_rules import PaperKind
from engage.people.models import Person
from engage.people.passkeys import Site
from tests.people import accounts
from tests.people.keys import Device

AT_ONCE, ROUNDS = 6, 3
NAME = "paper-boat-lamp"
HERE = Site("localhost", "http://localhost", "Engage", "x" * 32)
Use = Callable[[Person], object]


@pytest.fixture
def app(fresh_app: Flask, july: datetime) -> Flask:
    with fresh_app.app_context():
        accounts.consultant(NAME)
        db.session.remove()
    return fresh_app


def person() -> Person:
    return db.session.scalars(sa.select(Person)).one()


def race(app: Flask, use: Use) -> int:
    """How many of several threads at a barrier got through with the same code."""
    barrier = Barrier(AT_ONCE)

    def attempt(_: int) -> int:
        with app.app_context():
            found = person()
            db.session.commit()
            barrier.wait()
            try:
                use(found)
            except Refused:
                return 0
            finally:
                db.session.remove()
            return 1

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(attempt, range(AT_ONCE)))


def with_app(now: datetime) -> Use:
    """An app whose next code was not used yet."""
    found = person()
    if app_codes.queries.app_code(found.id) is None:
        app_codes.begin(by=found, now=now)
    row = app_codes.queries.app_code(found.id)
    assert row is not None
    row.is_on, row.last_step = True, 0
    code = pyotp.TOTP(row.seed(found.subject)).at(now)
    db.session.commit()
    return lambda each: app_codes.use(code, person=each, now=now)


def with_paper(now: datetime) -> Use:
    code = papers.print_anew(PaperKind.SIGN_IN, by=person(), now=now)[0]
    return lambda each: papers.use(PaperKind.SIGN_IN, code, person=each)


def with_spare(now: datetime) -> Use:
    code = papers.print_anew(PaperKind.RECOVERY, by=person(), now=now)[0]
    way = recovery.look_up(NAME, code, now=now)

    def use(_each: Person) -> object:
        return reopening.finish(way, password="wooden bridge quiet lamp", now=now)

    return use


def with_helper(now: datetime) -> Use:
    code = papers.print_anew(PaperKind.HELPER, by=person(), now=now)[0]

    def use(each: Person) -> object:
        way = recovery.Way(each.uid, opens=False, code=code, starts=True)
        return recovery.start_by_helper(way, now=now)

    return use


def with_passkey(now: datetime) -> Use:
    """One answer of one device, sent by several: its challenge is taken once."""
    device = Device()
    sent = device.make(passkeys.options_to_add(person(), HERE))
    passkeys.add(sent, site=HERE, by=person(), now=now)
    shown = device.show(passkeys.options_to_prove("enter", HERE))
    return lambda _each: passkeys.prove(shown, "enter", site=HERE, now=now)


KINDS = [with_app, with_paper, with_spare, with_helper, with_passkey]


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_is_used_once_however_many_use_it(
    app: Flask, july: datetime, kind: Callable[[datetime], Use]
) -> None:
    passed = []
    for _ in range(ROUNDS):
        with app.app_context():
            use = kind(july)
            db.session.remove()
        passed.append(race(app, use))
    assert passed == [1] * ROUNDS


@pytest.mark.filterwarnings("ignore:DELETE statement")
@pytest.mark.parametrize(
    ("module", "kind"), [(papers, with_paper), (app_codes, with_app)]
)
def test_control_without_the_lock_a_code_is_used_several_times(
    app: Flask, july: datetime, database: str, monkeypatch: pytest.MonkeyPatch,
    module: Any, kind: Callable[[datetime], Use],
) -> None:  # fmt: skip
    """SQLite lets one writer in at a time, so only PostgreSQL can show it."""
    if database == "sqlite":
        return

    def unlocked(model: Any, ids: list[int]) -> list[Any]:
        return list(db.session.scalars(sa.select(model).where(model.id.in_(ids))))

    monkeypatch.setattr(module, "lock", unlocked)
    passed = []
    for _ in range(8 * ROUNDS):
        with app.app_context():
            use = kind(july)
            db.session.remove()
        passed.append(race(app, use))
    assert max(passed) > 1
