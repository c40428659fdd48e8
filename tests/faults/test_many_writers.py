"""Fifty people who send a form at the same moment to one SQLite file."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask

from tests.conftest import Databases, running
from tests.faults.traffic import ENDS_ON, PAGE, signed_in, titles, unsound

WRITERS, EACH = 50, 2
LONGEST = 30.0  # seconds, the busy time-out: then a page says that it cannot


@pytest.fixture
def app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    with running(tmp_path, databases.make("sqlite", tmp_path)) as app:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        yield app


def test_s39_fifty_writers_wait_their_turn_and_nobody_sees_it_locked(
    app: Flask,
) -> None:
    browsers = [signed_in(app) for _ in range(WRITERS)]
    barrier = Barrier(WRITERS)

    def write(number: int) -> list[tuple[int, float]]:
        barrier.wait()
        ended = []
        for turn in range(EACH):
            data = {"title": f"{number} {turn}", "ends_on": str(ENDS_ON)}
            began = time.monotonic()
            status = browsers[number].post(PAGE, data=data).status_code
            ended.append((status, time.monotonic() - began))
        return ended

    with ThreadPoolExecutor(WRITERS) as pool:
        every = [one for some in pool.map(write, range(WRITERS)) for one in some]
    assert Counter(status for status, _ in every) == {303: WRITERS * EACH}
    assert max(seconds for _, seconds in every) < LONGEST
    assert set(titles(app).values()) == {1}
    assert len(titles(app)) == WRITERS * EACH
    assert unsound(app) == []


def test_s39_the_control_that_begins_late_finds_it_locked(tmp_path: Path) -> None:
    """A plain BEGIN that reads and then writes is refused, however long it waits."""
    path = tmp_path / "late.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE count (number INTEGER)")
        made.execute("INSERT INTO count VALUES (0)")
    made.close()
    barrier = Barrier(WRITERS)

    def write(_: int) -> str:
        connection = sqlite3.connect(path, timeout=LONGEST, isolation_level=None)
        try:
            barrier.wait()
            connection.execute("BEGIN")
            connection.execute("SELECT number FROM count").fetchone()
            time.sleep(0.01)
            connection.execute("UPDATE count SET number = number + 1")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            return str(error)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(WRITERS) as pool:
        ends = Counter(pool.map(write, range(WRITERS)))
    assert ends["database is locked"] > WRITERS // 2
