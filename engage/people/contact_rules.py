"""How and when somebody may be told outside that there is an update."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engage.core.errors import N_, Refused
from engage.people.rules import SafeContact

DAY = timedelta(days=1)


class Wish(NamedTuple):
    """A safe way to be told; `address` is the advocate's where it goes through them."""

    contact: SafeContact
    address: str = ""
    advocate: str = ""
    from_hour: int | None = None
    until_hour: int | None = None


def check(wish: Wish) -> None:
    """Refuses mail to nobody, and hours that are half said or have no length."""
    by_advocate = wish.contact == SafeContact.ADVOCATE
    if by_advocate and not wish.advocate:
        raise Refused(N_("Write what you call your advocate."), field="advocate")
    if wish.contact != SafeContact.NONE and not wish.address:
        raise Refused(
            N_("Write the address that is safe for you."),
            field="advocate_email" if by_advocate else "email",
        )
    if (wish.from_hour is None) != (wish.until_hour is None):
        half = "from_hour" if wish.from_hour is None else "until_hour"
        raise Refused(N_("Choose both hours, or neither."), field=half)
    if wish.from_hour is not None and wish.from_hour == wish.until_hour:
        raise Refused(N_("Choose two different hours."), field="until_hour")


def is_time(hour: int, from_hour: int | None, until_hour: int | None) -> bool:
    """Does an hour of the day lie between both? From 22 until 6 goes over midnight."""
    if from_hour is None or until_hour is None:
        return True
    if from_hour < until_hour:
        return from_hour <= hour < until_hour
    return hour >= from_hour or hour < until_hour


def goes_at(
    now: datetime, zone: str, from_hour: int | None, until_hour: int | None
) -> datetime:
    """The first moment from now on at which mail may go out."""
    there = now.astimezone(ZoneInfo(zone))
    if from_hour is None or is_time(there.hour, from_hour, until_hour):
        return now
    opens = there.replace(hour=from_hour, minute=0, second=0, microsecond=0)
    if opens <= there:
        opens += DAY  # of the calendar: at the same hour also when clocks change
    return opens.astimezone(now.tzinfo)
