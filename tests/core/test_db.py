"""One commit, savepoints that undo, locks that read afresh, and no update lost."""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import db as house
from engage.core.db import db, end_read, in_transaction, lock, lock_one, transaction
from engage.core.errors import Refused
from engage.core.limits import RateCount
from engage.organizations.models import Organization
from tests import make

THREADS, EACH = 8, 50


def names() -> list[str]:
    return sorted(db.session.scalars(sa.select(Organization.name)))


def add(name: str) -> None:
    with transaction() as session:
        session.add(Organization(name=name, zone=make.ZONE))


def test_a_caught_refusal_undoes_only_its_own_writes(app: Flask) -> None:
    def refused() -> None:
        with transaction():
            add("undone")
            raise Refused("no")

    with transaction():
        add("before")
        with pytest.raises(Refused):
            refused()
        add("after")
    assert names() == ["after", "before"]


def test_an_error_in_the_outermost_block_undoes_everything(app: Flask) -> None:
    def fails() -> None:
        with transaction():
            add("inner")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert names() == []
    with transaction():
        add("later")
    assert names() == ["later"]


def test_a_database_error_inside_leaves_the_outer_block_usable(app: Flask) -> None:
    add("taken")
    with transaction():
        with pytest.raises(house.Conflict):
            add("taken")
        add("free")
    assert names() == ["free", "taken"]


def test_a_lock_is_refused_outside_a_transaction(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="outside"):
        lock(Organization, [1])
    with pytest.raises(RuntimeError, match="outside"):
        house.lock_by_key(RateCount, "x")
    with pytest.raises(RuntimeError, match="outside"):
        house.claim(Organization, sa.select(Organization.id))


def test_a_lock_reads_afresh_what_the_session_already_held(app: Flask) -> None:
    place = make.organization("Old")
    with transaction():
        held = db.session.get_one(Organization, place.id)
        db.session.execute(
            sa.update(Organization)
            .values(name="New")
            .execution_options(synchronize_session=False)
        )
        assert held.name == "Old"
        assert lock_one(Organization, place.id).name == "New"


def test_locks_come_in_one_order(app: Flask) -> None:
    ids = [make.organization().id for _ in range(3)]
    with transaction():
        locked = lock(Organization, reversed(ids))
    assert [row.id for row in locked] == ids


def test_no_call_leaves_the_machine_inside_a_transaction(app: Flask) -> None:
    with transaction(), pytest.raises(RuntimeError, match="inside"):
        end_read()
    names()
    assert in_transaction()
    end_read()
    assert not in_transaction()


def test_a_naive_moment_never_reaches_the_database(app: Flask) -> None:
    naive = datetime(2026, 7, 1)  # noqa: DTZ001 - the fault under test
    with pytest.raises(sa.exc.StatementError, match="naive"):
        make.panel(make.organization(), created_at=naive)
    aware = datetime(2026, 7, 1, 12, tzinfo=UTC)
    made = make.panel(make.organization(), created_at=aware)
    db.session.expire_all()
    assert made.created_at == aware
    assert made.created_at.tzinfo is not None


def together(app: Flask, once: Callable[[], None]) -> None:
    """Run `once` 400 times on eight threads, each in an app context of its own."""

    def many(_: int) -> None:
        for _ in range(EACH):
            with app.app_context():
                once()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(many, range(THREADS)))


def start(app: Flask) -> None:
    with app.app_context():
        make.save(RateCount(key="x", count=0, ends_at=0))


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.get_one(RateCount, "x").count


def test_no_update_is_lost_among_threads(fresh_app: Flask) -> None:
    def step() -> None:
        with transaction():
            row = house.lock_by_key(RateCount, "x")
            assert row is not None
            row.count += 1

    start(fresh_app)
    together(fresh_app, step)
    assert count(fresh_app) == THREADS * EACH


def test_control_updates_are_lost_without_the_lock(
    fresh_app: Flask, database: str, tmp_path: Path
) -> None:
    def unlocked() -> None:
        with transaction() as session:
            seen = session.get_one(RateCount, "x").count
            time.sleep(0.001)
            session.execute(sa.update(RateCount).values(count=seen + 1))

    def late_begin() -> None:
        plain = sqlite3.connect(tmp_path / "engage.sqlite", timeout=30)
        (seen,) = plain.execute("SELECT count FROM rate_count").fetchone()
        time.sleep(0.001)
        plain.execute("UPDATE rate_count SET count = ?", (seen + 1,))
        plain.commit()
        plain.close()

    start(fresh_app)
    # SQLite needs no row lock, but the BEGIN that our listeners put in its place.
    together(fresh_app, unlocked if database == "postgres" else late_begin)
    assert count(fresh_app) < THREADS * EACH
