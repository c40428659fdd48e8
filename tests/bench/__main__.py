"""`make bench`: prints how fast pages come, and how many statements each one takes.

Times are goals and fail nothing; the last column holds each against the bare limit.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from engage.app import create_app
from engage.core.db import db
from engage.people import demo_people
from engage.settings import Settings
from tests.bench import voices
from tests.bench.load import Figures, Visitor, measure
from tests.browsing import demo_environment, flask, free_port, wait_for
from tests.clients import Browser
from tests.house import ROOT

PAGES = (
    ("consultant", "/"),
    ("consultant", "/asks"),
    ("consultant", "/plans"),
    ("consultant", "/time"),
    ("consultant", "/room"),
    ("consultant", "/record"),
    ("coordinator", "/"),
    ("coordinator", "/work"),
    ("coordinator", "/groups"),
    ("coordinator", "/time/waiting"),
    ("finance", "/"),
    ("finance", "/runs"),
    ("finance", "/lines"),
)


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--size", default="small", help="of the sample data")
    options.add_argument("--seconds", type=float, default=4, help="for each page")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = demo_environment(Path(folder))
        flask(env, "db", "upgrade")
        flask(env, "demo-data", "--size", given.size)
        people, statements = look_inside(env)
        with served(env, "tests.bench.limit:app", Path(folder)) as port:
            limit = measure(Visitor(port), "/", seconds=given.seconds)
        say("who", "page", "status", "kB", "statements", "req/s", "p95 ms", "limit/")
        say("(bare)", "/", "200", "", "2", f"{limit.per_second:.0f}", "", "1.0")
        with served(env, "wsgi:app", Path(folder)) as port:
            for role, path in PAGES:
                visitor = Visitor(port).enter(people[role])
                figures = measure(visitor, path, seconds=given.seconds)
                show(role, figures, statements[role, path], limit)
    voices.main()


def show(role: str, figures: Figures, statements: int, limit: Figures) -> None:
    say(
        role,
        figures.path,
        str(figures.status),
        f"{figures.size / 1024:.1f}",
        str(statements),
        f"{figures.per_second:.0f}",
        f"{figures.slow_ms:.0f}",
        f"{limit.per_second / figures.per_second:.1f}",
    )


def say(*cells: str) -> None:
    widths = (12, 16, 7, 7, 11, 8, 8, 7)
    line = "".join(cell.ljust(wide) for cell, wide in zip(cells, widths, strict=True))
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


def look_inside(env: dict[str, str]) -> tuple[dict[str, str], dict[tuple, int]]:
    """One person of each role, and the statements that each page takes for them."""
    app = create_app(Settings.from_environment(env))
    app.test_client_class = Browser
    people: dict[str, str] = {}
    with app.test_request_context():
        for one in demo_people.everyone():
            people.setdefault(str(one.role), one.uid)
        db.session.remove()
    counted = {}
    with app.app_context():
        engine = db.engine
    for role, path in PAGES:
        client = app.test_client()
        client.post("/in/demo", data={"person": people[role]})
        seen: list[str] = []
        note = _noting(seen)
        sa.event.listen(engine, "before_cursor_execute", note)
        client.get(path)
        sa.event.remove(engine, "before_cursor_execute", note)
        counted[role, path] = len(seen)
    engine.dispose()
    return people, counted


def _noting(seen: list[str]):  # type: ignore[no-untyped-def]
    return lambda _c, _cursor, statement, *_rest: seen.append(statement)


@contextmanager
def served(env: dict[str, str], target: str, folder: Path) -> Iterator[int]:
    """The program under gunicorn as in production: 2 processes of 16 threads."""
    port, log = free_port(), folder / "log"
    command = [sys.executable, "-m", "gunicorn", target, "--bind", f"127.0.0.1:{port}"]
    with log.open("w") as written:
        web = subprocess.Popen(
            [*command, "--workers", "2", "--threads", "16", "--no-control-socket"],
            cwd=ROOT,
            env=env,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(port, web, log)
            yield port
        finally:
            web.terminate()
            web.wait(20)


if __name__ == "__main__":
    main()
