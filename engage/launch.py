"""`flask demo`: sample data, the web and the worker together, until Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from types import FrameType

import click
import flask_migrate
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from engage.core import catalogs
from engage.core.db import db
from engage.organizations.models import Organization

ROOT = Path(__file__).parent.parent
READY_WITHIN = 60.0
STOP_WITHIN = 10.0


@click.command("demo")
@click.option("--port", default=5000, show_default=True, help="Of 127.0.0.1.")
@with_appcontext
def command(port: int) -> None:
    """Start Engage with sample data on this machine; stop it with Ctrl-C."""
    if not current_app.config["DEMO"]:
        raise click.ClickException("This is for demo mode only: set ENGAGE_MODE=demo.")
    check_free(port)
    prepare()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    started = []
    try:
        started = [_start(*web(port)), _start(*flask("worker"))]
        _wait_until_ready(port, started)
        click.echo(f"\nEngage is ready: http://127.0.0.1:{port}/  (Ctrl-C stops it)")
        _wait_while_running(started)
    finally:
        _end(started)


def check_free(port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} is in use: try another, as in `make demo PORT=5050`."
            ) from error


def prepare() -> None:
    """Tables as they should be, words compiled, sample data where there is none."""
    catalogs.compile_stale()
    flask_migrate.upgrade(directory=str(ROOT / "migrations"))
    empty = db.session.scalar(sa.select(Organization.id).limit(1)) is None
    db.session.remove()
    if empty:
        click.echo("Filling an empty database with sample data ...")
        fill = flask("demo-data", "--size", "small")
        subprocess.run(fill, cwd=ROOT, check=True)  # noqa: S603 - our own words


def flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def web(port: int) -> list[str]:
    """The same server as in production, on this machine alone."""
    server = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind"]
    settings = ["--workers", "2", "--threads", "16", "--no-control-socket"]
    return [*server, f"127.0.0.1:{port}", *settings]


def _start(*command: str) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches us alone, and we stop both in order.
    return subprocess.Popen(  # noqa: S603 - our own words
        command, cwd=ROOT, env=os.environ.copy(), start_new_session=True
    )


def _wait_until_ready(port: int, started: list[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + READY_WITHIN
    while not _answers(port):
        if any(each.poll() is not None for each in started):
            raise click.ClickException("It stopped while it started; see above.")
        if time.monotonic() > until:
            raise click.ClickException(f"No page answered in {READY_WITHIN:.0f} s.")
        time.sleep(0.2)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/in")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def _wait_while_running(started: list[subprocess.Popen[bytes]]) -> None:
    while all(each.poll() is None for each in started):
        time.sleep(0.5)
    raise click.ClickException("The web or the worker stopped; see above.")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _end(started: list[subprocess.Popen[bytes]]) -> None:
    for each in started:
        each.terminate()
    for each in started:
        try:
            each.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            each.kill()
