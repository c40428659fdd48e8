"""The tables of a release: changed by a process that dies, used by the one before."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from engage.core.db import db
from tests.conftest import running
from tests.faults.kill_points import die
from tests.house import ROOT
from tests.test_migrations import FOLDER, counts, differences, fill

LONG = pytest.mark.prove
REVISIONS = [
    each.revision
    for each in reversed(
        list(ScriptDirectory(str(ROOT / "migrations")).walk_revisions())
    )
]
STEPS = list(zip(["base", *REVISIONS], REVISIONS, strict=False))
KILLED_AT = (2, 0.5, 0.98)  # of the statements of a step; a number, or a share
Rows = dict[str, list[tuple[Any, ...]]]
Columns = dict[str, list[str]]  # by table


@pytest.fixture
def migrated(empty_address: str, tmp_path: Path) -> Iterator[Flask]:
    with running(tmp_path, empty_address) as app, app.app_context():
        flask_migrate.upgrade(directory=FOLDER)
        yield app
        db.session.remove()


def contents(columns: Columns | None = None) -> tuple[Rows, Columns]:
    """Every row of every table, of these columns or of all, and the columns."""
    there = sa.inspect(db.engine)
    every = {
        name: sorted(column["name"] for column in there.get_columns(name))
        for name in there.get_table_names()
        if name != "alembic_version"
    }
    known = every if columns is None else columns
    rows = {}
    with db.engine.connect() as connection:
        for name, wanted in known.items():
            table = sa.table(name, *map(sa.column, wanted))
            found = connection.execute(sa.select(table)).all()
            rows[name] = sorted(tuple(map(str, row)) for row in found)
    return rows, known


def upgrade(to: str) -> None:
    flask_migrate.upgrade(directory=FOLDER, revision=to)


def statements_of(act: Any) -> int:
    seen = []

    def count(*_: object) -> None:
        seen.append(1)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    return len(seen)


def killed_at(number: int, to: str) -> bool:
    """A process of its own that migrates, and dies before its statement `number`."""
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            left = iter(range(1, number))
            event.listen(
                Engine,
                "before_cursor_execute",
                lambda *_: next(left, 0) or die(),
            )
            upgrade(to)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize(("before", "after"), STEPS)
@pytest.mark.parametrize(
    "shares", [KILLED_AT[1:2], pytest.param(KILLED_AT, marks=LONG)], ids=["one", "all"]
)
def test_s33_killed_in_the_middle_a_step_is_whole_and_can_be_run_again(
    migrated: Flask, before: str, after: str, shares: tuple[float, ...]
) -> None:
    fill()
    flask_migrate.downgrade(directory=FOLDER, revision=before)
    rows, columns = contents()
    number = statements_of(lambda: upgrade(after))
    flask_migrate.downgrade(directory=FOLDER, revision=before)
    for share in shares:
        at = int(share) if share >= 1 else max(2, int(number * share))
        assert killed_at(at, after)
        assert contents(columns)[0] == rows
    upgrade(after)
    kept = {name: columns[name] for name in columns if name in tables()}
    assert contents(kept)[0] == {name: rows[name] for name in kept}
    assert set(columns) - set(kept) <= GONE.get(after, set())
    upgrade("head")
    assert differences() == []


GONE: dict[str, set[str]] = {}  # tables that a step takes away, by that step


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


def test_s33_the_control_that_counts_rows_sees_one_that_is_lost(
    migrated: Flask,
) -> None:
    fill()
    rows, columns = contents()
    before = counts()
    with db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM hours_entry"))
    assert contents(columns)[0] != rows
    assert counts() != before


# F34

# Where the release before has to be stopped first; made before this was promised.
STOP_FIRST = {"0003": {"rail_switch.payer_id must be given"}}
Shape = dict[str, dict[str, Any]]  # columns by table and name


def shape() -> Shape:
    there = sa.inspect(db.engine)
    return {
        name: {each["name"]: each for each in there.get_columns(name)}
        for name in there.get_table_names()
    }


def in_the_way(old: Shape, new: Shape) -> list[str]:
    """What would make a statement of the release before fail."""
    wrong = [
        f"{table}.{column} is gone"
        for table, columns in old.items()
        for column in columns
        if column not in new.get(table, {})
    ]
    wrong += [
        f"{table}.{name} must be given"
        for table in old.keys() & new.keys()
        for name, column in new[table].items()
        if name not in old[table]
        and not column["nullable"]
        and column["default"] is None
    ]
    return sorted(wrong)


@pytest.mark.parametrize(("before", "after"), STEPS[1:])
def test_s34_the_release_before_finds_its_columns_and_need_give_no_other(
    migrated: Flask, before: str, after: str
) -> None:
    flask_migrate.downgrade(directory=FOLDER, revision=before)
    old = shape()
    upgrade(after)
    found = set(in_the_way(old, shape()))
    assert found == STOP_FIRST.get(after, set())


@pytest.mark.parametrize(("before", "after"), STEPS[1:])
def test_s34_rows_of_the_release_before_go_into_the_tables_of_this_one(
    migrated: Flask, before: str, after: str
) -> None:
    fill()
    flask_migrate.downgrade(directory=FOLDER, revision=before)
    old = sa.MetaData()
    old.reflect(db.engine)
    with db.engine.connect() as connection:
        rows = {
            table: list(map(dict, connection.execute(sa.select(table)).mappings()))
            for table in old.sorted_tables
        }
    flask_migrate.downgrade(directory=FOLDER, revision="base")
    upgrade(after)
    with db.engine.begin() as connection:
        for table, found in rows.items():
            if found and table.name != "alembic_version":
                connection.execute(sa.insert(table), found)
        for table, found in rows.items():
            if table.name != "alembic_version":
                assert len(connection.execute(sa.select(table)).all()) == len(found)


def test_s34_the_control_a_column_that_must_be_given_is_noticed(
    migrated: Flask,
) -> None:
    old = shape()
    del old["organization"]["zone"]
    old["person"]["gone"] = {}
    found = in_the_way(old, shape())
    assert found == ["organization.zone must be given", "person.gone is gone"]
