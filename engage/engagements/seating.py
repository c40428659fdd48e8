"""After a yes or a leave, on a panel that posts share."""

from datetime import datetime

from engage.core.db import db
from engage.engagements.models import Engagement
from engage.opportunities import claims
from engage.opportunities.models import Opportunity
from engage.panels.models import Panel, Seat
from engage.people.models import Person


def balance(
    engagement: Engagement,
    opportunity: Opportunity,
    *,
    by: Person | None,
    now: datetime,
) -> None:
    """On a panel that posts share, as many seats are open as are still asked for."""
    if engagement.seat_id is None:
        return
    seat = db.session.get_one(Seat, engagement.seat_id)
    panel = db.session.get_one(Panel, seat.panel_id)
    if claims.is_shared(panel, opportunity):
        claims.balance(
            panel,
            role=opportunity.seat_role,
            hourly_cents=seat.hourly_cents,
            by=by,
            now=now,
        )
