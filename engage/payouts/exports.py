"""What was paid from each funding line, by month, for the books of the payer."""

from datetime import date

import sqlalchemy as sa

from engage.core.db import db
from engage.funding.models import FundingLine
from engage.funding.rules import CostCategory
from engage.ledger import given_up
from engage.ledger.models import Payable
from engage.ledger.rules import PayableKind, PayableStatus
from engage.payouts.models import Payout, PayoutItem
from engage.payouts.year_queries import is_real

Row = tuple[str, str, CostCategory, date, date, int, PayableKind, int]


def by_line(payer_id: int, year: int, *, is_live: bool, is_demo: bool) -> list[Row]:
    """(line, award reference, category, from, to, month, what for, cents), by line and
    month of payment, without what came back; practice payments are
    there only where nothing else can be."""
    month = sa.extract("month", Payable.paid_on)
    real = sa.true() if is_demo else is_real(is_live=is_live)
    line = (
        FundingLine.name,
        FundingLine.award_reference,
        FundingLine.cost_category,
        FundingLine.starts_on,
        FundingLine.ends_on,
    )
    off = given_up.off(given_up.CAME_BACK)
    stayed = sa.func.sum(PayoutItem.cents - given_up.cents_of(off))
    found = db.session.execute(
        sa.select(*line, month, Payable.kind, stayed)
        .select_from(PayoutItem)
        .join(PayoutItem.payable)
        .join(PayoutItem.payout)
        .join(FundingLine, FundingLine.id == Payable.funding_line_id)
        .outerjoin(off, given_up.is_of(off))
        .where(
            Payable.payer_id == payer_id,
            Payable.status == PayableStatus.PAID,
            Payable.paid_on.between(date(year, 1, 1), date(year, 12, 31)),
            PayoutItem.is_active,
            Payout.paid_on.is_not(None),
            real,
        )
        .group_by(FundingLine.id, *line, month, Payable.kind)
        .having(stayed > 0)
        .order_by(FundingLine.name, FundingLine.id, month, Payable.kind)
    )
    return [(*row[:5], int(row[5]), row[6], int(row[7])) for row in found]
