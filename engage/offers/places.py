"""Which places of a post are free: not agreed, not held on condition or by name."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from engage.core.db import db
from engage.engagements.models import Engagement
from engage.engagements.queries import TOOK
from engage.engagements.rules import EngagementStatus
from engage.engagements.terms import seat_price
from engage.funding import queries as funding
from engage.funding.rules import Stage
from engage.offers.models import NamedAsk, Offer
from engage.offers.rules import OfferStatus
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity, WorkSession
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatKind, SeatStatus
from engage.people.models import Alias


class Taken(NamedTuple):
    """Who has a place (a person each), and for whom one is held for now."""

    engaged: frozenset[int]
    held: frozenset[int]


def taken(opportunity_id: int, now: datetime) -> Taken:
    """A named ask holds its place until its reply-by, whatever was answered to it."""
    rows = db.session.scalars(
        sa.select(Engagement).where(Engagement.opportunity_id == opportunity_id)
    ).all()
    engaged = {each.person_id for each in rows if each.status in TOOK}
    over = TOOK | {EngagementStatus.LEFT}
    # While a yes to the pool is kept back, an ask of the same person by name holds a
    # place beside it: a place that went on being filled would tell who it was.
    answered = {
        each.person_id for each in rows if each.status in over and each.is_shown(now)
    }
    conditional = db.session.scalars(
        sa.select(Offer.person_id).where(
            Offer.opportunity_id == opportunity_id,
            Offer.status == OfferStatus.CONDITIONAL,
        )
    )
    named = db.session.scalars(
        sa.select(Alias.person_id)
        .join(NamedAsk, NamedAsk.alias_id == Alias.id)
        .where(NamedAsk.opportunity_id == opportunity_id, NamedAsk.reply_by > now)
    )
    held = {*conditional, *named} - answered
    return Taken(frozenset(engaged), frozenset(held))


def free(opportunity: Opportunity, now: datetime, person_id: int | None = None) -> int:
    """Places for one more yes, by seats and by money; what is held for `person_id`
    is free for them."""
    engaged, held = taken(opportunity.id, now)
    others = len(held - {person_id})
    by_seats = opportunity.seats_wanted - len(engaged) - others
    zone = opportunities.organization(opportunity).zone
    price = seat_price(opportunity, zone, now)
    if not price or opportunity.funding_line_id is None:
        return 0
    aside = funding.held_cents(
        opportunity.funding_line_id, opportunities.source(opportunity), Stage.SET_ASIDE
    )
    return max(0, min(by_seats, aside // price - others))


def seat_for(panel: Panel, offer: Offer, *, is_named: bool) -> Seat | None:
    """The seat that a yes takes: its own reserved one, else one nobody has reserved.

    Seats of people who agreed before Engage wait for a person asked by name. Whoever
    has a seat on a board whose term covers the work keeps that one.
    """
    own = _seat_with_term(panel, offer) if panel.is_standing else None
    if own is not None:
        return own
    reserved = sa.select(Offer.seat_id).where(
        Offer.seat_id.is_not(None), Offer.id != offer.id
    )
    wanted = [SeatStatus.OPEN, *([SeatStatus.AWAITING] if is_named else [])]
    return db.session.scalar(
        sa.select(Seat)
        .where(
            Seat.panel_id == panel.id,
            Seat.kind == SeatKind.SURVIVOR,
            Seat.status.in_(wanted),
            Seat.id.not_in(reserved),
        )
        .order_by(Seat.id != offer.seat_id, Seat.status == SeatStatus.OPEN, Seat.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _seat_with_term(panel: Panel, offer: Offer) -> Seat | None:
    last = db.session.scalar(
        sa.select(sa.func.max(WorkSession.starts_at)).where(
            WorkSession.opportunity_id == offer.opportunity_id
        )
    )
    return db.session.scalar(
        sa.select(Seat)
        .where(
            Seat.panel_id == panel.id,
            Seat.person_id == offer.person_id,
            Seat.ends_on >= (last.date() if last else None),
        )
        .order_by(Seat.ends_on.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def is_named(opportunity_id: int, person_id: int, now: datetime) -> bool:
    """Is an ask of this person by name open for this post?"""
    return (
        db.session.scalar(
            sa.select(NamedAsk.id)
            .join(Alias, Alias.id == NamedAsk.alias_id)
            .where(
                NamedAsk.opportunity_id == opportunity_id,
                NamedAsk.reply_by > now,
                Alias.person_id == person_id,
            )
            .limit(1)
        )
        is not None
    )
