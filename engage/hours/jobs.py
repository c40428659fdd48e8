from datetime import datetime, timedelta

from engage.core.errors import Refused
from engage.hours import actions, deciding

NOTES_KEPT = timedelta(days=90)


def approve_due(now: datetime) -> int:
    """Approve what nobody looked at for as long as was promised; how many entries.

    What the money does not allow stays with the coordinators, who see why.
    """
    done = 0
    for entry_ids in deciding.due(now):
        try:
            done += len(actions.attest(entry_ids, now=now))
        except Refused:
            continue
    return done


def pay_preparation(now: datetime) -> int:
    """Pay what was prepared for sessions that an early end took away; cents."""
    return sum(
        actions.pay_preparation(entry_id, now=now)
        for entry_id in deciding.unpaid_preparation()
    )


def forget_notes(now: datetime) -> int:
    """Erase notes 90 days after the last payment for their work; how many."""
    last_day = now.date() - NOTES_KEPT
    return sum(map(actions.forget_notes, deciding.done_with(last_day)))


def settle(now: datetime) -> int:
    """Give unused money of ended engagements back to their lines; cents."""
    return sum(
        actions.settle(engagement_id, now=now)
        for engagement_id in deciding.keeping_money(now.date())
    )
