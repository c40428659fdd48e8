"""The one worker: a tick each second takes the lease, then runs what is due.

Each run takes its slot in the database first, so that two workers make one run.
"""

import logging
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask

from engage.audit import jobs as audit
from engage.consents import jobs as consents
from engage.core import clock, jobs
from engage.core.db import new_uid
from engage.deploy import start
from engage.engagements import jobs as engagements
from engage.hours import jobs as hours
from engage.ledger import actions as ledger
from engage.offers import jobs as offers
from engage.opportunities import jobs as opportunities
from engage.panels import jobs as panels
from engage.payouts import jobs as payouts
from engage.people import jobs as people
from engage.records import jobs as records
from engage.records import places, retention, turning
from engage.voice import jobs as voice
from engage.workload import jobs as workload

MINUTE, HOUR = 60, 3600
DAY, WEEK = 24 * HOUR, 7 * 24 * HOUR

RENEWED_EVERY = timedelta(seconds=10)  # far shorter than the lease

log = logging.getLogger("engage.worker")


@dataclass(frozen=True)
class Job:
    """A job runs once in each stretch of `every` seconds, counted in UTC."""

    name: str
    every: int
    run: Callable[[datetime], object]

    def slot(self, now: datetime) -> int:
        return int(now.timestamp()) // self.every


# What is forgotten comes first: after a long stop nothing old goes out before it.
JOBS = (
    Job("records.retain", HOUR, retention.retain),
    Job("audit.keep_mark", DAY, audit.keep_mark),
    Job("records.turn_keys", DAY, turning.turn_keys),
    Job("records.wind_down", HOUR, places.wind_down),
    Job("workload.keep_figures", DAY, workload.keep_figures),
    Job("payouts.send_due", 2, payouts.send_due),
    Job("payouts.resolve_unknown", 30, payouts.resolve_unknown),
    Job("payouts.sweep", 5, payouts.sweep),
    Job("payouts.take_back", 30, payouts.take_back),
    Job("payouts.let_go", MINUTE, payouts.let_go),
    Job("payouts.poll_events", 15 * MINUTE, payouts.poll_events),
    Job("payouts.read_events", 10, payouts.read_events),
    Job("payouts.look_at_accounts", 30, payouts.look_at_accounts),
    Job("ledger.take_rails", MINUTE, ledger.take_rails),
    Job("payouts.check_books", DAY, payouts.check_books),
    Job("payouts.reconcile", 10 * MINUTE, payouts.reconcile),
    Job("payouts.keep_thresholds", DAY, payouts.keep_thresholds),
    Job("offers.close_due", MINUTE, offers.close_due),
    Job("offers.settle_due", 15, offers.settle_due),
    Job("offers.deliver", MINUTE, offers.deliver),
    Job("offers.remind", HOUR, offers.remind),
    Job("opportunities.follow_dates", MINUTE, opportunities.follow_dates),
    Job("engagements.finish_due", MINUTE, engagements.finish_due),
    Job("hours.approve_due", MINUTE, hours.approve_due),
    Job("hours.pay_preparation", HOUR, hours.pay_preparation),
    Job("hours.settle", HOUR, hours.settle),
    Job("hours.keep_rates", DAY, hours.keep_rates),
    Job("panels.raise_past_plans", HOUR, panels.raise_past_plans),
    Job("panels.end_terms", HOUR, panels.end_terms),
    Job("panels.check_voices", DAY, panels.check_voices),
    Job("consents.follow", MINUTE, consents.follow),
    Job("records.tell_of_requests", HOUR, records.tell_of_requests),
    Job("voice.follow", HOUR, voice.follow),
    Job("people.deliver_notices", 15, people.deliver_notices),
    Job("people.rebuild_directory", WEEK, people.rebuild_directory),
)


class Worker:
    """One process's worker: its name in the lease, and the slots it has seen."""

    def __init__(self, app: Flask, table: tuple[Job, ...] = JOBS) -> None:
        self.app = app
        self.table = table
        self.holder = new_uid()
        self.stopping = Event()
        self._seen: dict[str, int] = {}
        self._again_at: dict[str, datetime] = {}  # of a slot that failed
        self._held_at: datetime | None = None

    def run_due(self, now: datetime | None = None) -> bool:
        """Run every job whose slot nobody took; False while another holds the lease."""
        for job in self.table:
            moment = now or clock.now()
            if self.stopping.is_set():
                break
            if self._is_done(job, moment):
                continue
            if not self._hold(moment):
                return False
            self._run(job, moment)
        return True

    def _is_done(self, job: Job, now: datetime) -> bool:
        if self._seen.get(job.name) != job.slot(now):
            return False
        again_at = self._again_at.get(job.name)
        return again_at is None or now < again_at

    def _hold(self, now: datetime) -> bool:
        if self._held_at and abs(now - self._held_at) < RENEWED_EVERY:
            return True
        with self.app.app_context():
            is_held = jobs.hold_lease(self.holder, now)
        self._held_at = now if is_held else None
        return is_held

    def _run(self, job: Job, now: datetime) -> None:
        slot = job.slot(now)
        with self.app.app_context():
            is_mine = jobs.begin_run(job.name, slot, now)
        self._seen[job.name] = slot
        if is_mine:
            problem = self._attempt(job, now)
            with self.app.app_context():
                jobs.end_run(job.name, slot, clock.now(), problem)
        self._note_next_try(job.name, slot)

    def _note_next_try(self, name: str, slot: int) -> None:
        with self.app.app_context():
            again_at = jobs.next_try(name, slot)
        self._again_at.pop(name, None)
        if again_at is not None:
            self._again_at[name] = again_at

    def _attempt(self, job: Job, now: datetime) -> str:
        """Run it; the kind and the place of an error, never its text, are kept."""
        try:
            with self.app.app_context():
                job.run(now)
        except Exception as error:
            kind = type(error).__name__
            log.error("%s: %s at %s", job.name, kind, _place(error))
            return kind
        return ""

    def let_go(self) -> None:
        self._held_at = None
        with self.app.app_context():
            jobs.let_go(self.holder, clock.now())

    def once(self) -> bool:
        """Run everything that is due, then let go; False when another one works."""
        worked = self.run_due()
        self.let_go()
        return worked

    def forever(self) -> None:
        """Tick each second until SIGTERM or SIGINT; the tick itself ends the loop."""
        scheduler = BlockingScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": 300,
            },
            timezone=UTC,
        )
        scheduler.add_job(self._tick, "interval", seconds=1, args=[scheduler])
        with self.app.app_context():
            told = [] if self.app.config["DEMO"] else start.warnings(self.app)
            for sentence in [*payouts.warnings(), *told]:
                log.warning(sentence)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        # Where a tick takes longer than a second, the next ones are left out.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler.start()
        self.let_go()

    def _tick(self, scheduler: BlockingScheduler) -> None:
        try:
            if not self.stopping.is_set():
                self.run_due()
        except Exception as error:  # the database is away: the next tick tries again
            log.error("tick: %s at %s", type(error).__name__, _place(error))
        if self.stopping.is_set():
            scheduler.shutdown(wait=False)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def main(app: Flask, *, once: bool) -> None:
    """What `flask worker` does, its exit code 0 at a clean stop."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    worker = Worker(app)
    if not once:
        worker.forever()
    elif not worker.once():
        log.info("Another worker is at work. Nothing was done.")
