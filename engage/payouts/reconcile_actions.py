"""What finance does about a difference: one explains it, another one looks at that."""

from datetime import datetime

from engage.audit import actions as audit
from engage.core.db import lock_one, transaction
from engage.core.errors import N_, Refused
from engage.core.no_secrets import check_no_number
from engage.payouts import reconcile_reading
from engage.payouts import reconcile_rules as rules
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.reconciling import REASON
from engage.payouts.rules import RailName
from engage.payouts.switches import end_stop
from engage.people.models import Person


def explain(
    difference_id: int, words: str, *, by: Person, now: datetime
) -> ReconciliationDifference:
    """Say what explains it; a second person then looks at that."""
    check_no_number(words, "explanation")
    with transaction():
        row = lock_one(ReconciliationDifference, difference_id)
        if row.looked_at is not None:
            raise Refused(N_("Two people have looked at this one. It is closed."))
        row.explanation, row.explained_by_id, row.explained_at = words, by.id, now
        _audit("explain", row, by=by, now=now)
    return row


def look(difference_id: int, *, by: Person, now: datetime) -> ReconciliationDifference:
    """A second person agrees; after the last one, payments may go out again."""
    with transaction() as session:
        row = lock_one(ReconciliationDifference, difference_id)
        rules.check_second_look(row.explained_by_id, by.id)
        if row.looked_at is None:
            row.looked_by_id, row.looked_at = by.id, now
            _audit("look", row, by=by, now=now)
        session.flush()
        payer_id = session.get_one(ReconciliationDay, row.day_id).payer_id
        if not reconcile_reading.blocking(payer_id):
            end_stop(RailName.STRIPE, payer_id, REASON)
    return row


def want(day_id: int) -> ReconciliationDay:
    """Have the worker read a day again."""
    with transaction():
        row = lock_one(ReconciliationDay, day_id)
        row.is_wanted = True
    return row


def _audit(
    verb: str, row: ReconciliationDifference, *, by: Person, now: datetime
) -> None:
    audit.record(
        f"difference.{verb}",
        subject="installation",
        thing=f"reconciliation_difference:{row.uid}",
        by=by,
        now=now,
        role="finance",
    )
