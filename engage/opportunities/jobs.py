from datetime import datetime

from engage.opportunities import actions, queries


def follow_dates(now: datetime) -> None:
    """Posts whose first session began are under way; after the last they are over."""
    for opportunity_id in queries.begun(now):
        actions.begin(opportunity_id, now=now)
    for opportunity_id in queries.maybe_over(now):
        actions.finish(opportunity_id, now=now)
