"""Seats of a panel that several posts share: as many are open as are asked for."""

from datetime import datetime

import sqlalchemy as sa

from engage.core.db import db
from engage.funding import queries as lines
from engage.funding import rules as money
from engage.funding.rules import Stage
from engage.opportunities import queries
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.panels import actions as panels
from engage.panels import queries as seats_of
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatKind, SeatRole, SeatStatus
from engage.people.models import Person

GOES_ON = frozenset(
    {OpportunityStatus.POSTED, OpportunityStatus.FILLED, OpportunityStatus.UNDER_WAY}
)


def is_shared(panel: Panel, opportunity: Opportunity) -> bool:
    """Does the panel outlive this post, as a board does, or one with other posts?"""
    return panel.is_standing or bool(_others(panel.id, opportunity.id, GOES_ON))


def to_open(opportunity: Opportunity, here: list[Seat]) -> int:
    """How many seats a draft would open on a panel that has these live seats."""
    if opportunity.panel_id is None:
        return opportunity.seats_wanted
    open_now, awaiting = _of_survivors(here)
    posts = _others(
        opportunity.panel_id, opportunity.id, frozenset({OpportunityStatus.POSTED})
    )
    wanted = [(post.asks_pool, waiting(post)) for post in posts]
    wanted.append((opportunity.asks_pool, opportunity.seats_wanted))
    return max(0, _needed(wanted, awaiting) - open_now)


def balance(
    panel: Panel,
    *,
    role: SeatRole,
    hourly_cents: int | None,
    by: Person | None,
    now: datetime,
) -> None:
    """Open what posts on the panel ask for beyond its open seats, or end what is over.

    The caller locked the panel and has written the posts and their money.
    """
    db.session.flush()
    here = seats_of.live_seats(panel.id)
    open_now, awaiting = _of_survivors(here)
    posts = _others(panel.id, None, frozenset({OpportunityStatus.POSTED}))
    needed = _needed([(post.asks_pool, waiting(post)) for post in posts], awaiting)
    for _ in range(needed - open_now):
        panels.open_seat(panel, role=role, hourly_cents=hourly_cents, by=by, now=now)
    free = [
        seat
        for seat in here
        if seat.kind is SeatKind.SURVIVOR and seat.status is SeatStatus.OPEN
    ]
    free.sort(key=lambda seat: (seat.role is role, seat.id), reverse=True)
    for seat in free[: max(0, open_now - needed)]:
        panels.end_seat(panel.id, seat.uid, by=by, now=now)


def waiting(post: Opportunity) -> int:
    """Places of a posted opportunity that nobody has agreed to yet, by its money."""
    terms = queries.terms(post)
    each = money.seat_cents(terms) if terms.sessions and terms.rate_cents else 0
    if post.funding_line_id is None or not each:
        return 0
    aside = lines.held_cents(
        post.funding_line_id, queries.source(post), Stage.SET_ASIDE
    )
    return min(post.seats_wanted, -(-aside // each))


def _needed(wanted: list[tuple[bool, int]], awaiting: int) -> int:
    """People asked by name take the seats that were kept for them first."""
    pool = sum(number for asks_pool, number in wanted if asks_pool)
    named = sum(number for asks_pool, number in wanted if not asks_pool)
    return pool + max(0, named - awaiting)


def _of_survivors(here: list[Seat]) -> tuple[int, int]:
    own = [seat.status for seat in here if seat.kind is SeatKind.SURVIVOR]
    return own.count(SeatStatus.OPEN), own.count(SeatStatus.AWAITING)


def _others(
    panel_id: int, without: int | None, states: frozenset[OpportunityStatus]
) -> list[Opportunity]:
    return list(
        db.session.scalars(
            sa.select(Opportunity)
            .where(
                Opportunity.panel_id == panel_id,
                Opportunity.id != (without or 0),
                Opportunity.status.in_(states),
            )
            .options(
                sa.orm.joinedload(Opportunity.organization),
                sa.orm.selectinload(Opportunity.sessions),
            )
            .order_by(Opportunity.id)
        )
    )
