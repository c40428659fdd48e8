"""Workers at once: `python -m tests.races.senders FOLDER ADDRESS CALLS WAY`.

Forks two children that send until nothing is queued, and appends the key of each call
to the file CALLS. WAY "loose" takes the lock away from the claim: the control.
"""

import os
import sys
import time
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db, lock_one, transaction
from engage.payouts import jobs, recording, sending
from engage.payouts.models import Payout
from engage.payouts.rails.base import Answer, Order
from engage.payouts.rails.demo import DemoRail
from engage.payouts.rails.table import RAILS
from engage.payouts.rules import PayoutStatus, RailName
from engage.payouts.sending import Claimed
from tests.conftest import make_app

WORKERS = 2


class CountingRail(DemoRail):
    """Says each call to a file, which tells nobody else who called."""

    def __init__(self, calls: Path) -> None:
        super().__init__(delay=0.005)
        self.calls = calls

    def send(self, order: Order, key: str) -> Answer:
        with self.calls.open("a") as file:
            file.write(f"{key}\n")
        return super().send(order, key)


def claim_loosely(*, now: datetime, limit: int = 10) -> list[Claimed]:
    """Looks first, and takes what it saw in another transaction."""
    with transaction():
        query = sa.select(Payout.id).where(Payout.status == PayoutStatus.QUEUED)
        ids = list(db.session.scalars(query.limit(limit)))
    time.sleep(0.05)
    for payout_id in ids:
        with transaction():
            payout = lock_one(Payout, payout_id)
            if payout.status is PayoutStatus.QUEUED:
                payout.status = PayoutStatus.SENDING
                recording.new_attempt(payout, now)
    return [Claimed(payout_id, False, False) for payout_id in ids]


def work(folder: Path, address: str, calls: Path, way: str, begin: float) -> None:
    RAILS[RailName.DEMO] = CountingRail(calls)
    if way == "loose":
        sending.claim_due = claim_loosely
    app = make_app(folder, address)
    time.sleep(max(0.0, begin - time.monotonic()))
    queued = sa.select(Payout.id).where(Payout.status == PayoutStatus.QUEUED)
    while True:
        with app.app_context():
            if db.session.scalar(queued.limit(1)) is None:
                return
            db.session.remove()
            jobs.send_due(clock.now())


def main(folder: str, address: str, calls: str, way: str) -> None:
    begin, children = time.monotonic() + 1.5, []
    for _ in range(WORKERS):
        child = os.fork()
        if child == 0:
            work(Path(folder), address, Path(calls), way, begin)
            os._exit(0)
        children.append(child)
    ends = [os.waitpid(child, 0)[1] for child in children]
    if any(ends):
        raise SystemExit("a child failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
