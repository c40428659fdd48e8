from datetime import datetime

from engage.core import clock
from engage.core.at_once import for_each_at_once
from engage.core.jobs import for_each
from engage.payouts import (
    accounts,
    arriving,
    books,
    details,
    ending,
    holding,
    inbox,
    reconciling,
    resolving,
    reversing,
    sending,
    silence,
    taking_back,
    year_actions,
)
from engage.payouts.switches import stop_for_books

ROUNDS = 2  # groups in one run: a worker that is told to stop should not take long
MOST_LOOKS = 50
LOOKS_PER_SECOND = 20  # a look moves no money; the other side allows more of them


def warnings() -> list[str]:
    """What a worker should say when it starts."""
    return sending.warnings()


def send_due(now: datetime) -> None:
    """Send what is queued; what a run leaves is the next run's."""
    level = inbox.is_level(now=now)
    cleared = holding.cleared_runs(now=now) if level else frozenset()
    most, per_second = sending.pace()
    for _ in range(ROUNDS):
        silence.stop(now=now)
        claimed = sending.claim_due(now=clock.now(), cleared=cleared)
        for_each_at_once(
            silence.while_heard(claimed),
            lambda each: sending.send(each, now=clock.now()),
            most=most,
            per_second=per_second,
        )
        if len(claimed) < sending.GROUP:
            return


def resolve_unknown(now: datetime) -> None:
    """Take over what a lost worker left, and ask about what nobody knows."""
    resolving.expire_leases(now=now)
    for_each(
        resolving.claim_unknown(now=now),
        lambda lost: resolving.resolve(lost, now=clock.now()),
    )
    for_each(ending.due(now=now), lambda each: ending.end(each, now=clock.now()))


def take_back(now: datetime) -> None:
    """Ask the rail for what two people want back; end what nobody decided in time."""
    for_each(
        taking_back.due(now=now), lambda each: taking_back.send(each, now=clock.now())
    )
    for_each(
        reversing.end_late(now=now),
        lambda each: reversing.drop(each, by=None, now=clock.now()),
    )


def forget_details(now: datetime) -> None:
    """Erase what payees gave for payments by hand that were made long ago."""
    details.forget(now=now)


def sweep(now: datetime) -> None:
    """Look at the other side for payments that were sent and not yet seen."""
    most, per_second = sending.pace()
    for _ in range(ROUNDS):
        due = arriving.due(now=clock.now(), limit=MOST_LOOKS)
        for_each_at_once(
            due,
            lambda payout_id: arriving.look_for(payout_id, now=clock.now()),
            most=most,
            per_second=max(per_second, LOOKS_PER_SECOND),
        )
        if len(due) < MOST_LOOKS:
            return


def let_go(now: datetime) -> None:
    """Queue again what waited for money or for its payee, once that is there."""
    silence.end(now=now)
    holding.let_go(now=now)


def poll_events(now: datetime) -> None:
    """Read what happened at the payment service: enough where nothing can reach us."""
    inbox.poll(now=now)


def check_books(now: datetime) -> None:
    """Compare states with the ledger; where they differ, sending stops for a look.

    Looked at twice, since a payment under way may come between two readings.
    """
    first = set(books.problems(now))
    if first and first & set(books.problems(now)):
        stop_for_books(now=now)


def reconcile(now: datetime) -> None:
    """Compare whole days with what the payment service has, those that are due."""
    for_each(reconciling.due(now), lambda span: reconciling.read(span, now=clock.now()))


def keep_thresholds(now: datetime) -> None:
    """Have the amounts for tax forms that come with the program as rows."""
    year_actions.keep()


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
        accounts.due(now=now, limit=MOST_LOOKS),
        lambda account: accounts.look(account, now=clock.now()),
    )
