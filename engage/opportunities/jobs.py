from datetime import datetime
from functools import partial

from engage.core.jobs import for_each
from engage.opportunities import actions, queries


def follow_dates(now: datetime) -> None:
    """Posts whose first session began are under way; after the last they are over."""
    try:
        for_each(queries.begun(now), partial(actions.begin, now=now))
    finally:
        for_each(queries.maybe_over(now), partial(actions.finish, now=now))
