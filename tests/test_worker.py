"""The worker: one run for a slot, others go on, a clean stop, a lease that moves on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock, jobs
from engage.core.db import db
from engage.core.jobs import JobRun, WorkerLease
from engage.worker import JOBS, Job, Worker, log

ROOT = Path(__file__).parents[1]


def table(*runs: tuple[str, int, Callable[[datetime], object]]) -> tuple[Job, ...]:
    return tuple(Job(*each) for each in runs)


def rows(app: Flask) -> list[JobRun]:
    with app.app_context():
        return list(db.session.scalars(sa.select(JobRun).order_by(JobRun.job)))


def test_a_slot_is_run_once_by_one_worker(fresh_app: Flask) -> None:
    ran: list[datetime] = []
    worker = Worker(fresh_app, table(("a", 60, ran.append)))
    now = clock.now().replace(second=10)
    for second in range(20):
        worker.run_due(now + timedelta(seconds=second))
    assert len(ran) == 1
    worker.run_due(now + timedelta(minutes=1))
    assert len(ran) == 2


def test_f45_two_workers_make_one_run_of_a_slot(fresh_app: Flask) -> None:
    """Even if both held the lease, the slot's own row lets one of them run."""
    ran: list[str] = []
    at_once = threading.Barrier(2)
    now = clock.now()

    def work(name: str) -> None:
        worker = Worker(fresh_app, table(("a", 60, lambda _: ran.append(name))))
        worker._held_at = now  # the lease is not what is tested here
        at_once.wait()
        worker.run_due(now)

    for _ in range(5):
        now += timedelta(minutes=1)
        threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(ran) == 5


def test_f45_the_control_without_slots_runs_twice(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "begin_run", lambda *_: True)
    monkeypatch.setattr(jobs, "end_run", lambda *_: None)
    ran: list[datetime] = []
    for _ in range(2):
        worker = Worker(fresh_app, table(("a", 60, ran.append)))
        worker._held_at = clock.now()
        worker.run_due(clock.now())
    assert len(ran) == 2


def test_while_one_holds_the_lease_another_waits(fresh_app: Flask) -> None:
    ran: list[str] = []
    now = clock.now()
    first = Worker(fresh_app, table(("a", 1, lambda _: ran.append("first"))))
    second = Worker(fresh_app, table(("a", 1, lambda _: ran.append("second"))))
    assert first.run_due(now)
    assert not second.run_due(now + timedelta(seconds=30))
    assert second.run_due(now + timedelta(seconds=60))  # the first one died
    assert ran == ["first", "second"]


def test_a_clean_stop_lets_the_next_one_start_at_once(fresh_app: Flask) -> None:
    first, second = (
        Worker(fresh_app, table(("a", 1, lambda _: None))) for _ in range(2)
    )
    assert first.once()
    assert second.run_due(clock.now())


