"""The database restarts, is cut off, goes away, is killed: nothing is half done."""

import random
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask, Response

from engage.core import clock
from engage.core.db import db, engine_options
from engage.core.jobs import JobRun
from engage.payouts import jobs as payouts
from engage.payouts.rails.demo import DemoRail
from engage.payouts.rails.table import RAILS
from engage.payouts.rules import RailName
from engage.worker import Job, Worker
from tests import tools
from tests.conftest import new_browser
from tests.faults.chaos_site import paying_app
from tests.faults.demo_run import check_paid_once, queue_payouts
from tests.faults.own_postgres import Server, server, site  # noqa: F401 - fixture
from tests.faults.traffic import ENDS_ON, PAGE, Traffic, check, signed_in, titles

pytestmark = pytest.mark.postgres
LONG = pytest.mark.prove
AMOUNTS = [75_00, 40_00, 1, 10_00, 11_00]
NEUTRAL = "The site is being looked after."
AT_ONCE = 5.0  # seconds, on a machine that is busy with other things
MINUTE = timedelta(minutes=1)


@pytest.fixture
def there(server: Server) -> Server:  # noqa: F811 - the fixture itself
    return server


@pytest.fixture
def app(there: Server, tmp_path: Path) -> Iterator[Flask]:
    # A server stops here as when it crashes: what it said yes to has to be kept.
    with site(there, tmp_path, synchronous_commit="on") as app:
        yield app


@contextmanager
def paying(app: Flask) -> Iterator[Worker]:
    """A worker that pays, tick after tick, whatever happens to the database."""
    queue_payouts(app, AMOUNTS)
    kinds = (payouts.resolve_unknown, payouts.send_due, payouts.sweep)
    worker = Worker(app, tuple(Job(each.__name__, 1, each) for each in kinds))
    is_over = Event()

    def tick() -> None:
        while not is_over.is_set():
            worker._tick(None)  # type: ignore[arg-type]
            time.sleep(0.05)

    thread = Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        is_over.set()
        thread.join(60)


def finish(worker: Worker) -> None:
    """What is left to do, once every lease that a fault left is over."""
    for minutes in (0, 4, 8, 12):
        with time_machine.travel(clock.now() + minutes * MINUTE):
            for job in worker.table:
                with worker.app.app_context():
                    job.run(clock.now())


@pytest.fixture
def quick_rail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RAILS, RailName.DEMO, DemoRail(delay=0.01))


@pytest.mark.usefixtures("quick_rail")
@pytest.mark.parametrize(
    ("times", "every"), [(2, 0.2), pytest.param(24, 5, marks=LONG)]
)
def test_s03_restarted_in_traffic_and_in_a_payment_run(
    app: Flask, there: Server, times: int, every: float
) -> None:
    with paying(app) as worker, Traffic(app).flowing() as traffic:
        for _ in range(times):
            traffic.wait_for(2)
            time.sleep(every)
            there.restart()
        traffic.wait_for(4)
    finish(worker)
    check(app, traffic)
    check_paid_once(app, AMOUNTS)
    assert traffic.answers[503] > 0
    assert all(NEUTRAL in page for page in traffic.pages)


@pytest.mark.usefixtures("quick_rail")
@pytest.mark.parametrize("seconds", [2, pytest.param(120, marks=LONG)])
def test_s04_connections_cut_at_random_heal_by_themselves(
    app: Flask, there: Server, seconds: int
) -> None:
    dice, until = random.Random(4), time.monotonic() + seconds
    with paying(app) as worker, Traffic(app).flowing() as traffic:
        while time.monotonic() < until:
            there.cut_one(dice)
            time.sleep(0.2)
        traffic.wait_for(4)
    finish(worker)
    check(app, traffic)
    check_paid_once(app, AMOUNTS)
    with app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def cut_before(app: Flask, there: Server, statements: str, *, times: int) -> list[str]:
    """Cut the site's own connection before such a statement, so many times."""
    cut: list[str] = []

    def before(connection: sa.Connection, *seen: object) -> None:
        text = str(seen[1])
        if len(cut) < times and statements in text:
            cut.append(text)
            pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
            tools.on_server(there.address, f"SELECT pg_terminate_backend({pid})")

    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", before)
    return cut


def test_s04_a_page_whose_connection_was_cut_is_read_once_more(
    app: Flask, there: Server
) -> None:
    browser = signed_in(app)
    cut = cut_before(app, there, "FROM training_record", times=1)
    assert browser.get(PAGE).status_code == 200
    assert len(cut) == 1


def test_s04_a_page_that_is_cut_twice_says_so_and_a_form_is_never_sent_again(
    app: Flask, there: Server
) -> None:
    browser = signed_in(app)
    cut = cut_before(app, there, "FROM training_record", times=2)
    assert browser.get(PAGE).status_code == 503
    assert len(cut) == 2
    cut = cut_before(app, there, "INSERT INTO training_record", times=1)
    data = {"title": "Once", "ends_on": str(ENDS_ON)}
    assert browser.post(PAGE, data=data).status_code == 503
    assert len(cut) == 1
    assert not titles(app)
    assert browser.get(PAGE).status_code == 200


