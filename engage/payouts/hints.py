"""What an event of the payment service tells us: to look at something again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

LONGEST_ID, LONGEST_KIND = 200, 100
TOLERANCE = 300  # seconds that a signed request may be old, or ahead of our clock


@dataclass(frozen=True)
class Hint:
    """Ids alone; a body that came with them is neither kept nor logged."""

    event_id: str
    kind: str
    object_id: str
    account_id: str
    is_live: bool
    created: datetime


def read_hint(event: Mapping[str, Any]) -> Hint:
    """From an event with its object, or from a thin one with an id.

    ValueError where a part is missing: then it is no event.
    """
    try:
        thin = event.get("related_object")
        thing = thin or event["data"]["object"]
        return Hint(
            event_id=_text(event["id"]),
            kind=_text(event["type"], LONGEST_KIND),
            object_id=_text(thing.get("id", "")),
            account_id=_text(event.get("account") or ""),
            is_live=event["livemode"] is True,
            created=_moment(event["created"]),
        )
    except (KeyError, TypeError, AttributeError) as missing:
        raise ValueError("no event") from missing


def _text(value: object, longest: int = LONGEST_ID) -> str:
    """Something that a row can hold."""
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise ValueError("no event")
    return value


def _moment(created: int | str) -> datetime:
    if isinstance(created, int):
        return datetime.fromtimestamp(created, UTC)
    return datetime.fromisoformat(created).astimezone(UTC)


def is_ahead(header: str, now: datetime) -> bool:
    """Is a signature dated over five minutes ahead of us? The library lets it pass."""
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit():
            ahead = int(value[:12]) - now.timestamp()
            return ahead > timedelta(seconds=TOLERANCE).total_seconds()
    return True
