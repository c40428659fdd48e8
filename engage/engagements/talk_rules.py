"""When a thread about agreed work is open, and how much one side may write."""

from datetime import date, timedelta

from engage.core.errors import N_, Refused
from engage.engagements.rules import EngagementStatus

KEPT_DAYS = 30
LONGEST = 1000
MOST_A_DAY = 12
WINDOW = timedelta(days=1)
# One sentence for every cause: who reads it cannot tell an end from a wish.
ENDED = N_("Messages about this have ended. What was written is no longer here.")


def last_day(ended_on: date) -> date:
    """Messages are kept through this day, whatever the end was."""
    return ended_on + timedelta(days=KEPT_DAYS)


def is_kept(ended_on: date | None, today: date) -> bool:
    """Is the text still there? Afterwards both sides read that it is gone."""
    return ended_on is None or today <= last_day(ended_on)


def is_open(
    status: EngagementStatus, wish: bool | None, ended_on: date | None, today: date
) -> bool:
    """May both sides read and write?

    Whoever left is left in peace unless they open the thread themselves.
    """
    if not is_kept(ended_on, today):
        return False
    return status is not EngagementStatus.LEFT if wish is None else wish


def check_open(is_open: bool) -> None:
    if not is_open:
        raise Refused(ENDED)


def check_pace(written: int) -> None:
    """Refuses a flood from one side; the other side's number is its own."""
    if written >= MOST_A_DAY:
        raise Refused(
            N_(
                "You have written %(most)s messages about this in one day. "
                "Please wait until tomorrow."
            ),
            most=MOST_A_DAY,
        )
