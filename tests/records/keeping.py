"""Folders and keys for copies, and what a database says when it is laid open."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from engage.audit import queries as audit
from engage.core import clock, vault
from engage.core.db import db
from engage.ledger import soundness
from engage.payouts import books
from engage.records import dumping

PRIVATE, PUBLIC = (base64.b64decode(half) for half in vault.new_pair())


def keep_copies(app: Flask, folder: Path) -> tuple[Path, Path]:
    """The app makes copies from now on: (folder of data, folder of keys)."""
    data, keys = folder / "data", folder / "keys"
    for each in (data, keys):
        each.mkdir()
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"],
        backup_public_key=PUBLIC,
        backup_folder=data,
        key_backup_folder=keys,
        erasure_list=folder / "erasures",
    )
    return data, keys


def content() -> dict[str, list[Any]]:
    """Every row of every table that a copy has, in order."""
    with db.engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    sa.select(table).order_by(*table.primary_key.columns)
                )
            ]
            for table in db.metadata.sorted_tables
            if table.name not in dumping.LEFT_OUT
        }


def invariants() -> list[str]:
    """What must hold after any fault: books, ledger, chains."""
    return [
        *soundness.problems(),
        *books.problems(clock.now()),
        *(str(each) for each in audit.broken_chains()),
    ]


def wipe() -> None:
    """The machine is lost: no table is left."""
    db.session.remove()
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).scalars()
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for name in list(names):
                connection.exec_driver_sql(f'DROP TABLE "{name}"')
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")


@contextmanager
def opened(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()
