from datetime import datetime

from engage.offers import actions, asking, queries, waves


def deliver(now: datetime) -> None:
    """Put every post whose wave has come to the next people."""
    for opportunity_id in asking.posts_to_ask(now):
        waves.ask_around(opportunity_id, now=now)


def settle_due(now: datetime) -> None:
    """Settle conditional yeses whose number a seat or a choice has made up since."""
    for panel_id in queries.panels_on_condition(now):
        actions.settle_panel(panel_id, now=now)


def close_due(now: datetime) -> None:
    """Close what nobody answered in time, then forget what was closed long ago."""
    for offer_id in queries.due(now):
        actions.close_one(offer_id, now=now)
    actions.forget_closed(now=now)
