"""Reversals as the worker, finance and the payee read them."""

from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements.models import Engagement
from engage.hours.models import HoursEntry
from engage.ledger.given_up import CAME_BACK
from engage.ledger.models import Payable, Payee
from engage.organizations.models import Organization
from engage.payouts.models import Payout
from engage.payouts.models_after import Reversal
from engage.payouts.queries import is_of_entry
from engage.payouts.returning_rules import OPEN, ReversalStatus
from engage.people.models import Person


def last_number(payout_id: int) -> int:
    found = db.session.scalar(
        sa.select(sa.func.max(Reversal.number)).where(Reversal.payout_id == payout_id)
    )
    return int(found or 0)


def open_of(payout_id: int) -> Reversal | None:
    """The one of this payout that has not ended."""
    return db.session.scalar(
        sa.select(Reversal)
        .where(Reversal.payout_id == payout_id, Reversal.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )


def of_payout(payout_id: int) -> list[Reversal]:
    """All of a payout, the newest first."""
    return list(
        db.session.scalars(
            sa.select(Reversal)
            .where(Reversal.payout_id == payout_id)
            .order_by(Reversal.number.desc())
            .execution_options(populate_existing=True)
        )
    )


def going(now: datetime, limit: int) -> sa.Select[int]:
    return (
        sa.select(Reversal.id)
        .where(
            Reversal.status == ReversalStatus.GOING,
            sa.or_(Reversal.not_before.is_(None), Reversal.not_before <= now),
        )
        .order_by(Reversal.id)
        .limit(limit)
    )


def undecided() -> list[tuple[int, date, str]]:
    """(id, last day, payer's zone) of what waits for people."""
    rows = db.session.execute(
        sa.select(Reversal.id, Reversal.last_day, Organization.zone)
        .join(Reversal.payout)
        .join(Payout.payee)
        .join(Payee.payer)
        .where(Reversal.status.in_(OPEN))
        .order_by(Reversal.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def own(person: Person, uid: str) -> Reversal:
    """What was asked back from this person; NotFound for anybody else's."""
    return _one(uid, Payee.person_id == person.id)


def of_payers(places: Collection[int], uid: str) -> Reversal:
    return _one(uid, Payee.payer_id.in_(places))


def _one(uid: str, whose: sa.ColumnElement[bool]) -> Reversal:
    row = db.session.scalar(
        sa.select(Reversal)
        .join(Reversal.payout)
        .join(Payout.payee)
        .where(Reversal.uid == uid, whose)
        .options(
            joinedload(Reversal.payout).joinedload(Payout.payee).joinedload(Payee.payer)
        )
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def first_of(payable: Payable) -> tuple[Payable, HoursEntry | None]:
    """For what it was owed at first, where it came back and is owed anew since: under
    that the line keeps its money."""
    source = payable.source
    while source.startswith(CAME_BACK):
        uid = source.removeprefix(CAME_BACK).partition(":")[0]
        source = db.session.scalars(
            sa.select(Payable.source).where(Payable.uid == uid)
        ).one()
    row = db.session.execute(
        sa.select(Payable, HoursEntry)
        .outerjoin(HoursEntry, is_of_entry())
        .where(Payable.source == source)
        .options(joinedload(HoursEntry.engagement).load_only(Engagement.uid))
    ).one()
    return row[0], row[1]
