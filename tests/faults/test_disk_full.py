"""A disk that is full, or an entry that cannot be written: nothing is half done."""

import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.exc import OperationalError

from engage.audit import actions as audit
from engage.core import clock
from engage.core.db import db
from engage.core.key_file import KeyFile
from engage.payouts import jobs as payouts
from engage.payouts.rails.demo import DemoRail
from engage.payouts.rails.table import RAILS
from engage.payouts.rules import RailName
from engage.people.models import Person
from engage.people.rules import SafeContact
from tests import make, tools
from tests.clients import Browser
from tests.conftest import Databases, make_tables, running
from tests.faults.demo_run import check_paid_once, queue_payouts
from tests.faults.traffic import ENDS_ON, PAGE, signed_in, titles, unsound
from tests.hours.work import agreed, log

NEUTRAL = "The site is being looked after."
AMOUNTS = [75_00, 40_00, 1]
FILLER = "filler"


def send(browser: Browser, title: str) -> int:
    data = {"title": title, "ends_on": str(ENDS_ON)}
    answer = browser.post(PAGE, data=data)
    assert answer.status_code == 303 or "<h1>" in answer.text
    return int(answer.status_code)


@contextmanager
def no_file_grows(most: int) -> Iterator[None]:
    """As if the disk were full: no file of this process grows past so many bytes."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@pytest.fixture
def sqlite_app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    with running(tmp_path, databases.make("sqlite", tmp_path)) as app:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        yield app


def test_s24_sqlite_that_cannot_grow_says_so_and_goes_on_later(
    sqlite_app: Flask,
) -> None:
    browser = signed_in(sqlite_app)
    assert send(browser, "before") == 303
    with no_file_grows(4096):
        assert send(browser, "full") == 503
    assert send(browser, "after") == 303
    assert sorted(titles(sqlite_app)) == ["after", "before"]
    assert unsound(sqlite_app) == []


def test_s24_keys_that_cannot_be_written_say_so_and_nothing_is_kept(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of keys is apart from the database, and can be full by itself."""
    fresh_app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = signed_in(fresh_app, make.consultant)
    wish = {"contact": "email", "email": "rosa@example.org"}
    keys = fresh_app.extensions["key_store"]
    for subject in keys.subjects():
        keys.forget(subject)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(KeyFile, "writing", full)
        answer = browser.post("/account/mail", data=wish)
    assert (answer.status_code, NEUTRAL in answer.text) == (503, True)
    with fresh_app.app_context():
        kept = db.session.scalars(sa.select(Person.contact)).all()
    assert kept == [SafeContact.NONE]
    assert browser.post("/account/mail", data=wish).status_code == 303


def test_s24_what_the_disk_refuses_at_the_commit_itself_is_undone(
    fresh_app: Flask,
) -> None:
    """PostgreSQL may find that it has no room only then (SQLite: see above)."""
    if fresh_app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        return
    browser = signed_in(fresh_app)
    with fresh_app.app_context(), db.engine.begin() as connection:
        for statement in NO_ROOM_AT_COMMIT:
            connection.exec_driver_sql(statement)
    assert send(browser, "full") == 503
    with fresh_app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER no_room ON training_record")
    assert send(browser, "after") == 303
    assert list(titles(fresh_app)) == ["after"]
    assert unsound(fresh_app) == []


NO_ROOM_AT_COMMIT = (
    "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$",
    "CREATE CONSTRAINT TRIGGER no_room AFTER INSERT ON training_record"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_room()",
)


