"""Four workers among faults: `python -m tests.faults.chaos FOLDER ADDRESS URL PLAN`.

PLAN is JSON: `seed`, `kills` (how many die of SIGKILL, and are replaced), `retries`
(of the package itself in one call), `keys` ("random" takes away the protection). The
clock of all of them runs SPEED times as fast, so that a wait of minutes is seconds.
Ends when nothing is left to do, and prints how many were killed.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, end_read, new_uid
from engage.payouts import jobs, queries
from engage.payouts.models import Payout
from engage.payouts.rails import stripe as theirs
from engage.payouts.rails.base import Answer, Order
from engage.payouts.rules import RailName
from engage.payouts.runs import MOVING
from tests.faults.chaos_site import let_go_of_database, paying_app
from tests.faults.kill_points import POINTS, arm

WORKERS = 4
SPEED = 60
READ_SECONDS = 1.0  # shorter than a slow answer
CHANCE = 0.003  # of dying at one passage of one point
JOBS = (jobs.let_go, jobs.resolve_unknown, jobs.send_due, jobs.sweep)


class ForgetfulRail(theirs.StripeRail):
    """The control: every call has a key of its own, as when nobody gives one."""

    def send(self, order: Order, key: str) -> Answer:
        return super().send(order, new_uid())


def hasten(begin: float) -> None:
    """A clock that all workers share, whenever they were started."""

    def now() -> datetime:
        return datetime.fromtimestamp(begin + (time.time() - begin) * SPEED, UTC)

    clock.now = now  # type: ignore[assignment]


def is_done() -> bool:
    """Nothing is on its way, or the program saw what does not fit and stopped."""
    left = db.session.scalar(sa.select(Payout.id).where(Payout.status.in_(MOVING)))
    has_stopped = queries.stopped_rails().get(RailName.STRIPE) == "mismatch"
    end_read()
    return left is None or has_stopped


def work(app: Flask, dice: random.Random, *, may_die: bool) -> None:
    """What the worker does for payouts, over and over, until nothing is on its way."""
    if may_die:
        for point in POINTS.values():
            arm(point, lambda: dice.random() < CHANCE)
    with app.app_context():
        while not is_done():
            for job in dice.sample(JOBS, len(JOBS)):
                # The worker notes an error and goes on; so do these.
                with suppress(Exception):
                    job(clock.now())
                db.session.remove()
            time.sleep(0.05)


def start(app: Flask, seed: int, *, may_die: bool) -> int:
    child = os.fork()
    if child == 0:
        try:
            work(app, random.Random(seed), may_die=may_die)
            os._exit(0)
        finally:
            os._exit(1)
    return child


class Herd:
    """The workers alive; each that dies of SIGKILL is replaced at once."""

    def __init__(self, begin: Callable[[bool], int], kills: int) -> None:
        self.begin, self.left, self.killed = begin, kills, 0
        self.alive = {begin(True) for _ in range(WORKERS)}

    def run(self, dice: random.Random) -> None:
        next_kill = time.monotonic() + 1
        while self.alive:
            self.gather()
            # Some die at a named step, these at any moment at all.
            if self.left > 0 and self.alive and time.monotonic() > next_kill:
                os.kill(dice.choice(sorted(self.alive)), signal.SIGKILL)
                next_kill = time.monotonic() + dice.uniform(0.3, 0.9)
            time.sleep(0.01)

    def gather(self) -> None:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        self.alive.discard(pid)
        if os.WIFSIGNALED(status):
            self.killed, self.left = self.killed + 1, self.left - 1
            self.alive.add(self.begin(self.left > 0))
        elif os.WEXITSTATUS(status):
            raise SystemExit("a worker failed")


def main(folder: str, address: str, url: str, plan: str) -> None:
    given: dict[str, Any] = json.loads(plan)
    kind = ForgetfulRail if given["keys"] == "random" else theirs.StripeRail
    theirs.StripeRail = partial(  # type: ignore[assignment,misc]
        kind, read_seconds=READ_SECONDS, retries=given["retries"]
    )
    app = paying_app(Path(folder), address, url, at_once=2)
    with app.app_context():
        let_go_of_database()
    hasten(time.time())
    dice = random.Random(given["seed"])
    herd = Herd(
        lambda may_die: start(app, dice.randrange(10**9), may_die=may_die),
        given["kills"],
    )
    herd.run(dice)
    sys.stdout.write(str(herd.killed))


if __name__ == "__main__":
    main(*sys.argv[1:])