def test_s04_a_page_that_is_made_is_shown_though_its_connection_was_cut(
    app: Flask, there: Server
) -> None:
    pids: list[int] = []

    def cut(response: Response) -> Response:
        pids.append(db.session.scalar(sa.text("SELECT pg_backend_pid()")) or 0)
        tools.on_server(there.address, f"SELECT pg_terminate_backend({pids[-1]})")
        return response

    app.after_request(cut)
    browser = signed_in(app)
    assert browser.get(PAGE).status_code == 200
    assert browser.get(PAGE).status_code == 200
    assert len(set(pids)) == 2
    with app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("seconds", [1, pytest.param(60, marks=LONG)])
def test_s05_while_it_is_away_pages_say_so_at_once_and_work_waits(
    app: Flask, there: Server, seconds: int
) -> None:
    ran: list[object] = []
    worker = Worker(app, (Job("a", 1, ran.append),))
    browser = signed_in(app)
    assert browser.get(PAGE).status_code == 200
    there.stop()
    try:
        until = time.monotonic() + seconds
        while not ran and time.monotonic() < until:
            began = time.monotonic()
            away = browser.get(PAGE)
            assert (away.status_code, NEUTRAL in away.text) == (503, True)
            sent = browser.post(PAGE, data={"title": "x", "ends_on": str(ENDS_ON)})
            assert sent.status_code == 503
            assert time.monotonic() - began < AT_ONCE
            worker._tick(None)  # type: ignore[arg-type]
        assert ran == []
        gone = browser.get("/leave")
        assert gone.status_code == 303
        assert browser.session_now() == {}
    finally:
        there.start()
    worker._tick(None)  # type: ignore[arg-type]
    assert len(ran) == 1
    with app.app_context():
        assert db.session.scalars(sa.select(JobRun.problem)).all() == [""]
    assert signed_in(app).get(PAGE).status_code == 200
    assert not titles(app)


def test_s05_one_that_takes_the_call_and_says_nothing_is_not_waited_for(
    bare_app: Flask,
) -> None:
    bare_app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = new_browser(bare_app)
    browser.remember(_user_id="somebody")
    with socket.create_server(("127.0.0.1", 0)) as silent, bare_app.app_context():
        port = silent.getsockname()[1]
        address = f"postgresql+psycopg://engage@127.0.0.1:{port}/x"
        db.engines[None] = sa.create_engine(address, **engine_options(address))
        began = time.monotonic()
        answer = browser.get(PAGE)
    assert (answer.status_code, NEUTRAL in answer.text) == (503, True)
    assert time.monotonic() - began < 3 * AT_ONCE


def test_s05_the_site_itself_waits_no_longer(app: Flask) -> None:
    address = app.config["SQLALCHEMY_DATABASE_URI"]
    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"] == engine_options(address)
    assert engine_options(address)["connect_args"]["connect_timeout"] <= AT_ONCE


def killed_in_traffic(
    there: Server, folder: Path, **settings: str
) -> tuple[set[str], set[str]]:
    """(what was answered as kept, what is there after the server was killed)."""
    with site(there, folder, **settings) as app:
        with Traffic(app, again=False).flowing() as traffic:
            traffic.wait_for(10)
            there.kill()
            traffic.is_over.set()
        there.start()
        assert traffic.odd == []
        return set(traffic.taken), set(titles(app))


@pytest.mark.parametrize("turn", [0, *(pytest.param(n, marks=LONG) for n in range(9))])
def test_s06_killed_every_acknowledged_write_is_there(
    there: Server, tmp_path: Path, turn: int
) -> None:
    taken, kept = killed_in_traffic(there, tmp_path, synchronous_commit="on")
    assert taken <= kept
    assert len(kept - taken) <= 3  # those whose answer was lost


def test_s06_the_control_that_does_not_wait_for_the_disk_loses_some(
    there: Server, tmp_path: Path
) -> None:
    tools.on_server(there.address, "ALTER SYSTEM SET wal_writer_delay = '10s'")
    tools.on_server(there.address, "ALTER SYSTEM SET wal_writer_flush_after = 0")
    tools.on_server(there.address, "SELECT pg_reload_conf()")
    for turn in range(5):
        folder = tmp_path / str(turn)
        folder.mkdir()
        taken, kept = killed_in_traffic(there, folder, synchronous_commit="off")
        if taken - kept:
            return
    raise AssertionError("nothing was lost")


def test_s06_sqlite_waits_for_the_disk_at_every_commit(
    bare_app: Flask, tmp_path: Path
) -> None:
    """What a kill cannot show: NORMAL loses the last commits when the power fails.

    Also beside an application of other tests that need not wait.
    """
    paying_app(tmp_path, f"sqlite:///{tmp_path}/quick.sqlite", "")
    with bare_app.app_context(), db.engine.connect() as connection:
        assert connection.scalar(sa.text("PRAGMA synchronous")) == 2
        assert isinstance(connection.connection.driver_connection, sqlite3.Connection)