# PostgreSQL on a disk of its own


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 120 MB; only who may mount has one."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        tools.missing("The right to mount a small disk", "run the tests as root")
    where = Path(tempfile.mkdtemp(prefix="engage-disk-", dir="/tmp"))  # noqa: S108
    command = ["mount", "-t", "tmpfs", "-o", "size=120m,mode=0777", "tmpfs", str(where)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        where.rmdir()
        tools.missing("The right to mount a small disk", "let the tests mount")
    where.chmod(0o755)
    try:
        yield where
    finally:
        subprocess.run(["umount", "--lazy", str(where)], check=True)
        where.rmdir()


@pytest.fixture
def disk_app(small_disk: Path, tmp_path: Path) -> Iterator[Flask]:
    with tools.postgres_cluster(small_disk) as address:
        tools.on_server(address, "CREATE DATABASE tables")
        make_tables(tmp_path, address.format(name="tables"))
        with running(tmp_path, address.format(name="tables")) as app:
            app.config["PROPAGATE_EXCEPTIONS"] = False
            yield app


def fill(disk: Path) -> None:
    """To the last byte."""
    with (disk / FILLER).open("wb", buffering=0) as filler:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                continue


@pytest.mark.postgres
def test_s24_postgres_on_a_full_disk_says_so_and_goes_on_later(
    disk_app: Flask, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RAILS, RailName.DEMO, DemoRail(delay=0))
    queue_payouts(disk_app, AMOUNTS)
    browser = signed_in(disk_app)
    assert send(browser, "before") == 303
    fill(small_disk)
    answers = []
    for turn in range(400):
        answers.append(send(browser, f"full {turn}"))
        if answers[-1] == 503:
            break
    assert answers[-1] == 503
    pay(disk_app)  # in a run, too
    (small_disk / FILLER).unlink()
    wait_until_it_takes(browser)
    for minutes in (0, 4, 8):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
            pay(disk_app)
    check_paid_once(disk_app, AMOUNTS)
    assert len(titles(disk_app)) == 2 + answers.count(303)
    assert unsound(disk_app) == []


def pay(app: Flask) -> None:
    """What the worker does; where the disk is full it fails, and is tried again."""
    for job in (payouts.resolve_unknown, payouts.send_due, payouts.sweep):
        with app.app_context(), suppress(OperationalError):
            job(clock.now())


def wait_until_it_takes(browser: Browser) -> None:
    """The server may have ended itself, and begins again."""
    until = time.monotonic() + 60
    while send(browser, "after") != 303:
        assert time.monotonic() < until
        time.sleep(0.1)


# F38: an entry that cannot be written


def refuse_entries(app: Flask, is_on: bool = True) -> None:
    """The database takes no entry of the log any more, or takes them again."""
    with app.app_context(), db.engine.begin() as connection:
        kind = connection.dialect.name
        for statement in (REFUSE if is_on else ALLOW)[kind]:
            connection.exec_driver_sql(statement)


REFUSE = {
    "sqlite": [
        "CREATE TRIGGER no_entry BEFORE INSERT ON audit_entry BEGIN"
        " SELECT RAISE(ABORT, 'no room'); END"
    ],
    "postgresql": [
        NO_ROOM_AT_COMMIT[0],
        "CREATE TRIGGER no_entry BEFORE INSERT ON audit_entry"
        " FOR EACH ROW EXECUTE FUNCTION no_room()",
    ],
}
ALLOW = {
    "sqlite": ["DROP TRIGGER no_entry"],
    "postgresql": ["DROP TRIGGER no_entry ON audit_entry"],
}


@pytest.fixture
def look(fresh_app: Flask, july: datetime) -> Iterator[tuple[Browser, str, str]]:
    """A coordinator, the page of somebody's hours, and the note that stands on it."""
    fresh_app.config["PROPAGATE_EXCEPTIONS"] = False
    note = "a note of theirs"
    with fresh_app.app_context():
        work = agreed(july)
        path = f"/time/waiting/{log(work, note=note).uid}"
        who = work.coordinator.id
        db.session.remove()
    with time_machine.travel(work.done, tick=False):
        yield signed_in(fresh_app, lambda: db.session.get_one(Person, who)), path, note


def test_s38_no_entry_no_page(fresh_app: Flask, look: tuple[Browser, str, str]) -> None:
    browser, path, note = look
    refuse_entries(fresh_app)
    withheld = browser.get(path)
    assert withheld.status_code >= 500
    assert note not in withheld.text
    assert "<h1>" in withheld.text
    assert send(browser, "no entry") >= 500
    assert not titles(fresh_app)
    refuse_entries(fresh_app, is_on=False)
    shown = browser.get(path)
    assert (shown.status_code, note in shown.text) == (200, True)
    assert unsound(fresh_app) == []


def test_s38_the_control_that_looks_without_an_entry_shows_it(
    fresh_app: Flask,
    look: tuple[Browser, str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser, path, note = look
    refuse_entries(fresh_app)
    monkeypatch.setattr(audit, "look", lambda *_, **__: None)
    assert note in browser.get(path).text
