from datetime import datetime, timedelta
from functools import partial

from engage.core.errors import Refused
from engage.core.jobs import for_each
from engage.hours import actions, deciding, expense_pay, per_diem

NOTES_KEPT = timedelta(days=90)


def approve_due(now: datetime) -> int:
    """Approve what nobody looked at for as long as was promised; how many entries.

    What the money does not allow stays with the coordinators, who see why.
    """
    return sum(for_each(deciding.due(now), partial(_attest, now=now)))


def _attest(entry_ids: list[int], *, now: datetime) -> int:
    """Those of one engagement at once; each by itself where they cannot stand so."""
    try:
        return len(actions.attest(entry_ids, now=now))
    except Refused:
        if len(entry_ids) == 1:
            return 0
        return sum(_attest([each], now=now) for each in entry_ids)


def pay_preparation(now: datetime) -> int:
    """Pay what was prepared for sessions that an early end took away; cents."""
    pay = partial(actions.pay_preparation, now=now)
    return sum(for_each(deciding.unpaid_preparation(), pay))


def forget_notes(now: datetime) -> int:
    """Erase notes 90 days after the last payment for their work; how many."""
    last_day = now.date() - NOTES_KEPT
    return sum(for_each(deciding.done_with(last_day), actions.forget_notes))


def settle(now: datetime) -> int:
    """Give unused money of ended engagements back to their lines; cents."""
    kept = deciding.keeping_money(now.date())
    cents = sum(for_each(kept, partial(actions.settle, now=now)))
    for_costs = expense_pay.keeping_costs(now.date())
    return cents + sum(for_each(for_costs, partial(expense_pay.settle, now=now)))


def keep_rates(now: datetime) -> None:
    """Put in what the data file has of daily rates and the table has not."""
    per_diem.keep()
