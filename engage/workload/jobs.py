from datetime import datetime, timedelta

from engage.workload import actions

ASKS_LAST = timedelta(days=89)  # today and 89 days before it are 90
PAST_LASTS = timedelta(days=2)  # over everywhere, whatever the zone


def tidy(now: datetime) -> None:
    """Delete counts of asks, dated days and pauses once nothing weighs them."""
    actions.forget_asks((now - ASKS_LAST).date())
    actions.forget_past((now - PAST_LASTS).date())
