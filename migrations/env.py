"""Runs migrations inside the application that `flask db` has loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app

from engage.core.db import UTCDateTime, db

# Also tables that no page of this release shows.
for path in Path(current_app.root_path).glob("*/*models*.py"):
    import_module(f"engage.{path.parent.name}.{path.stem}")


def render_item(kind: str, item: Any, _autogenerate: object) -> str | bool:
    """Write what the database stores, so that a migration outlives our types."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
    with keys_unchecked(connection), context.begin_transaction():
        context.run_migrations()


@contextmanager
def keys_unchecked(connection: sa.Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew: rows point at it meanwhile.

    Set outside of any transaction, as SQLite wants it; at the end all keys must hold.
    """
    driver = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or driver is None:
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"rows that point at nothing: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


given: sa.Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with current_app.app_context(), db.engine.connect() as opened:
        run(opened)
