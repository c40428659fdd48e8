"""One worker and a long run: `python -m tests.faults.sending_many FOLDER ADDRESS URL
AT_ONCE`.

Sends until nothing is queued, then looks until each was seen. Prints as JSON how long
both took, the processor's part of it, and the memory it held on the way, in kB.
"""

import json
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db, end_read
from engage.payouts import jobs
from engage.payouts.models import Payout
from engage.payouts.rules import PayoutStatus
from tests.faults.chaos_site import paying_app

SAMPLES = 20


def left(*statuses: PayoutStatus) -> int:
    query = sa.select(sa.func.count(Payout.id)).where(Payout.status.in_(statuses))
    found = db.session.scalar(query) or 0
    end_read()
    return found


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4


def main(folder: str, address: str, url: str, at_once: str) -> None:
    app = paying_app(Path(folder), address, url, at_once=int(at_once))
    held: list[int] = []
    marks: list[tuple[float, float]] = []
    steps = (jobs.send_due, PayoutStatus.QUEUED), (jobs.sweep, PayoutStatus.SENT)
    with app.app_context():
        for job, status in steps:
            marks.append((time.monotonic(), time.process_time()))
            while left(status):
                job(clock.now())
                held.append(resident())
    marks.append((time.monotonic(), time.process_time()))
    sent, seen = (
        {"seconds": after[0] - before[0], "cpu": after[1] - before[1]}
        for before, after in zip(marks, marks[1:], strict=False)
    )
    every = max(1, len(held) // SAMPLES)
    sys.stdout.write(json.dumps({"sent": sent, "seen": seen, "held": held[::every]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
