from datetime import datetime

from engage.core import clock
from engage.core.jobs import for_each
from engage.payouts import (
    account_queries,
    accounts,
    arriving,
    books,
    inbox,
    queries,
    resolving,
    sending,
)
from engage.payouts.switches import stop_for_books

ROUNDS = 2  # groups in one run: a worker that is told to stop should not take long
MOST_LOOKS = 50


def send_due(now: datetime) -> None:
    """Send what is queued; what a run leaves is the next run's."""
    for _ in range(ROUNDS):
        claimed = sending.claim_due(now=clock.now())
        for_each(claimed, lambda each: sending.send(each, now=clock.now()))
        if len(claimed) < sending.GROUP:
            return


def resolve_unknown(now: datetime) -> None:
    """Take over what a lost worker left, and ask about what nobody knows."""
    resolving.expire_leases(now=now)
    for_each(
        resolving.claim_unknown(now=now),
        lambda lost: resolving.resolve(lost, now=clock.now()),
    )


def sweep(now: datetime) -> None:
    """Look at the other side for payments that were sent and not yet seen."""
    for_each(
        queries.sent(MOST_LOOKS),
        lambda payout_id: arriving.look_for(payout_id, now=clock.now()),
    )


def check_books(now: datetime) -> None:
    """Compare states with the ledger; where they differ, sending stops for a look.

    Looked at twice, since a payment under way may come between two readings.
    """
    first = set(books.problems(now))
    if first and first & set(books.problems(now)):
        stop_for_books(now=now)


def read_events(now: datetime) -> None:
    """Look into what the payment service said, and forget what is long done."""
    for_each(
        inbox.waiting(now), lambda event_id: inbox.work_off(event_id, now=clock.now())
    )


def forget_events(now: datetime) -> None:
    inbox.forget(now=now)


def look_at_accounts(now: datetime) -> None:
    """Ask about accounts whose time has come: soon after setting up, then daily."""
    for_each(
        account_queries.due_for_a_look(now, MOST_LOOKS),
        lambda account: accounts.look(account, now=clock.now()),
    )
