"""Many rounds of a race on one set of rows: what a round wrote is put back after it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import Base, db
from engage.core.errors import Refused

Act = Callable[[], object]
Rows = dict[tuple[Any, ...], dict[str, Any]]

LONG = pytest.mark.prove
ROUNDS = pytest.mark.parametrize("rounds", [100, pytest.param(1000, marks=LONG)])
CONTROL_ROUNDS = pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=LONG)])
WRITES = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')
ONLY_GROW = {"audit_chain", "audit_entry", "posting"}
DONE, REFUSED = "done", "refused"


class Rounds:
    """Knows every row as it was, and which tables were written to since."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.engine = db.engine
        self.before = {
            name: self._rows(table) for name, table in Base.metadata.tables.items()
        }
        self.written: set[str] = set()

    def _rows(self, table: sa.Table) -> Rows:
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(table)).mappings().all()
        keys = [column.name for column in table.primary_key]
        return {tuple(row[key] for key in keys): dict(row) for row in rows}

    @contextmanager
    def watched(self) -> Iterator["Rounds"]:
        """Notes each table that is written to meanwhile."""
        sa.event.listen(self.engine, "before_cursor_execute", self._note)
        try:
            yield self
        finally:
            sa.event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, *seen: Any) -> None:
        found = WRITES.match(seen[2])
        if found:
            self.written.add(found[1])

    def put_back(self) -> None:
        """Every row as before, but in tables that the database lets only grow."""
        changed = self.written - ONLY_GROW
        order = [each for each in Base.metadata.sorted_tables if each.name in changed]
        now = {table.name: self._rows(table) for table in order}
        with self.engine.begin() as connection:
            for table in order:
                self._change_back(connection, table, now[table.name])
            for table in reversed(order):
                for key in now[table.name].keys() - self.before[table.name].keys():
                    connection.execute(table.delete().where(_is(table, key)))
            for table in order:
                for key in self.before[table.name].keys() - now[table.name].keys():
                    row = self.before[table.name][key]
                    connection.execute(table.insert().values(row))
        self.written.clear()

    def _change_back(
        self, connection: sa.Connection, table: sa.Table, now: Rows
    ) -> None:
        for key, row in self.before[table.name].items():
            if key in now and now[key] != row:
                connection.execute(table.update().where(_is(table, key)).values(row))


def _is(table: sa.Table, key: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    pairs = zip(table.primary_key, key, strict=True)
    return sa.and_(*(column == value for column, value in pairs))


def at_once(app: Flask, acts: Sequence[Act]) -> list[str]:
    """Each act in a thread of its own, all let go together: how each ended."""
    barrier, ends = Barrier(len(acts)), ["" for _ in acts]

    def run(place: int, act: Act) -> None:
        with app.app_context():
            db.session.execute(sa.text("SELECT 1"))
            db.session.commit()
            barrier.wait()
            try:
                act()
                ends[place] = DONE
            except Refused:
                ends[place] = REFUSED
            except Exception as error:  # noqa: BLE001 - it is what is looked for
                ends[place] = type(error).__name__

    threads = [Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def played(
    app: Flask,
    rounds: int,
    acts: Callable[[int], Sequence[Act]],
    verdict: Callable[[list[str]], str],
) -> Counter[str]:
    """How many rounds ended how; `verdict` reads the rows before they are put back."""
    found: Counter[str] = Counter()
    with Rounds(app).watched() as here:
        for number in range(rounds):
            ends = at_once(app, acts(number))
            with app.app_context():
                found[verdict(ends)] += 1
            here.put_back()
    return found
