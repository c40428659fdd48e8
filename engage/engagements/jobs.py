from datetime import datetime

from engage.engagements import actions, queries


def finish_due(now: datetime) -> None:
    """Begin, finish or cancel agreed work whose dates or whose post say so."""
    for engagement_id in queries.of_cancelled_posts():
        actions.cancel(engagement_id, now=now)
    for engagement_id in queries.due(now):
        actions.move_on(engagement_id, now=now)
