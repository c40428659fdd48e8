from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, aware, UTC; nothing else in the house reads the clock."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The calendar day where somebody lives, by the name of their time zone."""
    return now().astimezone(ZoneInfo(zone)).date()
