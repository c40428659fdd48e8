"""When people are asked: at fixed times, so that an answer's day can leave enough."""

from datetime import datetime

from engage.core import calendar

WAVE_MINUTES = (9 * 60, 15 * 60)


def next_wave_at(now: datetime, zone: str) -> datetime:
    """The next 9:00 or 15:00 in the organization's zone, always after now."""
    today = calendar.local_day(now, zone)
    moments = (
        calendar.local_moment_utc(day, minute, zone)
        for day in calendar.days(today, today + calendar.DAY * 2)
        for minute in WAVE_MINUTES
    )
    return next(moment for moment in moments if moment > now)
