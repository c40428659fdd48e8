"""The meetings of a panel: sessions of its work that are still to come."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from engage.core.db import db
from engage.opportunities.models import Opportunity, WorkSession
from engage.opportunities.rules import OpportunityStatus
from engage.panels import board_queries, terms
from engage.panels import queries as panels

MOST = 6
COMING = frozenset(
    {OpportunityStatus.POSTED, OpportunityStatus.FILLED, OpportunityStatus.UNDER_WAY}
)


class Quorum(NamedTuple):
    held: int
    needed: int
    missing: int


def quorum(opportunity: Opportunity) -> Quorum | None:
    """Held seats against what a meeting of its board needs; `panel` is loaded."""
    panel = opportunity.panel
    if panel is None or panel.quorum is None:
        return None
    held = board_queries.may_come(panels.live_seats(panel.id))
    missing = terms.missing_for_quorum(held, panel.quorum)
    return Quorum(held, panel.quorum, missing)


class Meeting(NamedTuple):
    uid: str
    title: str
    starts_at: datetime


def coming(panel_id: int, now: datetime) -> list[Meeting]:
    """The next ones, by what comes first."""
    rows = db.session.execute(
        sa.select(Opportunity.uid, Opportunity.title, WorkSession.starts_at)
        .join(WorkSession, WorkSession.opportunity_id == Opportunity.id)
        .where(
            Opportunity.panel_id == panel_id,
            Opportunity.status.in_(COMING),
            WorkSession.starts_at >= now,
        )
        .order_by(WorkSession.starts_at, WorkSession.id)
        .limit(MOST)
    )
    return [Meeting(*row) for row in rows]
