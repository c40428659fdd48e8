"""Seats that agreed work is done in, where a board or several posts share them."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from engage.core.db import db
from engage.engagements.models import Engagement
from engage.engagements.rules import LIVE, EngagementStatus
from engage.opportunities import claims
from engage.opportunities.models import Opportunity
from engage.panels.models import Panel, Seat
from engage.people.models import Person


def live_seats(seat_ids: Collection[int]) -> set[int]:
    """Which of these seats somebody still has agreed work in."""
    return set(
        db.session.scalars(
            sa.select(Engagement.seat_id)
            .join(Seat, Seat.id == Engagement.seat_id)
            .where(
                Engagement.seat_id.in_(seat_ids),
                Engagement.status.in_(LIVE),
                Engagement.person_id == Seat.person_id,
            )
        )
    )


def has_other_work(engagement: Engagement, seat: Seat) -> bool:
    """Is the seat still needed for other work of the same person?

    A seat that lasts for a term goes with the work by which it was taken: what was
    done in it before counts too, unless it was left.
    """
    lasts = {EngagementStatus.FINISHED} if seat.ends_on is not None else set()
    return (
        db.session.scalar(
            sa.select(Engagement.id)
            .where(
                Engagement.seat_id == seat.id,
                Engagement.person_id == engagement.person_id,
                Engagement.id != engagement.id,
                Engagement.status.in_(LIVE | lasts),
            )
            .limit(1)
        )
        is not None
    )


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
