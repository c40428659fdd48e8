"""Jobs run once: in two processes, after a death, after a jump, after days away."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock, jobs, mailer
from engage.core.db import db, transaction
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.notices.rules import MailState
from engage.payouts import jobs as payouts
from engage.payouts.rails.base import Answer, Order
from engage.payouts.rails.demo import DemoRail
from engage.payouts.rails.table import RAILS
from engage.payouts.rules import RailName
from engage.people.rules import SafeContact
from engage.worker import JOBS, Job, Worker
from tests import make
from tests.conftest import JULY
from tests.faults.demo_run import check_paid_once, queue_payouts
from tests.faults.ticker import SPEED
from tests.house import ROOT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG = pytest.mark.prove
SOME = [HOUR, -DAY, pytest.param(-HOUR, marks=LONG), pytest.param(DAY, marks=LONG)]
TAKEN_OVER_WITHIN = 60.0  # seconds of the worker's own clock
BUSY = 10.0  # more seconds of it, for a machine that has other things to do
AMOUNTS = [75_00, 40_00, 1, 10_00]


# F21: a clock that jumps


class JumpingRail(DemoRail):
    """The clock of the machine jumps while the first call is under way."""

    def __init__(self, jump: Callable[[], object]) -> None:
        super().__init__(delay=0)
        self.jump = jump

    def send(self, order: Order, key: str) -> Answer:
        done = super().send(order, key)
        self.jump()
        return done


@pytest.mark.parametrize("by", SOME, ids=str)
def test_s21_a_clock_that_jumps_in_a_payment_run_pays_each_once(
    fresh_app: Flask, by: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_payouts(fresh_app, AMOUNTS)
    left = [by]
    with time_machine.travel(clock.now()) as time:
        rail = JumpingRail(lambda: left and time.shift(left.pop()))
        monkeypatch.setitem(RAILS, RailName.DEMO, rail)
        # At the end the clock is past where it was, wherever it jumped to.
        for wait in (*[timedelta(minutes=4)] * 4, 2 * DAY, HOUR):
            with fresh_app.app_context():
                for job in (payouts.resolve_unknown, payouts.send_due, payouts.sweep):
                    job(clock.now())
            time.shift(wait)
        check_paid_once(fresh_app, AMOUNTS)


@pytest.mark.parametrize("by", SOME, ids=str)
def test_s21_a_clock_that_jumps_runs_no_slot_twice_and_goes_on(
    fresh_app: Flask, by: timedelta
) -> None:
    ran: list[datetime] = []
    worker = Worker(fresh_app, (Job("a", 3600, ran.append),))
    start = clock.now().replace(minute=0, second=1)
    for moment in (start, start + by, start, start + by, start + 2 * DAY):
        for _ in range(2):
            worker.run_due(moment)
    slots = [int(moment.timestamp()) // 3600 for moment in ran]
    assert len(slots) == len(set(slots)) == 3


def test_s21_the_control_without_rows_of_slots_runs_one_twice(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "begin_run", lambda *_: True)
    monkeypatch.setattr(jobs, "end_run", lambda *_: None)
    ran: list[datetime] = []
    worker = Worker(fresh_app, (Job("a", 3600, ran.append),))
    for moment in (JULY, JULY - HOUR, JULY):
        worker.run_due(moment)
    assert ran == [JULY, JULY - HOUR, JULY]


# F22: two processes, and the one that works is killed


@contextmanager
def two_workers(
    app: Flask, folder: Path, file: Path
) -> Iterator[list[subprocess.Popen[str]]]:
    begin = str(time.time())
    address = app.config["SQLALCHEMY_DATABASE_URI"]
    command = [sys.executable, "-m", "tests.faults.ticker", str(folder), address]
    started = [
        subprocess.Popen(
            [*command, str(file), begin], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        for each in started:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        yield started
    finally:
        for each in started:
            each.kill()
            each.communicate()


def runs(file: Path) -> list[tuple[int, int, float]]:
    """(slot, process, moment) of each run that was written down."""
    if not file.exists():
        return []
    lines = [line.split() for line in file.read_text().splitlines()]
    return [(int(slot), int(pid), float(moment)) for slot, pid, moment in lines]


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


@pytest.mark.parametrize("deaths", [1, pytest.param(10, marks=pytest.mark.prove)])
def test_s22_of_two_workers_one_works_and_the_other_takes_over(
    fresh_app: Flask, tmp_path: Path, deaths: int
) -> None:
    for number in range(deaths):
        file = tmp_path / f"runs-{number}"
        with two_workers(fresh_app, tmp_path, file) as started:
            wait_for(lambda f=file: len(runs(f)) >= 3)
            before = runs(file)
            holder = before[-1][1]
            assert {pid for _, pid, _ in before} == {holder}
            next(each for each in started if each.pid == holder).kill()
            died = len(before)
            wait_for(lambda f=file, d=died, h=holder: after(f, d, h))
        every = runs(file)
        slots = [slot for slot, _, _ in every]
        assert len(slots) == len(set(slots))
        last = max(moment for _, pid, moment in every if pid == holder)
        first = min(moment for _, pid, moment in every if pid != holder)
        assert first - last < TAKEN_OVER_WITHIN + BUSY
        with fresh_app.app_context(), transaction() as session:
            for table in (jobs.JobRun, jobs.WorkerLease):
                session.execute(sa.delete(table))


def after(file: Path, number: int, holder: int) -> bool:
    return len({slot for slot, pid, _ in runs(file)[number:] if pid != holder}) >= 2


def test_s22_the_lease_is_shorter_than_the_time_to_take_over() -> None:
    assert timedelta(seconds=TAKEN_OVER_WITHIN) > jobs.LEASE
    assert jobs.LEASE.total_seconds() > SPEED * 0.5  # a tick is far shorter


# F23: away for three days


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(mailer, "is_there", lambda: True)
    monkeypatch.setattr(mailer, "send", lambda to, *_: sent.append(to))
    return sent


def tell(*moments: datetime) -> str:
    person = make.consultant()
    person.email, person.contact = f"{person.uid}@example.org", SafeContact.EMAIL
    make.save(person)
    with transaction():
        for moment in moments:
            notices.queue(person.id, "offer", now=moment)
    return f"{person.uid}@example.org"


def test_s23_after_three_days_it_catches_up_once_and_sends_no_flood(
    fresh_app: Flask, letters: list[str], july: datetime
) -> None:
    worker = Worker(fresh_app)
    assert worker.once()
    back = july + 3 * DAY + HOUR
    with fresh_app.app_context():
        old = tell(*(july + minutes * timedelta(minutes=7) for minutes in range(8)))
        new = tell(*(back - minutes * HOUR for minutes in range(1, 9)))
    with time_machine.travel(back, tick=False):
        for second in range(30):
            Worker(fresh_app).run_due(back + timedelta(seconds=second))
    assert letters == [new]
    assert old not in letters
    with fresh_app.app_context():
        runs = db.session.scalars(sa.select(jobs.JobRun)).all()
        states = set(db.session.scalars(sa.select(Notice.mail)))
    assert states == {MailState.SENT, MailState.DROPPED}
    for job in JOBS:
        slots = [run.slot for run in runs if run.job == job.name]
        made = 1 + 30 // job.every + (1 if 30 % job.every else 0)
        assert len([slot for slot in slots if slot >= job.slot(back)]) <= made
        assert not [s for s in slots if job.slot(july) < s < job.slot(back)]


def test_s23_what_is_forgotten_comes_before_anything_goes_out() -> None:
    names = [job.name for job in JOBS]
    assert names[0] == "records.retain"
    assert names.index("records.retain") < names.index("people.deliver_notices")


def test_s23_the_control_without_forgetting_first_the_old_mail_goes_out(
    fresh_app: Flask,
    letters: list[str],
    july: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notices, "drop_late", lambda _: None)
    with fresh_app.app_context():
        old = tell(july)
    with time_machine.travel(july + 3 * DAY + HOUR, tick=False):
        Worker(fresh_app, JOBS[-2:]).once()
    assert letters == [old]
