import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from engage.core import calendar
from engage.core.errors import N_, Refused
from engage.workload.rules import Session

LOGGING_DAYS = 30
SHORT_NOTICE_DAYS = 3
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class EngagementStatus(StrEnum):
    AGREED = "agreed"
    UNDER_WAY = "under_way"
    FINISHED = "finished"
    LEFT = "left"
    CANCELLED = "cancelled"


class Side(StrEnum):
    """Who wrote a message about agreed work."""

    CONSULTANT = "consultant"
    ORGANIZATION = "organization"


MOVES: dict[tuple[EngagementStatus, str], EngagementStatus] = {
    (EngagementStatus.AGREED, "begin"): EngagementStatus.UNDER_WAY,
    (EngagementStatus.UNDER_WAY, "finish"): EngagementStatus.FINISHED,
    (EngagementStatus.AGREED, "leave"): EngagementStatus.LEFT,
    (EngagementStatus.UNDER_WAY, "leave"): EngagementStatus.LEFT,
    (EngagementStatus.AGREED, "cancel"): EngagementStatus.CANCELLED,
    (EngagementStatus.UNDER_WAY, "cancel"): EngagementStatus.CANCELLED,
}

LIVE = frozenset({EngagementStatus.AGREED, EngagementStatus.UNDER_WAY})


def after(status: EngagementStatus, move: str) -> EngagementStatus:
    """The status after a move; refuses a move that the table does not have."""
    if (status, move) not in MOVES:
        raise Refused(
            N_("This has changed since you opened the page. Look at it again.")
        )
    return MOVES[status, move]


def moves_due(
    status: EngagementStatus, first_on: date, last_on: date, today: date
) -> list[str]:
    """Moves that the dates ask for, in order; both when the worker slept through."""
    due = []
    if status is EngagementStatus.AGREED and today >= first_on:
        due.append("begin")
    if status in LIVE and today > last_on:
        due.append("finish")
    return due


def nothing_waits(engagement_id: int) -> bool:
    """For work about whose terms nobody was asked anything."""
    return False


def status_on(
    status: EngagementStatus, first_on: date, last_on: date, today: date
) -> EngagementStatus:
    """What the status reads on a day, also before the worker has moved it."""
    for move in moves_due(status, first_on, last_on, today):
        status = after(status, move)
    return status


def check_way_there(is_in_person: bool, costs_cents: int | None) -> None:
    """Nobody agrees to come in person before it is said how the way there is paid."""
    if is_in_person and costs_cents is None:
        raise Refused(
            N_(
                "This work is in person, and it does not say yet how travel is paid. "
                "The organization has to say that first."
            )
        )


def terms_hash(terms: Mapping[str, object]) -> str:
    """SHA-256 over the canonical text."""
    return hashlib.sha256(canonical(terms).encode()).hexdigest()


def canonical(terms: Mapping[str, object]) -> str:
    """One JSON text for the same terms: the order of keys and the zone of a moment do
    not matter, and a value that JSON has no one form for is an error."""
    return json.dumps(
        terms,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_plain,
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a moment needs a time zone")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no canonical form for {type(value).__name__}")


def check_leave(status: EngagementStatus) -> None:
    """Anyone may leave what has not ended; no reason is asked."""
    if status not in LIVE:
        raise Refused(N_("This work has already ended. Nothing for you to do."))


@dataclass(frozen=True)
class Owed:
    """What is paid at an early end: whole sessions, and preparation as it was done."""

    sessions: int
    session_minutes: int
    travel_minutes: int
    debrief_minutes: int
    preparation_minutes: int


def pay_owed_on_leaving(
    sessions: Iterable[Session], now: datetime, preparation_done: int
) -> Owed:
    """A session that has begun is paid whole, and all preparation done."""
    begun = [one for one in sessions if one.starts_at <= now]
    return _owed(begun, preparation_done)


def pay_owed_on_cancelling(
    sessions: Iterable[Session], now: datetime, zone: str, preparation_done: int
) -> Owed:
    """Sessions less than three business days off, in the organization's zone, are
    paid like those begun."""
    paid = [one for one in sessions if is_paid_on_cancelling(one.starts_at, now, zone)]
    return _owed(paid, preparation_done)


def is_paid_on_cancelling(starts_at: datetime, now: datetime, zone: str) -> bool:
    """Whether a session has begun, or is too near to be taken away without pay."""
    today, day = (calendar.local_day(each, zone) for each in (now, starts_at))
    near = calendar.business_days_between(today, day) < SHORT_NOTICE_DAYS
    return starts_at <= now or near


def _owed(sessions: list[Session], preparation_done: int) -> Owed:
    return Owed(
        sessions=len(sessions),
        session_minutes=sum(one.minutes for one in sessions),
        travel_minutes=sum(one.travel for one in sessions),
        debrief_minutes=sum(one.debrief for one in sessions),
        preparation_minutes=preparation_done,
    )


def last_logging_day(ended_on: date) -> date:
    """Hours may be logged through this day, whatever the end was."""
    return ended_on + timedelta(days=LOGGING_DAYS)
