"""Workers that die or meet: `python -m tests.faults.lives` forks them on demand.

Each line that it reads is a plan in JSON, and it answers how many workers were killed:
`folder`, `address` and `url` of an installation; `groups`, one after another, of
workers at once, each given the point at which it dies or "" (a group's clock is ahead
of that of the group before it by AHEAD), and the `seconds` that they go on at most;
`lease` in seconds; `without`: protections taken away, "keys" (each call has one of its
own) or "lock" (a claim that looks first and takes later).
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing import Barrier
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any

import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, lock_one, transaction
from engage.payouts import jobs, recording, sending
from engage.payouts.models import Payout
from engage.payouts.rails import stripe as theirs
from engage.payouts.rules import PayoutStatus
from engage.payouts.sending import Claimed
from tests.faults.chaos import ForgetfulRail
from tests.faults.chaos_site import let_go_of_database, paying_app
from tests.faults.kill_points import POINTS, arm

AHEAD = timedelta(minutes=4)  # longer than a lease
MEETING = Barrier(2)  # where both of two workers have looked
ENDED = (PayoutStatus.SENT, PayoutStatus.PAID)


def claim_loosely(*, now: datetime, limit: int = 10, **_: Any) -> list[Claimed]:
    """Looks first, and takes what it saw in another transaction."""
    with transaction():
        query = sa.select(Payout.id).where(Payout.status == PayoutStatus.QUEUED)
        ids = list(db.session.scalars(query.limit(limit)))
    if ids:
        with suppress(BrokenBarrierError):  # the other one has nothing left to claim
            MEETING.wait(5)
    for payout_id in ids:
        with transaction():
            payout = lock_one(Payout, payout_id)
            if payout.status is PayoutStatus.QUEUED:
                payout.status = PayoutStatus.SENDING
                recording.new_attempt(payout, now)
    return [Claimed(payout_id, False, False) for payout_id in ids]


def work(app: Flask, point: str, number: int, begin: float, end: float) -> None:
    """Everything a worker does for payouts, until none is left or time is up."""
    clock.now = lambda: datetime.now(UTC) + number * AHEAD  # type: ignore[assignment]
    if point:
        arm(POINTS[point], lambda: True)
    left = sa.select(Payout.id).where(Payout.status.not_in(ENDED))
    time.sleep(max(0.0, begin - time.monotonic()))
    with app.app_context():
        while time.monotonic() < end:
            for job in (jobs.resolve_unknown, jobs.send_due):
                with suppress(Exception):  # which a worker notes, and goes on
                    job(clock.now())
            if db.session.scalar(left.limit(1)) is None:
                return
            db.session.remove()
            time.sleep(0.02)


def take_away(protections: list[str]) -> None:
    if "keys" in protections:
        theirs.StripeRail = ForgetfulRail  # type: ignore[misc]
    if "lock" in protections:
        sending.claim_due = claim_loosely


def start(app: Flask, *life: Any) -> int:
    child = os.fork()
    if child == 0:
        try:
            work(app, *life)
            os._exit(0)
        finally:
            os._exit(1)
    return child


def live(given: dict[str, Any]) -> int:
    take_away(given.get("without", []))
    if "lease" in given:
        recording.LEASE = timedelta(seconds=given["lease"])
    app = paying_app(Path(given["folder"]), given["address"], given["url"])
    with app.app_context():
        let_go_of_database()
    killed = 0
    for number, group in enumerate(given["groups"]):
        begin = time.monotonic() + 0.2 * (len(group) > 1)
        end = begin + given.get("seconds", 10)
        children = [start(app, point, number, begin, end) for point in group]
        for _, status in [os.waitpid(child, 0) for child in children]:
            if os.WIFEXITED(status) and os.WEXITSTATUS(status):
                raise SystemExit("a worker failed")
            killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return killed


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            killed = live(json.loads(line))
            sys.stdout.write(f"{killed}\n")
            sys.stdout.flush()
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            raise SystemExit("a plan failed")


if __name__ == "__main__":
    main()
