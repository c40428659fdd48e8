"""How many statements each page sends: `python -m tests.statements --size national`."""

import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.demo.sizes import SIZES
from tests import conftest, pages
from tests.filled import browser_of, fill_up, undone

MOST, MOST_FIRST = 15, 8
FIRST = "home.index"
Counts = dict[str, int]


@contextmanager
def counting(app: Flask) -> Iterator[conftest.Counter]:
    """Counts what is sent to the database of an application meanwhile."""
    counter = conftest.Counter()
    with app.app_context():
        bind = db.engines[None]
        engine = getattr(bind, "engine", bind)
    sa.event.listen(engine, "before_cursor_execute", counter)
    try:
        yield counter
    finally:
        sa.event.remove(engine, "before_cursor_execute", counter)


def counts(app: Flask) -> Counts:
    """Statements by page and reader, as when they open it for the first time."""
    with app.app_context():
        found = pages.spots(app)
    seen = {}
    for spot in found:
        with undone(app):
            browser = browser_of(app, spot.person_id)
            with counting(app) as counter:
                answer = browser.get(spot.path)
        if answer.status_code < 500:
            seen[spot.name] = len(counter)
    return seen


def most(name: str) -> int:
    return MOST_FIRST if name.startswith(FIRST) else MOST


def table(sizes: dict[str, Counts]) -> str:
    """One line a page: its counts by size, and what is allowed."""
    names = sorted({name for found in sizes.values() for name in found})
    lines = [f"{'page':58}" + "".join(f"{size:>10}" for size in sizes) + "   most"]
    for name in names:
        cells = "".join(f"{found.get(name, '-'):>10}" for found in sizes.values())
        lines.append(f"{name:58}{cells}{most(name):>7}")
    return "\n".join(lines)


def measure(size: str) -> Counts:
    """The counts on a database of that size, made for this and thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/engage.sqlite"
        conftest.make_tables(Path(folder), address)
        with conftest.running(Path(folder), address) as app:
            return counts(fill_up(app, size))


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--size", action="append", choices=sorted(SIZES))
    chosen = parser.parse_args().size or ["small", "state"]
    print(table({size: measure(size) for size in chosen}))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
