"""Two people with one code, at the same moment: one account."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import Conflict, db, transaction
from engage.core.errors import Refused
from engage.people import actions, codes
from engage.people.code_models import EntryCode
from engage.people.models import Alias, Membership, Person
from engage.people.rules import PersonKind
from tests import make
from tests.people.accounts import PASSWORD

ROUNDS, AT_ONCE = 12, 4
CHOSEN = {"language": "en", "zone": "America/Denver", "week_start": "6"}


def race(app: Flask, now: datetime) -> int:
    """How many accounts one code opened when several people used it at once."""
    with app.app_context():
        by = make.coordinator(make.organization())
        place = db.session.scalars(sa.select(Membership.organization_id)).first()
        assert place is not None
        code = codes.make_for_consultant(organization_id=place, by=by, now=now)
        hashed = codes.code_hash(code)
        db.session.remove()
    barrier = Barrier(AT_ONCE)

    def use(_: int) -> bool:
        with app.app_context():
            barrier.wait()
            try:
                codes.open_account(
                    hashed,
                    name=f"boat-{secrets.token_hex(6)}",
                    password=PASSWORD,
                    is_adult=True,
                    now=now,
                    **CHOSEN,
                )
            except (Refused, Conflict):
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(use, range(AT_ONCE)))


def consultants(app: Flask) -> int:
    with app.app_context():
        of_kind = sa.select(sa.func.count(Person.id)).where(
            Person.kind == PersonKind.CONSULTANT
        )
        return int(db.session.scalar(of_kind) or 0)


def test_one_code_opens_one_account_however_many_use_it(
    fresh_app: Flask, july: datetime
) -> None:
    opened = [race(fresh_app, july) for _ in range(ROUNDS)]

    assert opened == [1] * ROUNDS
    assert consultants(fresh_app) == ROUNDS


@pytest.mark.filterwarnings("ignore:DELETE statement")
def test_control_without_the_lock_a_code_opens_several(
    fresh_app: Flask, july: datetime, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite lets one writer in at a time, so only PostgreSQL can show it."""
    if database == "sqlite":
        return

    def unlocked(model: type[EntryCode], ids: list[int]) -> list[EntryCode]:
        return list(db.session.scalars(sa.select(model).where(model.id.in_(ids))))

    monkeypatch.setattr(codes, "lock", unlocked)
    opened = [race(fresh_app, july) for _ in range(ROUNDS)]

    assert max(opened) > 1


def test_two_that_need_a_name_at_once_get_the_same_one(
    fresh_app: Flask, july: datetime
) -> None:
    with fresh_app.app_context():
        person, place = make.consultant().id, make.organization().id
        db.session.remove()
    barrier = Barrier(AT_ONCE)

    def name(_: int) -> int:
        with fresh_app.app_context():
            barrier.wait()
            with transaction():
                found = actions.alias_for(person, place).id
            db.session.remove()
            return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = set(pool.map(name, range(AT_ONCE)))

    assert len(found) == 1
    with fresh_app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Alias.id))) == 1
