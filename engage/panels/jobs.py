import logging
from datetime import datetime
from functools import partial

from engage.core.jobs import for_each
from engage.engagements import seat_queries
from engage.panels import board_queries, boards, queries, voice_queries, voices

log = logging.getLogger("engage.panels")


class FlagsDiffer(Exception):
    """Some flags were not what their seats ask for; they are now."""


def raise_past_plans(now: datetime) -> None:
    """Look once a day at every open flag: its plan's day, and the end of forming."""
    for panel_id in queries.panels_with_open_flag():
        voices.look_again(panel_id, now=now)


def end_terms(now: datetime) -> None:
    """Seats whose term is over end, unless agreed work in them is still to come."""
    over = board_queries.past_term(now)
    busy = seat_queries.live_seats(over)
    due = [seat_id for seat_id in over if seat_id not in busy]
    for_each(due, partial(boards.end_term, now=now))


def check_voices(now: datetime) -> None:
    """Compare every flag with its seats; a difference is told, and then mended.

    It ends in an error on purpose, so that an administrator reads of it.
    """
    differing = voice_queries.differing()
    for one in differing:
        log.error(
            "panel %s: its flag says %s, its seats say %s",
            one.panel_id,
            one.flag,
            one.state,
        )
    for_each([one.panel_id for one in differing], partial(voices.mend, now=now))
    if differing:
        raise FlagsDiffer
