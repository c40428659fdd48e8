from datetime import date, datetime, timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused

WAITS = timedelta(hours=72)  # from the start until the account can be opened anew
SETTLES = timedelta(days=7)  # after that: payments wait, what was written is closed
CLAIM_LASTS = timedelta(days=14)  # after it could be used
LEAST_STAFF_DAYS = timedelta(days=14)  # how long the second of the two is there


class RecoveryWay(StrEnum):
    """Who helps somebody who lost everything back in."""

    HELPER = "helper"
    IN_PERSON = "in_person"


class RecoveryStatus(StrEnum):
    STARTED = "started"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    DONE = "done"


MOVES = {
    (RecoveryStatus.STARTED, "vouch"): RecoveryStatus.WAITING,
    (RecoveryStatus.STARTED, "cancel"): RecoveryStatus.CANCELLED,
    (RecoveryStatus.WAITING, "cancel"): RecoveryStatus.CANCELLED,
    (RecoveryStatus.WAITING, "finish"): RecoveryStatus.DONE,
}


def after(status: RecoveryStatus, move: str) -> RecoveryStatus:
    """The status a move leads to; refuses a move that is not in the table."""
    if (status, move) not in MOVES:
        raise Refused(N_("This has ended already."))
    return MOVES[status, move]


def is_usable(ready_at: datetime | None, now: datetime) -> bool:
    """Is the wait over, and not so long ago that a code may lie around forgotten?"""
    return ready_at is not None and ready_at <= now < ready_at + CLAIM_LASTS


def is_open_to(way: RecoveryWay, in_person_only: bool) -> bool:
    """Does this way still lead back in, as its person has chosen by now?"""
    return way is RecoveryWay.IN_PERSON or not in_person_only


def held_until(recovered_at: datetime | None, now: datetime) -> datetime | None:
    """Until when money and words wait after an account was opened anew, or None."""
    if recovered_at is None or now >= recovered_at + SETTLES:
        return None
    return recovered_at + SETTLES


def may_vouch(opened_on: date, today: date) -> bool:
    """Is this member of staff here for long enough to be the second of two?"""
    return today - opened_on >= LEAST_STAFF_DAYS


def check_standing(opened_on: date, today: date) -> None:
    """Refuses a second yes of an account that the first may have made for it."""
    if not may_vouch(opened_on, today):
        raise Refused(
            N_("Your account is newer than %(days)s days. Ask an older administrator."),
            days=LEAST_STAFF_DAYS.days,
        )
