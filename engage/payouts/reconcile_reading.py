"""Days and their differences, as finance of the payer reads them."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager

from engage.core.db import db
from engage.core.errors import NotFound
from engage.ledger.models import Payee
from engage.payouts.models import Payout
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.reconcile_rules import BLOCKING
from engage.people.models import Person

IS_OPEN = sa.and_(
    ReconciliationDifference.gone_at.is_(None),
    ReconciliationDifference.looked_at.is_(None),
)


def days(
    places: Collection[int], *, is_live: bool
) -> sa.Select[ReconciliationDay, int, int]:
    """(day, differences, of them open) with the newest day first, for paging."""
    some = sa.func.count(ReconciliationDifference.id)
    left = sa.func.coalesce(sa.func.sum(sa.case((IS_OPEN, 1), else_=0)), 0)
    return (
        sa.select(ReconciliationDay, some, left)
        .outerjoin(ReconciliationDay.differences)
        .where(_is_of(places, is_live))
        .group_by(ReconciliationDay.id)
        .order_by(ReconciliationDay.day.desc(), ReconciliationDay.currency)
    )


def _is_of(places: Collection[int], is_live: bool) -> sa.ColumnElement[bool]:
    return sa.and_(
        ReconciliationDay.payer_id.in_(places), ReconciliationDay.is_live.is_(is_live)
    )


def known(payer_id: int, since: date, *, is_live: bool) -> list[ReconciliationDay]:
    """Days since then that were read, and older ones that somebody wants again."""
    return list(
        db.session.scalars(
            sa.select(ReconciliationDay)
            .where(
                _is_of([payer_id], is_live),
                sa.or_(ReconciliationDay.day >= since, ReconciliationDay.is_wanted),
            )
            .execution_options(populate_existing=True)
        )
    )


def newest(
    places: Collection[int], most: int, *, is_live: bool
) -> list[ReconciliationDay]:
    """The last days, the oldest first."""
    rows = db.session.scalars(
        sa.select(ReconciliationDay)
        .where(_is_of(places, is_live))
        .order_by(ReconciliationDay.day.desc())
        .limit(most)
    )
    return list(rows)[::-1]


def one_day(places: Collection[int], uid: str, *, is_live: bool) -> ReconciliationDay:
    row = db.session.scalar(
        sa.select(ReconciliationDay).where(
            ReconciliationDay.uid == uid, _is_of(places, is_live)
        )
    )
    if row is None:
        raise NotFound
    return row


def differences(
    days: Collection[int],
) -> list[tuple[ReconciliationDifference, str | None, str | None, str | None]]:
    """(difference, payee's handle, who explained it, who looked) of those days."""
    author, looker = aliased(Person), aliased(Person)
    rows = db.session.execute(
        sa.select(
            ReconciliationDifference,
            Payee.handle,
            author.staff_name,
            looker.staff_name,
        )
        .join(ReconciliationDifference.of)
        .outerjoin(Payout, Payout.uid == ReconciliationDifference.payout_uid)
        .outerjoin(Payee, Payee.id == Payout.payee_id)
        .outerjoin(author, author.id == ReconciliationDifference.explained_by_id)
        .outerjoin(looker, looker.id == ReconciliationDifference.looked_by_id)
        .where(ReconciliationDifference.day_id.in_(days))
        .order_by(ReconciliationDay.day, ReconciliationDifference.id)
        .options(contains_eager(ReconciliationDifference.of))
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def one_difference(
    places: Collection[int], uid: str, *, is_live: bool
) -> ReconciliationDifference:
    row = db.session.scalar(
        sa.select(ReconciliationDifference)
        .join(ReconciliationDifference.of)
        .where(
            ReconciliationDifference.uid == uid,
            _is_of(places, is_live),
        )
        .options(contains_eager(ReconciliationDifference.of))
    )
    if row is None:
        raise NotFound
    return row


def blocking(payer_id: int) -> int:
    """How many differences of any day still keep a payer's rail from sending."""
    return int(
        db.session.scalar(
            sa.select(sa.func.count(ReconciliationDifference.id))
            .join(ReconciliationDifference.of)
            .where(
                ReconciliationDay.payer_id == payer_id,
                IS_OPEN,
                ReconciliationDifference.kind.in_(BLOCKING),
            )
        )
        or 0
    )
