"""After a copy was put back the other side may know payments that we do not.

Nothing goes out until every day since the copy was laid beside the payment service,
and each payment that came back with the copy is looked for there before it is sent.
"""

from datetime import date, datetime

import sqlalchemy as sa

from engage.core.calendar import days, local_day
from engage.core.db import db, insert_missing, lock_by_key, transaction
from engage.core.errors import N_, Refused
from engage.notices import actions as notices
from engage.organizations.models import Organization
from engage.payouts import queries
from engage.payouts.models import Payout, RailSwitch
from engage.payouts.rails.table import has_stripe, is_live
from engage.payouts.reconcile_models import ReconciliationDay
from engage.payouts.rules import AUTOMATIC, ENDED, RailName

RESTORED = "restored"


def pause(*, copied_at: datetime, now: datetime) -> None:
    """Stop every rail that the worker calls, and have each open payment looked for."""
    with transaction() as session:
        for payer_id in queries.payer_ids():
            for rail in AUTOMATIC:
                _stop(rail, payer_id, copied_at, now)
        session.execute(
            sa.update(Payout)
            .where(Payout.rail.in_(AUTOMATIC), Payout.status.not_in(ENDED))
            .values(is_restored=True)
            .execution_options(synchronize_session=False)
        )
        notices.queue_once(queries.all_finance(), "payout_problem", now=now)


def _stop(rail: RailName, payer_id: int, copied_at: datetime, now: datetime) -> None:
    key = {"rail": rail, "payer_id": payer_id}
    insert_missing(RailSwitch, **key, is_stopped=False, reason="")
    row = lock_by_key(RailSwitch, (rail, payer_id))
    if row is None:
        raise RuntimeError("a row that was just inserted is gone")
    row.is_stopped, row.reason = True, RESTORED
    row.copied_at, row.restored_at = copied_at, now


def let_go(payer: Organization, rail: RailName) -> None:
    """Refuses while a day since the copy was not read; else payments may go on."""
    row = db.session.get(RailSwitch, (rail, payer.id), populate_existing=True)
    if row is None or row.restored_at is None or row.copied_at is None:
        return
    if rail is RailName.STRIPE and has_stripe() and _unread(payer, row):
        raise Refused(
            N_(
                "A copy of the data was put back. Payments can go on once every day "
                "since then was compared with Stripe. The last one is ready tomorrow."
            )
        )
    with transaction():
        row.copied_at = row.restored_at = None


def _unread(payer: Organization, row: RailSwitch) -> bool:
    """Is there a day from the copy to the restore that was not read since?"""
    if row.copied_at is None or row.restored_at is None:
        return False
    first, last = (
        local_day(each, payer.zone) for each in (row.copied_at, row.restored_at)
    )
    read = db.session.scalars(
        sa.select(ReconciliationDay.day).where(
            ReconciliationDay.payer_id == payer.id,
            ReconciliationDay.is_live.is_(is_live()),
            ReconciliationDay.read_at > row.restored_at,
        )
    )
    return bool(set(days(first, last)) - set(read))


def read_since(
    payer: Organization, first: datetime | None, latest: date
) -> date | None:
    """From which day on the books are laid beside the service; None for not at all.

    From the first payment or `latest`, but after a restore from the day of the copy:
    payments may have gone out that nobody here remembers.
    """
    row = db.session.get(RailSwitch, (RailName.STRIPE, payer.id))
    since = None if first is None else max(latest, local_day(first, payer.zone))
    if row is None or row.copied_at is None:
        return since
    copied = local_day(row.copied_at, payer.zone)
    return copied if since is None else min(since, copied)
