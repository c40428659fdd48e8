from datetime import datetime

from engage.panels import queries, voices


def raise_past_plans(now: datetime) -> None:
    """Look once a day at every open flag: its plan's day, and the end of forming."""
    for panel_id in queries.panels_with_open_flag():
        voices.look_again(panel_id, now=now)
