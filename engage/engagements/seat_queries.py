"""Seats of boards that somebody still has work in."""

from collections.abc import Collection

import sqlalchemy as sa

from engage.core.db import db
from engage.engagements.models import Engagement
from engage.engagements.queries import TOOK
from engage.engagements.rules import LIVE
from engage.panels.models import Seat


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
    states = TOOK if seat.ends_on is not None else LIVE
    return (
        db.session.scalar(
            sa.select(Engagement.id)
            .where(
                Engagement.seat_id == seat.id,
                Engagement.person_id == engagement.person_id,
                Engagement.id != engagement.id,
                Engagement.status.in_(states),
            )
            .limit(1)
        )
        is not None
    )
