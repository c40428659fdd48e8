"""Stopping a rail: by a person, or by books that do not agree."""

from datetime import datetime

from engage.audit import actions as audit
from engage.core.db import insert_missing, lock_by_key, transaction
from engage.notices import actions as notices
from engage.payouts import queries
from engage.payouts.models import RailSwitch
from engage.payouts.rules import AUTOMATIC, RailName
from engage.people.models import Person


def turn_rail(rail: RailName, *, on: bool, by: Person, now: datetime) -> None:
    """Stop a rail, or let it go on: while it is stopped nothing new goes out."""
    with transaction():
        set_switch(rail, is_stopped=not on, reason="" if on else "person")
        audit.record(
            "rail.start" if on else "rail.stop",
            subject="installation",
            thing=f"rail:{rail}",
            by=by,
            now=now,
            role="finance",
        )


def set_switch(rail: RailName, *, is_stopped: bool, reason: str) -> bool:
    """Turn a rail's switch; says whether that changed anything."""
    with transaction():
        insert_missing(RailSwitch, rail=rail, is_stopped=False, reason="")
        row = lock_by_key(RailSwitch, rail)
        if row is None or row.is_stopped == is_stopped:
            return False
        row.is_stopped, row.reason = is_stopped, reason
    return True


def stop_for_books(*, now: datetime) -> None:
    """States and ledger differ: no rail sends before a person has looked."""
    with transaction():
        turned = [
            set_switch(rail, is_stopped=True, reason="books") for rail in AUTOMATIC
        ]
        if any(turned):
            notices.queue_once(queries.all_finance(), "payout_problem", now=now)
