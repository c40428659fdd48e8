"""What only the database tells: accounts that may too much, chatty logs, old tables."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Connection

from engage.core import clock
from engage.core.db import db
from engage.core.jobs import JobRun
from engage.deploy import database_checks as checks
from engage.deploy import start


@pytest.fixture
def connection(fresh_app: Flask) -> Iterator[Connection]:
    with fresh_app.app_context(), db.engine.connect() as opened:
        yield opened


def _is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def test_tables_without_a_version_are_not_of_this_one(connection: Connection) -> None:
    (said,) = checks.revision(connection)
    assert "db upgrade" in said


def test_an_account_that_may_rewrite_the_log_is_found(connection: Connection) -> None:
    found = list(checks.rights(connection))
    assert bool(found) is _is_postgres(connection)
    if not found:
        return
    assert any("superuser" in said for said in found)
    assert any("DELETE audit_mark: see docs/deploy/roles.sql" in said for said in found)
    connection.execute(sa.text("CREATE ROLE plain_one"))
    for table in checks.only_grow():
        connection.execute(sa.text(f"GRANT SELECT, INSERT ON {table} TO plain_one"))
    connection.execute(sa.text("SET ROLE plain_one"))
    assert list(checks.rights(connection)) == []


def test_a_log_that_could_be_rewritten_is_found(connection: Connection) -> None:
    assert list(checks.triggers(connection)) == []
    name = {"postgresql": "audit_entry_only_grows ON audit_entry"}
    dropped = name.get(connection.dialect.name, "audit_entry_no_delete")
    connection.execute(sa.text(f"DROP TRIGGER {dropped}"))
    (said,) = checks.triggers(connection)
    assert said.startswith("audit_entry can be rewritten")


def test_a_log_that_would_hold_what_people_typed_is_found(
    connection: Connection,
) -> None:
    if not _is_postgres(connection):
        assert list(checks.quiet_logs(connection)) == []
        return
    for name, value in checks.QUIET.items():
        connection.execute(sa.text(f"SET {name} = '{value}'"))
    assert list(checks.quiet_logs(connection)) == []
    connection.execute(sa.text("SET log_error_verbosity = 'verbose'"))
    (said,) = checks.quiet_logs(connection)
    assert said.endswith("must have log_error_verbosity = terse.")


def test_writes_that_may_be_lost_are_found(connection: Connection) -> None:
    if _is_postgres(connection):
        connection.execute(sa.text("SET synchronous_commit = off"))
        assert any("synchronous_commit" in said for said in _kept(connection))
        return
    raw = connection.connection.dbapi_connection
    assert raw is not None
    for level, said in (("FULL", []), ("NORMAL", ["synchronous must be FULL."])):
        raw.rollback()  # in a transaction it may not be changed
        raw.cursor().execute(f"PRAGMA synchronous={level}")
        assert _kept(connection) == said


def _kept(connection: Connection) -> list[str]:
    return list(checks.writes_kept(connection))


def test_a_worker_that_stands_still_is_found(connection: Connection) -> None:
    (said,) = checks.worker(connection)
    assert "flask --app wsgi worker" in said
    now = clock.now()
    values = {"job": "people.tidy", "slot": 1, "started_at": now, "ended_at": now}
    connection.execute(sa.insert(JobRun).values(problem="", tries=1, **values))
    assert list(checks.worker(connection)) == []
    late = now - checks.WORKER_WITHIN - timedelta(minutes=1)
    connection.execute(sa.update(JobRun).values(ended_at=late))
    assert len(list(checks.worker(connection))) == 1


@pytest.mark.parametrize(
    ("address", "is_well"),
    [
        ("postgresql+psycopg:///engage", True),
        ("postgresql+psycopg://a@127.0.0.1/engage", True),
        ("postgresql+psycopg:///engage?host=/run/postgresql", True),
        ("postgresql+psycopg://a@db.example.org/engage", False),
        ("postgresql+psycopg://a@db.example.org/engage?sslmode=require", False),
        ("postgresql+psycopg://a@db.example.org/engage?sslmode=verify-full", True),
        ("sqlite:///engage.sqlite", False),
    ],
)
def test_the_way_to_the_database_is_closed_or_encrypted(
    fresh_app: Flask, address: str, is_well: bool
) -> None:
    settings = dataclasses.replace(fresh_app.config["SETTINGS"], database_url=address)
    fresh_app.config["SETTINGS"] = settings
    assert (list(checks.way(fresh_app)) == []) is is_well


def test_the_command_says_what_is_to_do_and_fails(fresh_app: Flask) -> None:
    refused = fresh_app.test_cli_runner().invoke(args=["check-deploy"])
    assert "Demo mode is for one machine" in refused.output
    fresh_app.config["DEMO"] = False
    done = fresh_app.test_cli_runner().invoke(args=["check-deploy"])
    assert done.exit_code == 1
    assert "to do  worker" in done.output
    assert "ok     escaped pages" in done.output
    assert start.warnings(fresh_app)


def test_a_log_that_nobody_outside_keeps_is_noted_and_fails_nothing(
    fresh_app: Flask,
) -> None:
    fresh_app.config["DEMO"] = False
    done = fresh_app.test_cli_runner().invoke(args=["check-deploy"])
    assert "note   MARK_KEEPERS is empty" in done.output
    (note,) = start.remarks(fresh_app)
    assert note not in start.warnings(fresh_app)
    kept = dataclasses.replace(
        fresh_app.config["SETTINGS"], mark_keepers=("a@example.org", "b@example.org")
    )
    fresh_app.config["SETTINGS"] = kept
    assert start.remarks(fresh_app) == []
    done = fresh_app.test_cli_runner().invoke(args=["check-deploy"])
    assert "MARK_KEEPERS" not in done.output
