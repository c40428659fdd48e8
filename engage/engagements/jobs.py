from datetime import datetime
from functools import partial

from engage.core.jobs import for_each
from engage.engagements import actions, messages, queries, thread
from engage.offers import change_queries


def finish_due(now: datetime) -> None:
    """Begin, finish or cancel agreed work whose dates or whose post say so."""
    try:
        for_each(queries.of_cancelled_posts(), partial(actions.cancel, now=now))
    finally:
        move_on = partial(actions.move_on, waits=change_queries.is_waited_for, now=now)
        for_each(queries.due(now), move_on)


def forget_messages(now: datetime) -> None:
    """Erase messages about work that ended a month ago where its organization is."""
    for_each(thread.maybe_over(now), partial(messages.forget, now=now))
