from datetime import datetime, timedelta

from engage.workload import actions, figures

ASKS_LAST = timedelta(days=89)  # today and 89 days before it are 90
PAST_LASTS = timedelta(days=2)  # over everywhere, whatever the zone


def tidy(now: datetime) -> None:
    """Delete counts of asks, dated days and pauses once nothing weighs them."""
    actions.forget_asks((now - ASKS_LAST).date())
    actions.forget_past((now - PAST_LASTS).date())


def keep_figures(now: datetime) -> None:
    """Put in what the data file has of benefits and the tables have not, as after an
    update."""
    figures.keep()