def test_a_failing_job_is_noted_by_kind_and_others_go_on(
    fresh_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(now: datetime) -> None:
        raise ValueError("a name that must not be kept")

    ran: list[datetime] = []
    worker = Worker(fresh_app, table(("a", 60, fails), ("b", 60, ran.append)))
    worker.run_due(clock.now())
    assert len(ran) == 1
    assert [(row.job, row.problem) for row in rows(fresh_app)] == [
        ("a", "ValueError"),
        ("b", ""),
    ]
    assert all(row.ended_at for row in rows(fresh_app))
    assert "ValueError" in caplog.text
    assert "must not be kept" not in caplog.text


def failing(times: int, ran: list[datetime]) -> Callable[[datetime], None]:
    def run(now: datetime) -> None:
        ran.append(now)
        if len(ran) <= times:
            raise ValueError

    return run


def over_a_day(app: Flask, run: Callable[[datetime], object]) -> None:
    """Ticks of one day, a worker started anew in the middle."""
    midnight = clock.now().replace(hour=0, minute=0, second=1, microsecond=0)
    worker = Worker(app, table(("a", 24 * 3600, run)))
    for minute in range(0, 600, 5):
        with time_machine.travel(midnight + timedelta(minutes=minute), tick=False):
            if minute == 15:
                worker.let_go()
                worker = Worker(app, table(("a", 24 * 3600, run)))
            worker.run_due()


def test_a_failed_slot_is_tried_again_and_then_done(fresh_app: Flask) -> None:
    ran: list[datetime] = []
    over_a_day(fresh_app, failing(2, ran))
    assert len(ran) == 3
    assert ran[1] - ran[0] >= jobs.FIRST_WAIT
    (row,) = rows(fresh_app)
    assert (row.tries, row.problem) == (3, "")


def test_a_slot_that_always_fails_is_given_up(fresh_app: Flask) -> None:
    ran: list[datetime] = []
    over_a_day(fresh_app, failing(1000, ran))
    assert len(ran) == jobs.MOST_TRIES


def test_f46_a_run_whose_worker_died_is_taken_again_once_it_is_lost(
    fresh_app: Flask,
) -> None:
    now = clock.now()
    with fresh_app.app_context():
        assert jobs.begin_run("a", 1, now)
        assert not jobs.begin_run("a", 1, now + timedelta(minutes=5))
        assert jobs.begin_run("a", 1, now + jobs.LOST_AFTER)
        assert not jobs.begin_run("a", 1, now + jobs.LOST_AFTER)


def test_f46_a_long_absence_is_one_run_and_not_many(fresh_app: Flask) -> None:
    ran: list[datetime] = []
    worker = Worker(fresh_app, table(("a", 60, ran.append)))
    now = clock.now()
    worker.run_due(now)
    worker.run_due(now + timedelta(days=3))
    assert len(ran) == 2


def test_old_runs_are_forgotten_but_the_newest_of_each_job(fresh_app: Flask) -> None:
    now = clock.now()
    with fresh_app.app_context():
        for job, slot, days in (("a", 1, 9), ("a", 2, 8), ("b", 1, 0), ("b", 2, 0)):
            jobs.begin_run(job, slot, now - timedelta(days=days))
        jobs.prune_runs(now)
    kept = {(row.job, row.slot) for row in rows(fresh_app)}
    assert kept == {("a", 2), ("b", 1), ("b", 2)}


def test_every_job_has_a_name_of_its_own_that_fits() -> None:
    names = [job.name for job in JOBS]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 40


def test_every_job_runs_on_an_empty_database(fresh_app: Flask) -> None:
    worker = Worker(fresh_app)
    assert worker.once()
    assert {row.problem for row in rows(fresh_app)} == {""}
    assert {row.job for row in rows(fresh_app)} == {job.name for job in JOBS}


def test_a_tick_survives_a_database_that_is_away(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> bool:
        raise ConnectionError("gone")

    monkeypatch.setattr(jobs, "hold_lease", away)
    Worker(fresh_app)._tick(None)
    assert "tick: ConnectionError" in caplog.text
    assert log.name == "engage.worker"


def start(app: Flask, folder: Path, *more: str) -> subprocess.Popen[str]:
    """`flask worker` as it is in production, on the test's own database."""
    env = {
        "PATH": os.environ["PATH"],
        "ENGAGE_MODE": "demo",
        "DEMO_FOLDER": str(folder),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", *more]
    return subprocess.Popen(
        command, cwd=ROOT, env=env, text=True, stderr=subprocess.PIPE
    )


@pytest.fixture
def lease(fresh_app: Flask) -> Callable[[], WorkerLease | None]:
    def read() -> WorkerLease | None:
        with fresh_app.app_context():
            return db.session.get(WorkerLease, "worker")

    return read


def wait_for(what: Callable[[], object], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.1)


def test_sigterm_stops_it_cleanly_and_lets_the_lease_go(
    fresh_app: Flask, tmp_path: Path, lease: Callable[[], WorkerLease | None]
) -> None:
    process = start(fresh_app, tmp_path / "demo")
    wait_for(lambda: len(rows(fresh_app)) >= len(JOBS))
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    held = lease()
    assert held is not None
    assert held.until <= clock.now()


def test_once_runs_everything_and_ends(fresh_app: Flask, tmp_path: Path) -> None:
    process = start(fresh_app, tmp_path / "demo", "--once")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert {row.job for row in rows(fresh_app)} == {job.name for job in JOBS}


def test_once_does_nothing_while_another_works(
    fresh_app: Flask, tmp_path: Path
) -> None:
    Worker(fresh_app, table(("a", 1, lambda _: None))).run_due(clock.now())
    process = start(fresh_app, tmp_path / "demo", "--once")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Another worker" in said
    assert {row.job for row in rows(fresh_app)} == {"a"}
