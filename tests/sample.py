"""A year that is played once in a run, and brought into as many databases as wanted."""

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import Base, db
from engage.demo.build import fill
from engage.settings import Settings
from tests import extras

SECRETS = ("secret_key", "master_key", "lookup_key")


@dataclass(frozen=True)
class Sample:
    """Where a played year lies: its rows, its keys, and what opens them."""

    folder: Path

    @property
    def rows(self) -> Path:
        return self.folder / "engage.sqlite"

    @property
    def keys(self) -> Path:
        return self.folder / "keystore.sqlite"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets.json"

    def keep(self, settings: Settings) -> None:
        told = {name: getattr(settings, name) for name in SECRETS}
        self.secrets.write_text(json.dumps(told, default=bytes.hex))

    def like(self, settings: Settings) -> Settings:
        """Settings whose keys open this year."""
        told = json.loads(self.secrets.read_text())
        for name in SECRETS[1:]:
            told[name] = bytes.fromhex(told[name])
        return replace(settings, **told)


def play(app: Flask, size: str) -> None:
    with app.app_context():
        extras.play(fill(size, 1, clock.now()))


def shared(folder: Path) -> Path:
    """The folder of a whole run, from that of one of its processes."""
    return folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder


@contextmanager
def first_of_all(folder: Path, name: str) -> Iterator[Path | None]:
    """The folder for a thing that one process of a run makes; None: it is there."""
    folder = shared(folder)
    place = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():
            yield None
            return
        half = folder / f"{name}.half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        yield half
        half.rename(place)


def bring(sample: Sample, app: Flask) -> None:
    """Every row and every key of it, into tables that are there and empty."""
    keys: Path = app.config["SETTINGS"].key_store
    with (
        closing(sqlite3.connect(sample.keys)) as old,
        closing(sqlite3.connect(keys)) as new,
    ):
        old.backup(new)
    source = sa.create_engine(f"sqlite:///{sample.rows}", poolclass=sa.NullPool)
    with app.app_context(), source.connect() as old, db.engine.begin() as new:
        _unbind(new)
        for table in Base.metadata.sorted_tables:
            rows = [dict(row) for row in old.execute(sa.select(table)).mappings()]
            if rows:
                new.execute(table.insert(), rows)
            _count_on(new, table)


def _unbind(connection: Any) -> None:
    """Rows may come before those they name; at the end all of them are there."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    else:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _count_on(connection: Any, table: sa.Table) -> None:
    """PostgreSQL's own numbers go on after those that were brought."""
    if connection.dialect.name == "postgresql" and "id" in table.c:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"  # noqa: S608
            f" (SELECT max(id) FROM {table.name}))"
        )
