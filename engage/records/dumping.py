"""The database as one stream of bytes at one moment, and back from it."""

import os
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from engage.core.db import db
from engage.core.errors import Refused

READ = 1 << 20
# Kept for hours or less: nothing of it has to come back, and some of it must not.
LEFT_OUT = (
    "kept_text", "sign_in", "used_form", "rate_count", "guess_count", "worker_lease",
)  # fmt: skip


class Taken(NamedTuple):
    """What was taken: how many rows, cents in sum, and the bytes as they come."""

    facts: dict[str, Any]
    parts: Iterator[bytes]


def engine_name() -> str:
    return db.engine.dialect.name


def left_out() -> list[str]:
    """The tables of LEFT_OUT that there are."""
    return [name for name in LEFT_OUT if name in db.metadata.tables]


def facts(connection: Connection) -> dict[str, Any]:
    """Rows and cents of each table, and the heads of the log: alike after a restore."""
    found: dict[str, Any] = {"rows": {}, "cents": {}}
    for table in db.metadata.sorted_tables:
        if table.name in LEFT_OUT:
            continue
        counted = sa.select(sa.func.count()).select_from(table)
        found["rows"][table.name] = connection.scalar(counted)
        if "cents" in table.columns:
            summed = connection.scalar(sa.select(sa.func.sum(table.columns.cents)))
            found["cents"][table.name] = int(summed or 0)
    return found


@contextmanager
def taken() -> Iterator[Taken]:
    """Everything as it stands now, while others go on writing."""
    if engine_name() == "sqlite":
        yield _from_sqlite()
        return
    with db.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        snapshot = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        yield Taken(facts(connection), _from_postgres(str(snapshot)))


def _from_sqlite() -> Taken:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copied:
        with closing(sqlite3.connect(_file())) as source:
            source.backup(copied)
        for name in left_out():
            copied.execute(f"DELETE FROM {name}")  # noqa: S608 - names of our own
        copied.execute("VACUUM")
        engine = sa.create_engine(
            "sqlite://", creator=lambda: copied, poolclass=sa.StaticPool
        )
        with engine.connect() as connection:
            found = facts(connection)
        data = copied.serialize()
    return Taken(found, iter([data]))


def _from_postgres(snapshot: str) -> Iterator[bytes]:
    """The pieces of pg_dump's own format; an error of it ends the copy loudly."""
    without = [f"--exclude-table-data={name}" for name in left_out()]
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges"]
    command += [f"--snapshot={snapshot}", *without]
    with subprocess.Popen(  # noqa: S603 - no word of it comes from outside
        command, env=_environment(), stdout=subprocess.PIPE
    ) as dump:
        if dump.stdout is None:
            raise RuntimeError("pg_dump says nothing")
        while part := dump.stdout.read(READ):
            yield part
    if dump.returncode:
        raise RuntimeError(f"pg_dump ended with {dump.returncode}")


def put_back(parts: Iterable[bytes]) -> None:
    """In place of everything that is there now: all of it, or nothing."""
    db.session.remove()
    if engine_name() == "sqlite":
        _to_sqlite(b"".join(parts))
    else:
        _to_postgres(parts)
    db.engine.dispose()


def _to_sqlite(data: bytes) -> None:
    db.engine.dispose()
    with closing(sqlite3.connect(":memory:")) as copied:
        copied.deserialize(data)
        (sound,) = copied.execute("PRAGMA integrity_check").fetchone()
        if sound != "ok":
            raise Refused("The copy is not sound.")
        with closing(sqlite3.connect(_file(), timeout=30)) as target:
            copied.backup(target)


def _to_postgres(parts: Iterable[bytes]) -> None:
    command = ["pg_restore", "--single-transaction", "--clean", "--if-exists"]
    command += ["--no-owner", "--no-privileges", "--exit-on-error"]
    command += [f"--dbname={_url().database}"]
    with subprocess.Popen(  # noqa: S603 - no word of it comes from outside
        command, env=_environment(), stdin=subprocess.PIPE
    ) as restore:
        if restore.stdin is None:
            raise RuntimeError("pg_restore hears nothing")
        try:
            for part in parts:
                restore.stdin.write(part)
        except BaseException:
            restore.kill()  # before its end of input: nothing of it is kept
            raise
        restore.stdin.close()
    if restore.returncode:
        raise RuntimeError(f"pg_restore ended with {restore.returncode}")


def _url() -> URL:
    return db.engine.url


def _file() -> Path:
    return Path(str(_url().database))


def _environment() -> dict[str, str]:
    """How PostgreSQL's own programs find the database; a password is no argument."""
    url = _url()
    host = url.host or str(url.query.get("host", ""))
    given = {
        "PGHOST": host,
        "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": str(url.database or ""),
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, **{name: value for name, value in given.items() if value}}
