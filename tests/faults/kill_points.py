"""The named steps of paying where a worker can die, and how one dies there.

Each is a function of the program and a side of it: before it, after it, or at the
next commit, when everything is written and the commit has not been sent.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import event
from sqlalchemy.engine import Engine

from engage.audit import actions as audit
from engage.notices import actions as notices
from engage.payouts import arriving, recording, resolving, sending
from engage.payouts.rails.stripe import StripeRail


@dataclass(frozen=True)
class Point:
    """`each`: it is passed once for every payout, and not once for a group."""

    owner: Any
    name: str
    side: str
    each: bool = True


# What a first worker passes, in order.
SENDING = {
    "before the intent": Point(recording, "new_attempt", "before"),
    "intent written, not committed": Point(sending, "claim_due", "commit", each=False),
    "after the intent": Point(sending, "send", "before"),
    "before the call": Point(StripeRail, "send", "before"),
    "after the call": Point(StripeRail, "send", "after"),
    "before the recording": Point(recording, "record", "before"),
    "in the recording": Point(recording, "post_sent", "after"),
    "at the commit of the recording": Point(recording, "record", "commit"),
    "between two payouts": Point(recording, "record", "after"),
    "before the looks": Point(arriving, "due", "after", each=False),
    "after the look": Point(StripeRail, "find", "after"),
    "in the confirming": Point(arriving, "_pay_work", "after"),
    "before the notice": Point(notices, "queue", "before"),
    "after the notice": Point(notices, "queue", "after"),
    "after the audit entry": Point(audit, "record", "after"),
    "at the commit of the confirming": Point(arriving, "arrive", "commit"),
    "after the confirming": Point(arriving, "confirm", "after"),
}
# What the one after it passes, who takes over what the first left.
TAKING_OVER = {
    "lapse written, not committed": Point(
        resolving, "expire_leases", "commit", each=False
    ),
    "after the lapse": Point(resolving, "expire_leases", "after", each=False),
    "taken over, not committed": Point(
        resolving, "claim_unknown", "commit", each=False
    ),
    "after it was taken over": Point(resolving, "resolve", "before"),
    "after asking again": Point(resolving, "ask", "after"),
    "after the answer to that": Point(resolving, "settle", "after"),
}
# What it passes where the other side saved an error and did nothing.
ANEW = {
    "look that found nothing": Point(resolving, "look", "after"),
    "putting off, not committed": Point(recording, "put_off", "commit"),
    "queued anew, not committed": Point(recording, "requeue", "commit"),
    "queued anew": Point(recording, "requeue", "after"),
    "look before the second call": Point(sending, "look", "after"),
}
POINTS = {**SENDING, **TAKING_OVER, **ANEW}


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


def arm(point: Point, is_time: Callable[[], bool]) -> None:
    """Die on a passage of the point for which `is_time` says so."""
    works: Callable[..., Any] = getattr(point.owner, point.name)

    def passed(*args: Any, **kw: Any) -> Any:
        now = is_time()
        if now and point.side == "before":
            die()
        if now and point.side == "commit":
            event.listen(Engine, "commit", die)
        done = works(*args, **kw)
        if now and point.side == "after":
            die()
        return done

    setattr(point.owner, point.name, passed)


def nth(number: int) -> Callable[[], bool]:
    """True at the passage of that number, counted from one."""
    passages = iter(range(1, 1 + number))

    def is_time() -> bool:
        return next(passages, 0) == number

    return is_time
