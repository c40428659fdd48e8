"""What costs beside pay, and the kind of money, stand in the way of a posting."""

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import N_, Refused
from engage.core.money import Money
from engage.funding import cost_rules
from engage.funding import queries as lines
from engage.funding.models import FundingLine
from engage.funding.rules import CostCategory
from engage.opportunities import queries
from engage.opportunities.models import Opportunity

MIXED = (CostCategory.CONSULTANT, CostCategory.PARTICIPANT_SUPPORT)


class OtherMoney(NamedTuple):
    """Like work of the same organization, paid as another kind of cost."""

    line: str
    category: CostCategory
    title: str


def refusals(opportunity: Opportunity, pay_cents: int) -> Iterator[Refused]:
    """Travel that is not settled, or more costs than the line has beside the pay."""
    line = opportunity.line
    allowed = lines.costs_of(line) if line else cost_rules.EVERY_KIND
    try:
        cost_rules.check_planned(
            opportunity.is_in_person, opportunity.costs_cents, allowed
        )
    except Refused as refused:
        yield refused
    whole = queries.costs_cents(opportunity)
    if line is None or not whole:
        return
    left = lines.left_cents(line.id)
    if pay_cents <= left < pay_cents + whole:
        yield Refused(
            N_(
                "With travel and other costs this needs %(needed)s, and the funding "
                "line has %(left)s left. Ask for fewer seats, or choose another line."
            ),
            field="costs_cents",
            needed=Money(pay_cents + whole),
            left=Money(max(left, 0)),
        )


def other_money(opportunity: Opportunity) -> OtherMoney | None:
    """Like work on a line of the other category, where no reason is written (2 CFR
    200.456: the same work is classified in one way)."""
    line = opportunity.line
    if line is None or line.cost_category not in MIXED or opportunity.category_reason:
        return None
    row = db.session.execute(
        sa.select(FundingLine.name, FundingLine.cost_category, Opportunity.title)
        .join(Opportunity, Opportunity.funding_line_id == FundingLine.id)
        .where(
            Opportunity.organization_id == opportunity.organization_id,
            Opportunity.id != opportunity.id,
            Opportunity.posted_at.is_not(None),
            Opportunity.kind == opportunity.kind,
            Opportunity.activity == opportunity.activity,
            FundingLine.cost_category.in_(MIXED),
            FundingLine.cost_category != line.cost_category,
        )
        .order_by(Opportunity.posted_at.desc(), Opportunity.id.desc())
        .limit(1)
    ).one_or_none()
    return OtherMoney(*row) if row else None
