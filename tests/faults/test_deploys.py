"""A web that is started anew while people use it: no request of theirs fails."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask

from engage.core.db import db
from engage.organizations.models import Installation
from tests.house import ROOT
from tests.payouts.owing import demo_marker

LONG = pytest.mark.prove
UNITS = ROOT / "docs" / "deploy"
PAGE = "/in"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def command_of(unit: str, port: int) -> list[str]:
    """What a sample unit starts, as gladly as it, on a port of this machine."""
    text = (UNITS / f"engage-{unit}.service").read_text()
    (start,) = re.findall(r"(?m)^ExecStart=\S+/gunicorn (.*)$", text)
    nice = re.findall(r"(?m)^Nice=(.*)$", text)
    words = shlex.split(re.sub(r"unix:\S+", f"127.0.0.1:{port}", start))
    first = ["nice", "-n", *nice] if nice else []
    return [*first, sys.executable, "-m", "gunicorn", *words]


@contextmanager
def web(
    app: Flask, folder: Path, unit: str = "web"
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The same server as that sample unit starts."""
    with app.app_context():
        if db.session.get(Installation, 1) is None:
            demo_marker()
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "ENGAGE_MODE": "demo",
        "DEMO_FOLDER": str(folder / "demo"),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
    }
    process = subprocess.Popen(
        command_of(unit, port),
        cwd=ROOT,
        env=env,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: ask(port) == "200")
        yield port, process
    finally:
        process.terminate()
        process.wait(40)


def wait_until(what: object, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)


def ask(port: int) -> str:
    """How one request on a connection of its own ends."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", PAGE, headers={"Connection": "close"})
        answer = connection.getresponse()
        answer.read()
        return str(answer.status)
    except (OSError, HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


@contextmanager
def asking(port: int, people: int = 3) -> Iterator[Counter[str]]:
    ends: Counter[str] = Counter()
    is_over = Event()

    def go_on() -> None:
        while not is_over.is_set():
            ends[ask(port)] += 1

    threads = [Thread(target=go_on, daemon=True) for _ in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield ends
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60)


def answers_more(ends: Counter[str]) -> None:
    enough = sum(ends.values()) + 5
    wait_until(lambda: sum(ends.values()) > enough)


def workers_of(process: subprocess.Popen[bytes]) -> set[str]:
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return set(path.read_text().split())


def start_anew(process: subprocess.Popen[bytes]) -> None:
    """As `systemctl reload` does; ends when every old worker is gone."""
    old = workers_of(process)
    process.send_signal(signal.SIGHUP)
    wait_until(lambda: not old & workers_of(process))


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=LONG)])
def test_s40_started_anew_under_load_no_request_fails(
    fresh_app: Flask, tmp_path: Path, times: int
) -> None:
    with web(fresh_app, tmp_path) as (port, process), asking(port) as ends:
        for _ in range(times):
            start_anew(process)
            answers_more(ends)  # or the next one would end what never began
    assert set(ends) == {"200"}


def test_s40_the_control_that_stops_and_starts_turns_people_away(
    fresh_app: Flask, tmp_path: Path
) -> None:
    with web(fresh_app, tmp_path) as (port, process), asking(port) as ends:
        process.terminate()
        process.wait(40)
        wait_until(lambda: set(ends) != {"200"})
    assert set(ends) - {"200"}


@pytest.mark.parametrize("name", ["web", "door"])
def test_s40_the_sample_unit_starts_anew_so(name: str) -> None:
    unit = (UNITS / f"engage-{name}.service").read_text()
    assert "ExecReload=/bin/kill -s HUP $MAINPID" in unit
    assert "--preload" not in unit
    assert "--graceful-timeout 30" in unit
