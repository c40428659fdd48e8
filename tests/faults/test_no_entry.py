"""F38: what cannot be written into the log is not shown: a plain error, and no page."""

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.people import known
from engage.people.models import Alias
from tests import make
from tests.clients import Browser
from tests.filled import browser_of

SECRET = "Heron of the canary wharf"
LOCKED = "audit_entry_locked"


@pytest.fixture
def scene(fresh_app: Flask, july: datetime) -> tuple[Browser, str, int]:
    """A coordinator's browser, the page of a name, and whose name it is."""
    fresh_app.config["PROPAGATE_EXCEPTIONS"] = False
    with fresh_app.app_context():
        place = make.organization()
        person = make.consultant()
        alias = make.alias(person, place, SECRET, is_open=True, is_listed=True)
        viewer, uid, who = make.coordinator(place).id, alias.uid, person.id
        db.session.commit()
    return browser_of(fresh_app, viewer), f"/names/{uid}", who


def forbid(app: Flask, database: str) -> Callable[[], None]:
    """Nobody may insert an entry any more; what takes that back.

    On PostgreSQL by the right itself, of a role that the application turns into, since
    an owner keeps all rights; on SQLite, which has no rights, by a trigger.
    """
    engine = db.engine
    if database == "sqlite":
        run(
            f"CREATE TRIGGER {LOCKED} BEFORE INSERT ON audit_entry"
            " BEGIN SELECT RAISE(FAIL, 'no right to insert'); END"
        )
        return lambda: run(f"DROP TRIGGER {LOCKED}")
    role = f"web_{app.config['SECRET_KEY'][:8]}"
    run(f"CREATE ROLE {role}")
    for kind in ("TABLES", "SEQUENCES"):
        run(f"GRANT ALL ON ALL {kind} IN SCHEMA public TO {role}")
    run(f"REVOKE INSERT ON audit_entry FROM {role}")

    def turn(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL ROLE {role}")

    sa.event.listen(engine, "begin", turn)

    def undo() -> None:
        sa.event.remove(engine, "begin", turn)
        run(f"DROP OWNED BY {role}")
        run(f"DROP ROLE {role}")

    return undo


def run(statement: str) -> None:
    db.session.remove()
    with db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def looks(app: Flask) -> int:
    with app.app_context():
        query = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.kind == "look")
        return int(db.session.scalar(query) or 0)


def test_f38_an_entry_that_cannot_be_written_withholds_the_page(
    fresh_app: Flask, database: str, scene: tuple[Browser, str, int]
) -> None:
    browser, page, _ = scene
    with fresh_app.app_context():
        undo = forbid(fresh_app, database)
    try:
        answer = browser.get(page)
        own = browser.get("/account")
    finally:
        with fresh_app.app_context():
            undo()

    assert answer.status_code in {500, 503}
    assert SECRET not in answer.text
    for inside in ("audit_entry", "Traceback", "insert", "sqlalchemy"):
        assert inside not in answer.text
    assert "<h1" in answer.text  # a page of ours, in plain words
    assert own.status_code == 200  # what is no look goes on
    assert looks(fresh_app) == 0
    assert SECRET in browser.get(page).text
    assert looks(fresh_app) == 1


def test_f38_control_without_the_entry_the_page_is_shown(
    fresh_app: Flask,
    database: str,
    scene: tuple[Browser, str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser, page, _ = scene
    monkeypatch.setattr(known, "look", lambda *_, **__: None)
    with fresh_app.app_context():
        undo = forbid(fresh_app, database)
    try:
        answer = browser.get(page)
    finally:
        with fresh_app.app_context():
            undo()

    assert answer.status_code == 200
    assert SECRET in answer.text
    assert looks(fresh_app) == 0


def test_f38_an_act_that_cannot_be_written_down_is_not_done(
    fresh_app: Flask, database: str, scene: tuple[Browser, str, int], july: datetime
) -> None:
    """Any form: what it does and its entry stand or fall together."""
    _, _, who = scene
    browser = browser_of(fresh_app, who)
    with fresh_app.app_context():
        place = db.session.scalars(sa.select(Alias.organization_id)).one()
        uid = db.session.execute(
            sa.text("SELECT uid FROM organization WHERE id = :id"), {"id": place}
        ).scalar_one()
        undo = forbid(fresh_app, database)
    try:
        answer = browser.post(f"/account/names/{uid}", data={"name": "Other name"})
    finally:
        with fresh_app.app_context():
            undo()
    assert answer.status_code in {500, 503}
    with fresh_app.app_context():
        assert db.session.scalars(sa.select(Alias.name)).one() == SECRET
