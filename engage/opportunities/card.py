"""The expectations card as plain values: for the page, the offer and frozen terms."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from engage.core.calendar import local_day
from engage.funding import rules as funding
from engage.opportunities import rules

TEXTS = (
    "what_is_asked",
    "who_is_in_the_room",
    "recording",
    "place",
    "access",
    "languages",
    "interpretation",
    "expenses",
    "advances",
    "if_we_cancel",
    "support_person",
    "how_input_is_used",
    "not_expected",
)
MINUTES = ("preparation_minutes", "travel_minutes", "debrief_minutes")
# Lines that stay as they are from one post of an organization to the next.
LASTING = (
    "place",
    "access",
    "languages",
    "interpretation",
    "expenses",
    "advances",
    "if_we_cancel",
    "support_person",
    "not_expected",
)

ORDER = (
    "title",
    "organization",
    "kind",
    "activity",
    "topics",
    "what_is_asked",
    "sessions",
    *MINUTES,
    "zone",
    "is_in_person",
    "place",
    "access",
    "who_is_in_the_room",
    "has_law_enforcement",
    "recording",
    "story",
    "languages",
    "interpretation",
    "stage",
    "pay_kind",
    "rate_cents",
    "seat_cents",
    "pay_by",
    "promise_days",
    "expenses",
    "costs_cents",
    "advances",
    "if_we_cancel",
    "support_person",
    "how_input_is_used",
    "not_expected",
)

Session = tuple[datetime, int]


def values(
    row: Any,
    sessions: list[Session],
    *,
    organization: str,
    zone: str,
    promise_days: int,
) -> dict[str, Any]:
    """Every line in the order in which it is read; only values that JSON can hold."""
    last = max((local_day(at, zone) for at, _ in sessions), default=None)
    by = rules.pay_by(last, promise_days) if last else None
    made: dict[str, Any] = {
        "organization": organization,
        "sessions": [
            {"starts_at": at.isoformat(), "minutes": minutes}
            for at, minutes in sessions
        ],
        "zone": zone,
        "seat_cents": _seat_cents(row, sessions, zone),
        "pay_by": by.isoformat() if by else None,
        "promise_days": promise_days,
    }
    return {
        name: made[name] if name in made else _plain(getattr(row, name))
        for name in ORDER
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, StrEnum) else value


def _seat_cents(row: Any, sessions: list[Session], zone: str) -> int | None:
    if not row.rate_cents or not sessions:
        return None
    return funding.seat_cents(terms(row, sessions, zone))


def terms(row: Any, sessions: list[Session], zone: str) -> funding.Terms:
    """What the rules of money ask of a post; minutes that are not known yet count 0."""
    return funding.Terms(
        pay=row.pay_kind,
        rate_cents=row.rate_cents or 0,
        sessions=tuple((local_day(at, zone), minutes) for at, minutes in sessions),
        preparation_minutes=row.preparation_minutes or 0,
        travel_minutes=row.travel_minutes or 0,
        debrief_minutes=row.debrief_minutes or 0,
        seats=row.seats_wanted,
    )


def texts(card: Mapping[str, Any]) -> dict[str, str]:
    """Everything that somebody wrote in words, for the wording check."""
    return {name: card[name] or "" for name in ("title", *TEXTS)}


def whole_minutes(card: Mapping[str, Any]) -> int:
    """All the time of one person: the sessions, and what comes with each of them."""
    beside = sum(card[name] or 0 for name in MINUTES)
    return sum(each["minutes"] + beside for each in card["sessions"])


def moments(card: Mapping[str, Any]) -> list[tuple[datetime, int]]:
    """The sessions of a card with their moments read back."""
    return [
        (datetime.fromisoformat(each["starts_at"]), int(each["minutes"]))
        for each in card["sessions"]
    ]


def spans(sessions: list[Session]) -> list[tuple[datetime, datetime]]:
    """Start and end of each session."""
    return [(at, at + timedelta(minutes=minutes)) for at, minutes in sessions]


def pay_day(card: Mapping[str, Any]) -> date | None:
    """The promised day of the last pay, read back."""
    return date.fromisoformat(card["pay_by"]) if card["pay_by"] else None
