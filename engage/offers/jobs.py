from datetime import datetime
from functools import partial

from engage.core.jobs import for_each
from engage.offers import (
    actions,
    answering,
    asking,
    change_queries,
    more,
    queries,
    reminding,
    waves,
)


def deliver(now: datetime) -> None:
    """Put every post whose wave has come to the next people, and asks for more."""
    try:
        for_each(asking.posts_to_ask(now), partial(waves.ask_around, now=now))
    finally:
        for_each(change_queries.to_deliver(now), partial(more.deliver, now=now))


def remind(now: datetime) -> None:
    """Once to whoever has a day left to answer and has not."""
    reminding.remind(now)


def settle_due(now: datetime) -> None:
    """Settle conditional yeses whose number a seat or a choice has made up since."""
    for_each(queries.panels_on_condition(now), partial(actions.settle_panel, now=now))


def close_due(now: datetime) -> None:
    """Close what nobody answered in time, then forget what was closed long ago."""
    try:
        for_each(queries.due(now), partial(actions.close_one, now=now))
        for_each(change_queries.due(now), partial(answering.settle, now=now))
    finally:
        actions.forget_closed(now=now)
