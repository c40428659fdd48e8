"""A worker that dies: `python -m tests.faults.sender FOLDER ADDRESS KEYS STEP...`.

Forks one child for each STEP, one after another. Each resolves, sends and sweeps, with
a clock that is ahead by some minutes more than that of the child before, and dies of
SIGKILL the first time it comes to its step; four more finish the work. Prints how many
were killed. KEYS "random" takes away the protection: every call has a key of its own.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import event
from sqlalchemy.engine import Engine

from engage.core import clock
from engage.core.db import new_uid
from engage.payouts import arriving, jobs, recording, resolving, sending
from engage.payouts.rails.base import Answer, Order
from engage.payouts.rails.demo import DemoRail
from engage.payouts.rails.table import RAILS
from engage.payouts.rules import RailName
from tests.conftest import make_app

QUIET = ("none",) * 4
AHEAD = timedelta(minutes=4)  # longer than a lease


def die(*_: object, **__: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def kill_before(owner: Any, name: str) -> None:
    setattr(owner, name, die)


def kill_after(owner: Any, name: str) -> None:
    works: Callable[..., Any] = getattr(owner, name)

    def then_dies(*args: Any, **kw: Any) -> NoReturn:
        works(*args, **kw)
        die()

    setattr(owner, name, then_dies)


def kill_at_commit_of(owner: Any, name: str) -> None:
    """Everything is written, and the commit has not been sent."""
    works: Callable[..., Any] = getattr(owner, name)

    def armed(*args: Any, **kw: Any) -> Any:
        event.listen(Engine, "commit", die)
        return works(*args, **kw)

    setattr(owner, name, armed)


def kill_after_asking_again() -> None:
    """The first child leaves something to ask about, the next ones ask."""
    kill_before(sending, "send")
    kill_after(resolving, "ask")


STEPS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "at the commit of the claim": lambda: kill_at_commit_of(sending, "claim_due"),
    "after the claim": lambda: kill_before(sending, "send"),
    "before the call": lambda: kill_before(DemoRail, "send"),
    "after the call": lambda: kill_after(DemoRail, "send"),
    "in the recording": lambda: kill_after(recording, "post_sent"),
    "at the commit of the recording": lambda: kill_at_commit_of(recording, "record"),
    "between two payouts": lambda: kill_after(recording, "record"),
    "after asking again": kill_after_asking_again,
    "in the confirming": lambda: kill_after(arriving, "arrive"),
    "at the commit of the confirming": lambda: kill_at_commit_of(arriving, "arrive"),
}


class ForgetfulRail(DemoRail):
    """The control: every call has a key of its own, as when nobody gives one."""

    def send(self, order: Order, key: str) -> Answer:
        return super().send(order, new_uid())


def work(folder: Path, address: str, step: str, ahead: timedelta, rail: Any) -> None:
    """One child's life: everything a worker does for payouts, until none is left."""
    rail.delay = 0
    RAILS[RailName.DEMO] = rail
    clock.now = lambda: datetime.now(UTC) + ahead  # type: ignore[assignment]
    STEPS[step]()
    app = make_app(folder, address)
    with app.app_context():
        for job in (jobs.resolve_unknown, jobs.send_due, jobs.sweep):
            job(clock.now())


def main(folder: str, address: str, keys: str, *steps: str) -> None:
    killed = 0
    for number, step in enumerate((*steps, *QUIET)):
        child = os.fork()
        if child == 0:
            rail = ForgetfulRail() if keys == "random" else DemoRail()
            work(Path(folder), address, step, number * AHEAD, rail)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise SystemExit("a child failed")
        killed += os.WIFSIGNALED(status)
    sys.stdout.write(str(killed))


if __name__ == "__main__":
    main(*sys.argv[1:])
