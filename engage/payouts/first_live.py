"""The very first payment with real money goes alone, and is seen to arrive."""

from collections.abc import Iterable

import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import N_, Refused
from engage.payouts.models import Payout
from engage.payouts.rules import PayoutStatus
from engage.payouts.year_queries import UNDER_WAY


def too_many_live(payouts: Iterable[Payout]) -> bool:
    """More than one real payment before any was seen to arrive?"""
    live = [payout for payout in payouts if payout.is_live]
    return len(live) > 1 and not _has_live(PayoutStatus.PAID, PayoutStatus.RETURNED)


def check_first_live(payouts: Iterable[Payout]) -> None:
    """Refuses real money while the very first payment of it was not seen to arrive."""
    if not any(payout.is_live for payout in payouts):
        return
    arrived = _has_live(PayoutStatus.PAID, PayoutStatus.RETURNED)
    if not arrived and _has_live(*UNDER_WAY):
        raise Refused(
            N_(
                "The first payment with real money is still on its way. Release this "
                "run once it has arrived."
            )
        )


def _has_live(*statuses: PayoutStatus) -> bool:
    found = sa.select(Payout.id).where(Payout.is_live, Payout.status.in_(statuses))
    return db.session.scalar(found.limit(1)) is not None
