"""Do payouts, their lines and the ledger say the same? One sentence for each no."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.core.db import db
from engage.ledger import queries as ledger
from engage.ledger.models import Payable, Posting
from engage.ledger.rules import PayableStatus
from engage.payouts.arriving import ARRIVED
from engage.payouts.manual import TAKEN_BACK
from engage.payouts.models import Payout, PayoutItem
from engage.payouts.recording import SENT
from engage.payouts.returning import REVERSED
from engage.payouts.rules import AUTOMATIC, PayoutStatus

LONGEST_ON_THE_WAY = timedelta(days=1)
GONE = (PayoutStatus.SENT, PayoutStatus.PAID, PayoutStatus.RETURNED)


def problems(now: datetime) -> list[str]:
    """Everything that does not hold between the ledger and the payouts."""
    return [
        *ledger.problems(),
        *_postings(SENT, Payout.status.in_(GONE)),
        *_postings(ARRIVED, _has_arrived()),
        *_postings(TAKEN_BACK, _was_taken_back()),
        *_came_back(),
        *_sums(),
        *_payables(),
        *_on_the_way(now),
    ]


def _has_arrived() -> sa.ColumnElement[bool]:
    is_back = sa.and_(Payout.status == PayoutStatus.RETURNED, Payout.cents_back > 0)
    return sa.or_(Payout.status == PayoutStatus.PAID, is_back)


def _was_taken_back() -> sa.ColumnElement[bool]:
    """Recorded by hand, and taken back before anybody confirmed it."""
    return sa.and_(Payout.status == PayoutStatus.RETURNED, Payout.cents_back == 0)


def _came_back() -> list[str]:
    """What came back of a payout is posted; a returned one came back wholly."""
    source = "payout:" + Payout.uid + ":%"
    posted = (
        sa.select(sa.func.coalesce(sa.func.sum(Posting.cents), 0))
        .where(Posting.kind == REVERSED, Posting.source.like(source))
        .scalar_subquery()
    )
    is_whole = Payout.cents_back == Payout.cents
    rows = db.session.scalars(
        sa.select(Payout.uid)
        .where(
            sa.or_(
                posted != Payout.cents_back,
                sa.and_(is_whole, Payout.status != PayoutStatus.RETURNED),
                sa.and_(Payout.cents_back > 0, sa.not_(_has_arrived())),
            )
        )
        .order_by(Payout.id)
    )
    return [f"payout {uid}: what came back and its postings differ" for uid in rows]


def _postings(kind: str, should: sa.ColumnElement[bool]) -> list[str]:
    """Those payouts have one posting of the kind, and no others have."""
    posting = sa.and_(Posting.kind == kind, Posting.source == "payout:" + Payout.uid)
    is_there = sa.and_(Posting.id.is_not(None), Posting.cents == Payout.cents)
    rows = db.session.scalars(
        sa.select(Payout.uid)
        .outerjoin(Posting, posting)
        .where(
            sa.or_(
                sa.and_(should, sa.not_(is_there)),
                sa.and_(should, Posting.id.is_(None)),
                sa.and_(sa.not_(should), Posting.id.is_not(None)),
            )
        )
        .order_by(Payout.id)
    )
    return [f"payout {uid}: its state and its '{kind}' posting differ" for uid in rows]


def _sums() -> list[str]:
    items = sa.func.coalesce(sa.func.sum(PayoutItem.cents), 0)
    rows = db.session.scalars(
        sa.select(Payout.uid)
        .outerjoin(PayoutItem, PayoutItem.payout_id == Payout.id)
        .group_by(Payout.id, Payout.uid, Payout.cents)
        .having(items != Payout.cents)
        .order_by(Payout.id)
    )
    return [f"payout {uid} is not the sum of its lines" for uid in rows]


def _payables() -> list[str]:
    """A payable is paid where its payout is, and taken where one holds it."""
    active = sa.and_(PayoutItem.payable_id == Payable.id, PayoutItem.is_active)
    is_held = PayoutItem.id.is_not(None)
    rows = db.session.scalars(
        sa.select(Payable.uid)
        .outerjoin(PayoutItem, active)
        .outerjoin(Payout, Payout.id == PayoutItem.payout_id)
        .where(
            sa.or_(
                is_held == (Payable.status == PayableStatus.WAITING),
                sa.and_(
                    is_held,
                    _has_arrived() != (Payable.status == PayableStatus.PAID),
                ),
                sa.and_(is_held, PayoutItem.cents != Payable.pay_cents),
            )
        )
        .order_by(Payable.id)
    )
    return [f"payable {uid} and its payout differ" for uid in rows]


def _on_the_way(now: datetime) -> list[str]:
    rows = db.session.scalars(
        sa.select(Payout.uid)
        .join(
            Posting,
            sa.and_(Posting.kind == SENT, Posting.source == "payout:" + Payout.uid),
        )
        .where(
            Payout.status == PayoutStatus.SENT,
            Payout.rail.in_(AUTOMATIC),
            Posting.at < now - LONGEST_ON_THE_WAY,
        )
        .order_by(Payout.id)
    )
    return [f"payout {uid} was sent over a day ago and was not seen" for uid in rows]
