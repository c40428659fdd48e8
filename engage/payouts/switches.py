"""Stopping a payer's rail: by a person, or by books that do not agree."""

from datetime import datetime

from engage.audit import actions as audit
from engage.core.db import db, insert_missing, lock_by_key, transaction
from engage.core.errors import N_, Refused
from engage.notices import actions as notices
from engage.organizations.models import Organization
from engage.payouts import queries, reconcile_reading, restored
from engage.payouts.models import RailSwitch
from engage.payouts.rules import AUTOMATIC, RailName
from engage.people.models import Person

SILENT = "silent"  # nobody answers: the one reason that ends by itself


def turn_rail(
    rail: RailName, payer_id: int, *, on: bool, by: Person, now: datetime
) -> None:
    """Stop a payer's rail, or let it go on: while stopped nothing new goes out."""
    payer = db.session.get_one(Organization, payer_id)
    with transaction():
        if on and rail is RailName.STRIPE and reconcile_reading.blocking(payer_id):
            raise Refused(
                N_(
                    "Engage and Stripe differ. Two people have to look at each "
                    "difference first, on the page that compares them."
                )
            )
        if on:
            restored.let_go(payer, rail)
        set_switch(rail, payer_id, is_stopped=not on, reason="" if on else "person")
        audit.record(
            "rail.start" if on else "rail.stop",
            subject=f"organization:{payer.uid}",
            thing=f"rail:{rail}",
            by=by,
            now=now,
            role="finance",
            organization_id=payer_id,
        )


def set_switch(rail: RailName, payer_id: int, *, is_stopped: bool, reason: str) -> bool:
    """Turn a payer's switch of a rail; says whether that changed anything.

    A reason that only a person ends takes the place of silence, which ends by itself.
    """
    with transaction():
        key = {"rail": rail, "payer_id": payer_id}
        insert_missing(RailSwitch, **key, is_stopped=False, reason="")
        row = lock_by_key(RailSwitch, (rail, payer_id))
        if row is None:
            return False
        if row.is_stopped is is_stopped and not _is_graver(row, reason):
            return False
        row.is_stopped, row.reason = is_stopped, reason
    return True


def end_stop(rail: RailName, payer_id: int, reason: str) -> None:
    """Let a rail go on, unless something else has stopped it meanwhile."""
    with transaction():
        row = lock_by_key(RailSwitch, (rail, payer_id))
        if row is not None and row.is_stopped and row.reason == reason:
            row.is_stopped, row.reason = False, ""


def _is_graver(row: RailSwitch, reason: str) -> bool:
    return row.is_stopped and row.reason == SILENT and reason not in {SILENT, ""}


def stop_for_no_way(rail: RailName, payer_id: int, *, now: datetime) -> None:
    """The other side takes no call at all, as with a key that was taken back: nothing
    is lost, and a person lets it go on once that is mended."""
    with transaction():
        if set_switch(rail, payer_id, is_stopped=True, reason="rail"):
            notices.queue_once(queries.finance(payer_id), "payout_problem", now=now)


def stop_for_books(*, now: datetime) -> None:
    """States and ledger differ: no rail sends before a person has looked."""
    with transaction():
        turned = [
            set_switch(rail, payer_id, is_stopped=True, reason="books")
            for payer_id in queries.payer_ids()
            for rail in AUTOMATIC
        ]
        if any(turned):
            notices.queue_once(queries.all_finance(), "payout_problem", now=now)
