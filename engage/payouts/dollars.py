"""Everything is owed and paid in one currency; anything else is a mistake."""

import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import N_, Refused
from engage.core.money import CURRENCY
from engage.ledger.models import Payable
from engage.payouts.models import Payout, PayoutItem


def check(batch_id: int) -> None:
    others = sa.or_(Payout.currency != CURRENCY, Payable.currency != CURRENCY)
    other = db.session.scalar(
        sa.select(Payout.id)
        .join(Payout.items)
        .join(PayoutItem.payable)
        .where(Payout.batch_id == batch_id, others)
        .limit(1)
    )
    if other is not None:
        raise Refused(
            N_(
                "Something in this run is not in U.S. dollars. Cancel it, and prepare "
                "it without that."
            )
        )
