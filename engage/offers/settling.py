"""Conditional yeses: what is locked before they are weighed, and how they settle."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from engage.core.db import db, lock, transaction
from engage.core.errors import Refused
from engage.engagements import actions as engagements
from engage.engagements import queries as engagement_queries
from engage.engagements.models import Engagement
from engage.engagements.terms import work_of
from engage.funding.models import FundingLine
from engage.notices import actions as notices
from engage.offers import places, queries, rules
from engage.offers.models import Offer
from engage.offers.queries import group
from engage.offers.rules import OfferStatus
from engage.opportunities import actions as opportunities
from engage.opportunities import queries as opportunity_queries
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.panels import queries as panels
from engage.panels.models import Panel, Seat
from engage.panels.rules import LEFT_OUT, counted_voices
from engage.people.models import Person
from engage.workload import actions as workload

Result = TypeVar("Result")


class Changed(Exception):
    """Somebody else's conditional yes came or went while the rows were locked."""


@dataclass
class Ground:
    """All rows that a yes on one panel may touch, locked and read afresh."""

    people: dict[int, Person]
    panel: Panel | None
    posts: dict[int, Opportunity]
    conditional: list[Offer]


def twice(work: Callable[[bool], Result]) -> Result:
    """Run the work, and once more when others changed meanwhile; then as it is."""
    try:
        with transaction():
            return work(False)
    except Changed:
        with transaction():
            return work(True)


def ground(
    people: set[int],
    posts: set[int],
    panel_id: int | None,
    now: datetime,
    *,
    is_last: bool,
) -> Ground:
    """Read who waits on condition, lock everything in order, and read again.

    Who came between is left for the job that settles, when this is the last try.
    """
    seen = _conditional(panel_id, now)
    held = lock(Person, people | {offer.person_id for offer in seen})
    panel = lock(Panel, [panel_id])[0] if panel_id is not None else None
    rows = lock(Opportunity, posts | {offer.opportunity_id for offer in seen})
    lock(FundingLine, {row.funding_line_id for row in rows if row.funding_line_id})
    by_id = {person.id: person for person in held}
    found = {row.id: opportunity_queries.by_id(row.id) for row in rows}
    conditional = _conditional(panel_id, now)
    known = [
        offer
        for offer in conditional
        if offer.person_id in by_id and offer.opportunity_id in found
    ]
    if len(known) < len(conditional) and not is_last:
        raise Changed
    return Ground(by_id, panel, found, known)


def _conditional(panel_id: int | None, now: datetime) -> list[Offer]:
    if panel_id is None:
        return []
    return list(
        db.session.scalars(
            sa.select(Offer)
            .join(Offer.opportunity)
            .where(
                Opportunity.panel_id == panel_id,
                Opportunity.status == OpportunityStatus.POSTED,
                Offer.status == OfferStatus.CONDITIONAL,
                Offer.reply_by > now,
            )
            .order_by(Offer.id)
            .execution_options(populate_existing=True)
        )
    )


def settle(ground: Ground, *, by: Person | None, now: datetime) -> list[Offer]:
    """Turn conditional yeses into yeses when two counted voices are there: all or none.

    A yes whose person has since lowered a limit under it does not settle.
    """
    if ground.panel is None:
        return []
    held = counted_voices(panels.held_seats(ground.panel.id))
    with_room = [offer for offer in ground.conditional if _has_room(ground, offer, now)]
    triples = [
        (offer.id, offer.person_id, offer.is_counted and _may_count(offer))
        for offer in with_room
    ]
    chosen = set(rules.settles(held, triples))
    settled = [offer for offer in with_room if offer.id in chosen]
    for offer in settled:
        become(ground, offer, counted=offer.is_counted, move="settle", now=now)
        if by is None or by.id != offer.person_id:
            notices.queue(offer.person_id, "settled", now=now, uid=offer.uid)
    return settled


def _has_room(ground: Ground, offer: Offer, now: datetime) -> bool:
    post = ground.posts[offer.opportunity_id]
    if queries.is_stale(offer, post):
        return False  # a yes to other dates: it waits until its person says it again
    try:
        workload.check_room(
            ground.people[offer.person_id],
            work_of(post, now),
            now=now,
            raised=offer.is_raised,
            replaces_group=group(offer),
        )
    except Refused:
        return False
    return True


def _may_count(offer: Offer) -> bool:
    seat = None if offer.seat_id is None else db.session.get(Seat, offer.seat_id)
    return seat is None or seat.role not in LEFT_OUT


def become(
    ground: Ground, offer: Offer, *, counted: bool, move: str, now: datetime
) -> Engagement:
    """Make agreed work of a yes: its hold goes, its seat and money are taken."""
    post, person = ground.posts[offer.opportunity_id], ground.people[offer.person_id]
    is_named = places.is_named(post.id, person.id, now)
    seat = None
    if ground.panel is not None:
        seat = places.seat_for(ground.panel, offer, is_named=is_named)
        if seat is None:
            raise Refused(rules.HELD, when=offer.reply_by)
    workload.release(group(offer))
    engagement = engagements.agree(
        post,
        person=person,
        seat=seat,
        counted=counted,
        by=person,
        now=now,
        shown_from=None if is_named else post.reply_by,
    )
    offer.status = rules.after(offer.status, move)
    offer.seat_id, offer.engagement_id = None, engagement.id
    offer.is_counted = counted
    db.session.flush()
    if engagement_queries.living(post.id) >= post.seats_wanted:
        opportunities.fill(post, now=now)
    return engagement
