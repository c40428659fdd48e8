import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

Given = TypeVar("Given")


def now() -> datetime:
    """The present moment, aware, UTC; nothing else in the house reads the clock."""
    return datetime.now(UTC)


def evenly(do: Callable[[], Given], seconds: float) -> Given:
    """What it gives, once so many seconds are over: how long it took tells nothing."""
    until = time.monotonic() + seconds
    try:
        return do()
    finally:
        time.sleep(max(0.0, until - time.monotonic()))


def today(zone: str) -> date:
    """The calendar day where somebody lives, by the name of their time zone."""
    return now().astimezone(ZoneInfo(zone)).date()
