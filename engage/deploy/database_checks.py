"""What only the database and the machine can tell: rights, logs, age, work done."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.engine import Connection

from engage.core import clock
from engage.core.database_settings import database_problems
from engage.core.db import db

Check = Callable[[Connection], Iterator[str]]

WORKER_WITHIN = timedelta(minutes=15)
QUIET = {
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
}
KEPT = {"fsync": "on", "full_page_writes": "on"}


def problems(app: Flask) -> dict[str, list[str]]:
    """What is wrong, by the name of the check; each says what to do."""
    found: dict[str, list[str]] = {"way to the database": list(way(app))}
    with db.engine.connect() as connection:
        for name, check in CHECKS.items():
            found[name] = list(check(connection))
    return found


def way(app: Flask) -> Iterator[str]:
    """Encrypted and verified, unless it does not leave the machine."""
    address = sa.make_url(app.config["SETTINGS"].database_url)
    if address.get_backend_name() != "postgresql":
        yield "SQLite is for trying it out: use PostgreSQL 15 or newer."
        return
    yield from database_problems(app.config["SETTINGS"].database_url)


def revision(connection: Connection) -> Iterator[str]:
    folder = Path(__file__).parents[2] / "migrations"
    newest = ScriptDirectory(str(folder)).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != newest:
        yield "The tables are of another version: run `flask --app wsgi db upgrade`."


def rights(connection: Connection) -> Iterator[str]:
    """Only on PostgreSQL: SQLite knows no accounts."""
    if connection.dialect.name != "postgresql":
        return
    is_super = sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if connection.scalar(is_super):
        yield "The database account is a superuser: use one with fewer rights."
    may = sa.text("SELECT has_table_privilege(current_user, :name, :right)")
    there = set(sa.inspect(connection).get_table_names())
    for table in sorted(there.intersection(only_grow())):
        for right in forbidden(table):
            if connection.scalar(may, {"name": table, "right": right}):
                yield (
                    f"The database account may {right} {table}: see"
                    " docs/deploy/roles.sql for an account that may not."
                )


def forbidden(table: str) -> tuple[str, ...]:
    """Rows that may go after some years are deleted by the worker: a trigger waits."""
    goes = db.metadata.tables[table].info["only_grows"] == "for years"
    return ("UPDATE", "TRUNCATE") if goes else ("UPDATE", "TRUNCATE", "DELETE")


def only_grow() -> list[str]:
    """Tables to which the web and the worker may add, and that they may read."""
    return [
        name for name, each in db.metadata.tables.items() if "only_grows" in each.info
    ]


def triggers(connection: Connection) -> Iterator[str]:
    """The database itself refuses to change what only grows."""
    kept = {"sqlite": _SQLITE_TRIGGERS, "postgresql": _POSTGRESQL_TRIGGERS}
    held = set(connection.scalars(sa.text(kept[connection.dialect.name])))
    for table in only_grow():
        if table not in held:
            yield f"{table} can be rewritten: its triggers are missing or switched off."


_SQLITE_TRIGGERS = (
    "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
    " AND name IN (tbl_name || '_no_update', tbl_name || '_no_delete')"
    " GROUP BY tbl_name HAVING count(*) = 2"
)
_POSTGRESQL_TRIGGERS = (
    "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " WHERE tgname = relname || '_only_grows' AND tgenabled IN ('O', 'A')"
)


def quiet_logs(connection: Connection) -> Iterator[str]:
    """A log line of the database must not hold what people typed."""
    yield from _settings(connection, QUIET)


def writes_kept(connection: Connection) -> Iterator[str]:
    """What was said to be saved is on the disk."""
    if connection.dialect.name == "sqlite":
        if connection.exec_driver_sql("PRAGMA synchronous").scalar() != 2:
            yield "synchronous must be FULL."
        return
    yield from _settings(connection, KEPT)
    if connection.scalar(sa.text("SHOW synchronous_commit")) == "off":
        yield "synchronous_commit is off: PostgreSQL must have it on."


def _settings(connection: Connection, wanted: dict[str, str]) -> Iterator[str]:
    if connection.dialect.name != "postgresql":
        return
    for name, value in wanted.items():
        is_now = connection.scalar(sa.text(f"SHOW {name}"))
        if is_now != value:
            yield f"{name} is {is_now}: PostgreSQL must have {name} = {value}."


def worker(connection: Connection) -> Iterator[str]:
    """The worker asks, pays and forgets: without it nothing is ever erased."""
    table = db.metadata.tables["job_run"]
    if not sa.inspect(connection).has_table("job_run"):
        return
    last = connection.scalar(sa.select(sa.func.max(table.c.ended_at)))
    if last is None or clock.now() - last > WORKER_WITHIN:
        yield "The worker has not run for 15 minutes: start `flask --app wsgi worker`."


CHECKS: dict[str, Check] = {
    "version of the tables": revision,
    "rights in the database": rights,
    "what only grows": triggers,
    "quiet database logs": quiet_logs,
    "writes are kept": writes_kept,
    "worker": worker,
}
