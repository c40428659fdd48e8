"""Workers that die at a named step: `python -m tests.faults.killing FOLDER ADDRESS URL
KEYS ITEMS STEP:NUMBER...`.

For each STEP:NUMBER a run of ITEMS payouts is queued, and one worker after another is
forked that does what there is to do, each with its clock some minutes ahead of the one
before. The first that comes to the step for the NUMBERth time dies of SIGKILL there;
those after it are left in peace. Prints a line of JSON for each: how it ended.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, new_uid
from engage.payouts import jobs
from engage.payouts.models import Payout
from engage.payouts.rails import stripe as theirs
from engage.payouts.rails.base import Answer, Order
from engage.payouts.rules import PayoutStatus
from tests.faults.chaos_site import (
    Elsewhere,
    House,
    compared,
    let_go_of_database,
    paying_app,
    unsound,
)
from tests.faults.kill_points import ANEW, POINTS, TAKING_OVER, arm, nth

AHEAD = timedelta(minutes=4)  # longer than a lease
LIVES = 16
JOBS = (jobs.let_go, jobs.resolve_unknown, jobs.send_due, jobs.sweep)
FIRST_PRICE = 10_00


class ForgetfulRail(theirs.StripeRail):
    """The control: every call has a key of its own, as when nobody gives one."""

    def send(self, order: Order, key: str) -> Answer:
        return super().send(order, new_uid())


def live(app: Flask, step: str, number: int, ahead: timedelta) -> bool:
    """One worker's whole life, in a process of its own; False when it was killed."""
    let_go_of_database()
    child = os.fork()
    if child == 0:
        try:
            clock.now = lambda: datetime.now(UTC) + ahead  # type: ignore[assignment]
            if step:
                arm(POINTS[step], nth(number))
            with app.app_context():
                for job in JOBS:
                    job(clock.now())
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit(f"a worker failed at {step}")
    return os.WIFEXITED(status)


def are_paid() -> bool:
    return set(db.session.scalars(sa.select(Payout.status))) == {PayoutStatus.PAID}


def trial(
    app: Flask, there: Elsewhere, house: House, items: int, step: str, number: int
) -> dict[str, Any]:
    before = len(there.state()["transfers"])
    owed = house.queue(there, range(FIRST_PRICE, FIRST_PRICE + items))
    if step in ANEW:
        there.control("fault", kind="500none", operation="PostTransfers", count=items)
    lives, is_killed = 0, False
    if step in TAKING_OVER:
        live(app, "after the intent", 1, timedelta())
        lives += 1
    while lives < LIVES and not are_paid():
        armed = "" if is_killed else step
        is_killed |= not live(app, armed, number, lives * AHEAD)
        lives += 1
    there.control("calm")
    paid = compared(owed, there.state()["transfers"][before:])
    return {
        "step": f"{step}:{number}",
        "killed": is_killed,
        "lives": lives,
        "paid": are_paid(),
        "twice": paid.twice,
        "missing": paid.missing,
        "wrong": paid.wrong,
        "unsound": unsound(),
    }


def trials(
    folder: str, address: str, url: str, keys: str, items: str, *points: str
) -> Iterator[dict[str, Any]]:
    kind = ForgetfulRail if keys == "random" else theirs.StripeRail
    theirs.StripeRail = partial(kind, retries=0)  # type: ignore[assignment,misc]
    app, there = paying_app(Path(folder), address, url), Elsewhere(url)
    with app.app_context():
        house = House.build()
        for point in points:
            step, _, number = point.rpartition(":")
            yield trial(app, there, house, int(items), step, int(number))


def main(*arguments: str) -> None:
    for ended in trials(*arguments):
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
