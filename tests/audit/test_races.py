"""Many writers of one chain: no link is lost, none stands twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit import actions, queries
from engage.audit.models import AuditChain, AuditEntry
from engage.core.db import Conflict, db, transaction
from tests import make

WRITERS, ROUNDS = 16, 12


def at_once(app: Flask, work: Callable[[], None]) -> int:
    """Run it in several threads that start together; how many of them conflicted."""
    barrier = Barrier(WRITERS)

    def one(_: int) -> bool:
        with app.app_context():
            barrier.wait()
            try:
                for _ in range(ROUNDS):
                    work()
            except Conflict:
                return True
            finally:
                db.session.remove()
        return False

    with ThreadPoolExecutor(WRITERS) as pool:
        return sum(pool.map(one, range(WRITERS)))


def add(now: datetime) -> None:
    with transaction():
        actions.record("raced", subject="person:a", thing="x:1", by=None, now=now)


def test_every_entry_of_every_writer_is_in_the_chain(
    fresh_app: Flask, july: datetime
) -> None:
    assert at_once(fresh_app, lambda: add(july)) == 0

    with fresh_app.app_context():
        assert db.session.get_one(AuditChain, "person:a").length == WRITERS * ROUNDS
        assert queries.broken_chains() == []


def test_looks_of_many_presses_at_once_are_one_entry(
    fresh_app: Flask, july: datetime
) -> None:
    with fresh_app.app_context():
        viewer = make.coordinator(make.organization())
        db.session.refresh(viewer)
        db.session.expunge(viewer)

    def look() -> None:
        actions.look(
            "plan",
            subject="person:a",
            thing="engagement:1",
            by=viewer,
            now=july,
            role="coordinator",
            organization_id=None,
        )

    at_once(fresh_app, look)

    with fresh_app.app_context():
        looks = sa.select(sa.func.count(AuditEntry.id))
        assert db.session.scalar(looks) == 1


def test_control_without_the_lock_writers_collide(
    fresh_app: Flask,
    july: datetime,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLite lets one writer in at a time, so only PostgreSQL can show it."""
    if database == "sqlite":
        return
    with fresh_app.app_context():
        add(july)
    monkeypatch.setattr(
        actions, "_locked", lambda subject: db.session.get(AuditChain, subject)
    )

    assert at_once(fresh_app, lambda: add(july)) > 0
