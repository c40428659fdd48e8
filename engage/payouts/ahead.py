"""Is the other side ahead of us? Then our database was put back from an old backup.

What it forgot was paid, and whoever paid what seems to wait would pay it twice.
"""

import re
from datetime import datetime, timedelta

from engage.core.db import end_read, transaction
from engage.notices import actions as notices
from engage.payouts import queries
from engage.payouts.rails.table import stripe_payer_id, stripe_rail
from engage.payouts.rules import RailName
from engage.payouts.switches import set_switch

CLOCKS_APART = timedelta(hours=1)
OURS = re.compile(r"payout_([a-z0-9]{20})")


def check(since: datetime, *, now: datetime) -> None:
    """Stop the rail where a payment of ours is there that we never began.

    Each is written down with its key before the call, so there is none otherwise.
    """
    end_read()
    made = set()
    for row in stripe_rail().transfers_between(since, now + CLOCKS_APART):
        named = OURS.fullmatch(row.transfer_group)
        made |= {named[1]} if named else set()
    if made - queries.begun(made):
        _stop(now)
    end_read()


def _stop(now: datetime) -> None:
    payer_id = stripe_payer_id()
    if payer_id is None:
        return
    with transaction():
        if set_switch(RailName.STRIPE, payer_id, is_stopped=True, reason="ahead"):
            notices.queue_once(queries.finance(payer_id), "payout_problem", now=now)
