from datetime import datetime, timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused

LASTS = timedelta(minutes=30)
WAITS = timedelta(hours=24)  # for the second person's yes
KEPT = timedelta(days=730)  # as long as the looks it caused
CHANGED = N_("This is over. Ask anew if it is still needed.")


class OpeningStatus(StrEnum):
    ASKED = "asked"
    OPEN = "open"
    ENDED = "ended"


class Reason(StrEnum):
    DANGER = "danger"
    LAW = "law"
    ASKED = "asked"
    MISTAKE = "mistake"


class Part(StrEnum):
    """What can be opened: what staff may see somewhere, and nothing that is closed."""

    NAMES = "names"
    PLANS = "plans"
    TIME = "time"
    PAY = "pay"


MOVES: dict[tuple[OpeningStatus, str], OpeningStatus] = {
    (OpeningStatus.ASKED, "agree"): OpeningStatus.OPEN,
    (OpeningStatus.ASKED, "end"): OpeningStatus.ENDED,
    (OpeningStatus.OPEN, "end"): OpeningStatus.ENDED,
}


def after(status: OpeningStatus, move: str) -> OpeningStatus:
    """The status after a move; refuses a move that the table does not have."""
    if (status, move) not in MOVES:
        raise Refused(CHANGED)
    return MOVES[status, move]


def check_second(asked_by_id: int, by_id: int) -> None:
    if asked_by_id == by_id:
        raise Refused(N_("Another administrator has to say yes."))


def check_waiting(asked_at: datetime, now: datetime) -> None:
    if now - asked_at >= WAITS:
        raise Refused(CHANGED)


def is_open(status: OpeningStatus, ends_at: datetime | None, now: datetime) -> bool:
    """May its pages be read at this moment?"""
    return status == OpeningStatus.OPEN and ends_at is not None and now < ends_at


def is_waiting(status: OpeningStatus, asked_at: datetime, now: datetime) -> bool:
    return status == OpeningStatus.ASKED and now - asked_at < WAITS


def verb(part: str, reason: Reason) -> str:
    """As it stands in the log: which page, and why; chained with the rest."""
    return f"opened.{part}.{reason}"
