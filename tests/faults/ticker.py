"""A worker with one job that writes down each run: `... FOLDER ADDRESS FILE BEGIN`.

Its clock runs SPEED times as fast from BEGIN on, in every process the same, so that a
lease of most of a minute is over in about a second.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from engage.core import clock
from engage.worker import Job, Worker
from tests.conftest import make_app

SPEED = 30
EVERY = 5  # seconds of the fast clock
JOB = "write"


def hasten(begin: float) -> None:
    def now() -> datetime:
        return datetime.fromtimestamp(begin + (time.time() - begin) * SPEED, UTC)

    clock.now = now  # type: ignore[assignment]


def main(folder: str, address: str, file: str, begin: str) -> None:
    hasten(float(begin))

    def write(now: datetime) -> None:
        slot = int(now.timestamp()) // EVERY
        line = f"{slot} {os.getpid()} {now.timestamp()}\n".encode()
        with Path(file).open("ab", buffering=0) as lines:
            lines.write(line)

    worker = Worker(make_app(Path(folder), address), (Job(JOB, EVERY, write),))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        worker._tick(None)  # type: ignore[arg-type]
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
