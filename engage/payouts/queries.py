"""Reads that actions and the worker stand on; pages.py has the ones of the pages."""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements.models import Engagement
from engage.hours.models import HoursEntry
from engage.ledger.models import Payable, Payee
from engage.organizations.models import Organization
from engage.payouts.models import (
    ManualPayment,
    Payout,
    PayoutAttempt,
    PayoutBatch,
    PayoutItem,
    RailSwitch,
)
from engage.payouts.rules import AUTOMATIC, PayoutStatus, RailName
from engage.people.models import Membership, Person
from engage.people.rules import PersonStatus

HOURS = "hours:"  # how the source of a payable for hours begins


def payable_ids(payer_id: int, uids: Collection[str]) -> list[int]:
    """Ids of this payer's payables among those uids."""
    return list(
        db.session.scalars(
            sa.select(Payable.id).where(
                Payable.payer_id == payer_id, Payable.uid.in_(uids)
            )
        )
    )


def payees(ids: Iterable[int]) -> list[Payee]:
    return list(
        db.session.scalars(
            sa.select(Payee).where(Payee.id.in_(list(ids))).order_by(Payee.id)
        )
    )


def payout_ids(batch_id: int) -> list[int]:
    return list(
        db.session.scalars(sa.select(Payout.id).where(Payout.batch_id == batch_id))
    )


def finance(payer_id: int) -> list[int]:
    """Ids of everyone who now may run this payer's payouts."""
    query = _in_finance().where(Membership.organization_id == payer_id)
    return list(db.session.scalars(query))


def all_finance() -> list[int]:
    """Ids of everyone who now may run any payer's payouts."""
    return list(db.session.scalars(_in_finance()))


def _in_finance() -> sa.Select[int]:
    return (
        sa.select(Membership.person_id)
        .join(Membership.person)
        .where(
            Membership.role == "finance",
            Membership.ended_on.is_(None),
            Person.status == PersonStatus.ACTIVE,
        )
        .distinct()
        .order_by(Membership.person_id)
    )


def others_in_finance(payer_id: int, person_id: int) -> list[int]:
    return [each for each in finance(payer_id) if each != person_id]


def open_attempts(payout_ids: Collection[int]) -> dict[int, PayoutAttempt]:
    """The attempt of each payout of which nobody knows yet how it ended."""
    rows = db.session.scalars(
        sa.select(PayoutAttempt)
        .where(
            PayoutAttempt.payout_id.in_(payout_ids), PayoutAttempt.ended_at.is_(None)
        )
        .execution_options(populate_existing=True)
    )
    return {row.payout_id: row for row in rows}


def manual_of(payout_id: int) -> ManualPayment | None:
    return db.session.scalar(
        sa.select(ManualPayment).where(ManualPayment.payout_id == payout_id)
    )


def active_items(payout_ids: Collection[int]) -> list[PayoutItem]:
    return list(
        db.session.scalars(
            sa.select(PayoutItem).where(
                PayoutItem.payout_id.in_(payout_ids), PayoutItem.is_active
            )
        )
    )


def payer_of(batch_id: int) -> int:
    found = db.session.scalar(
        sa.select(PayoutBatch.payer_id).where(PayoutBatch.id == batch_id)
    )
    if found is None:
        raise NotFound
    return found


def payer_ids() -> list[int]:
    """Every organization that pays, or has paid."""
    return list(
        db.session.scalars(
            sa.select(Organization.id)
            .where(
                sa.or_(
                    Organization.is_payer,
                    Organization.id.in_(sa.select(PayoutBatch.payer_id)),
                )
            )
            .order_by(Organization.id)
        )
    )


def stopped_rails(payer_ids: Collection[int] | None = None) -> dict[RailName, str]:
    """Rails that are stopped for one of these payers, or for any, and why."""
    query = sa.select(RailSwitch).where(RailSwitch.is_stopped)
    if payer_ids is not None:
        query = query.where(RailSwitch.payer_id.in_(payer_ids))
    return {row.rail: row.reason for row in db.session.scalars(query)}


def running() -> sa.ColumnElement[bool]:
    """On a rail that the worker calls, and that is not stopped for its payer."""
    stopped = sa.exists().where(
        PayoutBatch.id == Payout.batch_id,
        RailSwitch.payer_id == PayoutBatch.payer_id,
        RailSwitch.rail == Payout.rail,
        RailSwitch.is_stopped,
    )
    return sa.and_(Payout.rail.in_(AUTOMATIC), sa.not_(stopped))


def begun(uids: Collection[str]) -> set[str]:
    """Of those uids, payouts of which a first attempt was written down."""
    found = sa.select(Payout.uid).where(Payout.uid.in_(uids), Payout.attempt > 0)
    return set(db.session.scalars(found))


def due(
    status: PayoutStatus,
    now: datetime,
    limit: int,
    cleared: Collection[int] | None = None,
) -> sa.Select[int]:
    """Payouts of running automatic rails in that status, whose wait is over.

    `cleared`: the only runs of which Stripe's are taken, where that was weighed.
    """
    weighed = sa.true()
    if cleared is not None:
        weighed = sa.or_(Payout.rail != RailName.STRIPE, Payout.batch_id.in_(cleared))
    return (
        sa.select(Payout.id)
        .where(
            Payout.status == status,
            sa.or_(Payout.not_before.is_(None), Payout.not_before <= now),
            running(),
            weighed,
        )
        .order_by(Payout.id)
        .limit(limit)
    )


def to_end(now: datetime, limit: int) -> sa.Select[int]:
    """Payouts that wait for a person, who asked to end them after a look."""
    return (
        sa.select(Payout.id)
        .where(
            Payout.status == PayoutStatus.NEEDS_PERSON,
            Payout.is_end_asked,
            sa.or_(Payout.not_before.is_(None), Payout.not_before <= now),
        )
        .order_by(Payout.id)
        .limit(limit)
    )


def lapsed(now: datetime) -> sa.Select[int]:
    """Payouts whose sender has not been heard of since its lease ended."""
    return sa.select(Payout.id).where(
        Payout.status == PayoutStatus.SENDING, Payout.lease_until < now
    )


def sent(now: datetime, limit: int) -> sa.Select[int]:
    """Payouts on automatic rails that have not been seen to arrive and that it is time
    to look for, the oldest look first."""
    return (
        sa.select(Payout.id)
        .where(
            Payout.status == PayoutStatus.SENT,
            Payout.rail.in_(AUTOMATIC),
            sa.or_(Payout.not_before.is_(None), Payout.not_before <= now),
        )
        .order_by(Payout.not_before.is_not(None), Payout.not_before, Payout.id)
        .limit(limit)
    )


def work_of(payout_id: int) -> list[tuple[Payable, HoursEntry | None]]:
    """What a payout pays, each with its hours entry where it is for hours."""
    rows = db.session.execute(
        sa.select(Payable, HoursEntry)
        .join(PayoutItem, PayoutItem.payable_id == Payable.id)
        .outerjoin(HoursEntry, is_of_entry())
        .where(PayoutItem.payout_id == payout_id)
        .order_by(Payable.id)
        .options(joinedload(HoursEntry.engagement).load_only(Engagement.uid))
    )
    return [(payable, entry) for payable, entry in rows]


def is_of_entry() -> sa.ColumnElement[bool]:
    """Joins a payable to its hours entry by the entry's own unique uid."""
    after_prefix = sa.func.substr(Payable.source, len(HOURS) + 1)
    return sa.and_(Payable.source.startswith(HOURS), HoursEntry.uid == after_prefix)
