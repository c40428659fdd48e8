"""The file of wrapped keys: a connection per thread, which sees every change."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import local
from typing import Any

TABLE = """
CREATE TABLE IF NOT EXISTS wrapped_key (
    subject TEXT NOT NULL, number INTEGER NOT NULL, wrapped BLOB NOT NULL,
    retired_at TEXT, PRIMARY KEY (subject, number))
"""


class Held(local):
    """One thread's connection, and the keys it has unwrapped since the last change."""

    pid = 0
    version = -1
    connection: sqlite3.Connection | None = None

    def __init__(self) -> None:
        self.newest: dict[str, tuple[int, bytes]] = {}
        self.keys: dict[tuple[str, int], bytes] = {}
        # Kept open after a fork: closing one here would undo what the parent writes.
        self.parents: list[sqlite3.Connection | None] = []

    def drop(self) -> None:
        self.newest.clear()
        self.keys.clear()


class KeyFile:
    """Reads and writes, each by this thread's own connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held = Held()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.writing() as store:
            _make_table(store)
        path.chmod(0o600)

    def connection(self) -> sqlite3.Connection:
        """This thread's own; never one that a parent process has opened."""
        held = self.held
        if held.connection is None or held.pid != os.getpid():
            held.parents.append(held.connection)
            held.connection, held.pid = _connect(self.path), os.getpid()
            held.version = -1
        return held.connection

    def look(self) -> None:
        """Forget what was unwrapped when anybody has changed the file since."""
        (version,) = self.connection().execute("PRAGMA data_version").fetchone()
        if version != self.held.version:
            self.held.version = version
            self.held.drop()

    def read(self, statement: str, *values: object) -> list[Any]:
        return self.connection().execute(statement, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        store = self.connection()
        try:
            with store:
                yield store
        finally:
            self.held.drop()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30)
    connection.execute("PRAGMA secure_delete = ON")  # a forgotten key is overwritten
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _make_table(store: sqlite3.Connection) -> None:
    columns = [row[1] for row in store.execute("PRAGMA table_info(wrapped_key)")]
    if columns and "number" not in columns:
        store.execute("BEGIN IMMEDIATE")
        store.execute("ALTER TABLE wrapped_key RENAME TO plain_key")
        store.execute(TABLE)
        store.execute(
            "INSERT INTO wrapped_key SELECT subject, 0, wrapped, NULL FROM plain_key"
        )
        store.execute("DROP TABLE plain_key")
    else:
        store.execute(TABLE)
