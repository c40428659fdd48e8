from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements.models import Engagement
from engage.engagements.queries import TOOK, shown
from engage.offers.models import NamedAsk, Offer
from engage.offers.rules import READS, OfferStatus, ReadsAs, reads_as
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.people.models import Alias, Person

KEPT_CLOSED = timedelta(days=30)
OPEN = frozenset({OfferStatus.WAITING, OfferStatus.CONDITIONAL})
WHOLE = (
    joinedload(Offer.opportunity).joinedload(Opportunity.organization),
    joinedload(Offer.opportunity).joinedload(Opportunity.panel),
    joinedload(Offer.opportunity).selectinload(Opportunity.sessions),
    joinedload(Offer.engagement),
)


def group(offer: Offer) -> str:
    """Under which name a conditional yes holds minutes."""
    return f"offer:{offer.uid}"


def is_stale(offer: Offer, post: Opportunity) -> bool:
    """Has the post changed since the person was asked, or said yes on condition?"""
    return offer.version is not None and offer.version != post.version


def own(person: Person, uid: str) -> Offer:
    """The person's own offer with all that its page shows."""
    found = db.session.scalar(
        sa.select(Offer)
        .where(Offer.uid == uid, Offer.person_id == person.id)
        .options(*WHOLE)
    )
    if found is None:
        raise NotFound
    return found


def all_open(person: Person, now: datetime) -> list[Offer]:
    """What the person may answer now, by the day to answer."""
    return list(
        db.session.scalars(
            sa.select(Offer)
            .join(Offer.opportunity)
            .where(
                Offer.person_id == person.id,
                Offer.status.in_(OPEN),
                Offer.reply_by > now,
                Opportunity.status == OpportunityStatus.POSTED,
            )
            .options(
                contains_eager(Offer.opportunity).joinedload(Opportunity.organization),
                contains_eager(Offer.opportunity).selectinload(Opportunity.sessions),
            )
            .order_by(Offer.reply_by, Offer.id)
        )
    )


def reply_days(person_id: int, now: datetime) -> list[tuple[str, datetime]]:
    """(offer, reply-by) of what the person may still answer, for their calendar."""
    rows = db.session.execute(
        sa.select(Offer.uid, Offer.reply_by)
        .join(Offer.opportunity)
        .where(
            Offer.person_id == person_id,
            Offer.status == OfferStatus.WAITING,
            Offer.reply_by > now,
            Opportunity.status == OpportunityStatus.POSTED,
        )
        .order_by(Offer.reply_by, Offer.id)
    )
    return [(uid, reply_by) for uid, reply_by in rows]


def is_open(offer: Offer, now: datetime) -> bool:
    """May it still be answered? `offer.opportunity` has to be loaded."""
    asked = offer.opportunity.status is OpportunityStatus.POSTED
    return offer.status in OPEN and offer.reply_by > now and asked


def directory(organization_id: int) -> list[Alias]:
    """Every listed alias; the page puts them in random order."""
    return list(
        db.session.scalars(
            sa.select(Alias)
            .where(Alias.organization_id == organization_id, Alias.is_listed)
            .order_by(Alias.uid)
        )
    )


def visible_places(post: Opportunity, now: datetime) -> int:
    """Places that look free to the coordinator: not found, not held for a name."""
    engaged = _engaged(post.id)
    # Whose yes is still kept back counts apart from whom it may have been: else a
    # place that stays free after an ask by name would tell who has said yes.
    seen = {each.person_id for each in engaged if each.is_shown(now)}
    kept_back = len(engaged) - len(seen)
    named = db.session.execute(
        sa.select(Alias.person_id, NamedAsk.id)
        .join(NamedAsk, NamedAsk.alias_id == Alias.id)
        .where(NamedAsk.opportunity_id == post.id, NamedAsk.reply_by > now)
    )
    held = {person_id for person_id, _ in named}
    return post.seats_wanted - kept_back - len(seen | held)


def _engaged(opportunity_id: int) -> list[Engagement]:
    return list(
        db.session.scalars(
            sa.select(Engagement).where(
                Engagement.opportunity_id == opportunity_id, Engagement.status.in_(TOOK)
            )
        )
    )


class Found(NamedTuple):
    """What the coordinator reads: a count at all times, names when asking has ended."""

    number: int
    people: list[tuple[Alias, Engagement]]
    named: list[tuple[NamedAsk, Alias, Engagement | None]]


def found(post: Opportunity, now: datetime) -> Found:
    """Everything about the asking that its organization may read, and no more."""
    of_post = sa.and_(
        Engagement.person_id == Alias.person_id,
        Engagement.opportunity_id == post.id,
        Engagement.status.in_(TOOK),
    )
    here = Alias.organization_id == post.organization_id
    people = db.session.execute(
        sa.select(Alias, Engagement)
        .join(Engagement, of_post)
        .where(here, shown(now))
        .order_by(Alias.name)
    )
    named = db.session.execute(
        sa.select(NamedAsk, Alias, Engagement)
        .join(Alias, Alias.id == NamedAsk.alias_id)
        .outerjoin(Engagement, of_post)
        .where(NamedAsk.opportunity_id == post.id)
        .order_by(NamedAsk.id)
    )
    return Found(
        len(_engaged(post.id)),
        [(alias, engagement) for alias, engagement in people],
        [(ask, alias, engagement) for ask, alias, engagement in named],
    )


def reads(ask: NamedAsk, agreed: Engagement | None, now: datetime) -> ReadsAs:
    """What the coordinator reads of one ask by name: every no alike, at one moment.

    A yes to the pool that is still kept back is no answer to an ask by name.
    """
    is_yes = agreed is not None and agreed.is_shown(now)
    status = OfferStatus.ACCEPTED if is_yes else OfferStatus.WAITING
    return reads_as(status, now, ask.reply_by, is_named=True)


def named_words(found: Found, now: datetime) -> list[tuple[Alias, NamedAsk, str]]:
    """Each ask by name with the words that its coordinator reads."""
    return [
        (alias, ask, READS[reads(ask, agreed, now)])
        for ask, alias, agreed in found.named
    ]


def due(now: datetime) -> list[int]:
    """Ids of offers whose reply-by passed, or that wait on condition for nothing."""
    off = Opportunity.status.not_in({OpportunityStatus.POSTED})
    idle = sa.and_(Offer.status == OfferStatus.CONDITIONAL, off)
    return list(
        db.session.scalars(
            sa.select(Offer.id)
            .join(Offer.opportunity)
            .where(Offer.status.in_(OPEN), sa.or_(Offer.reply_by <= now, idle))
            .order_by(Offer.person_id, Offer.id)
        )
    )


def panels_on_condition(now: datetime) -> list[int]:
    """Ids of panels on which somebody waits for a second counted voice."""
    return list(
        db.session.scalars(
            sa.select(Opportunity.panel_id)
            .join(Offer, Offer.opportunity_id == Opportunity.id)
            .where(
                Offer.status == OfferStatus.CONDITIONAL,
                Offer.reply_by > now,
                Opportunity.panel_id.is_not(None),
            )
            .distinct()
            .order_by(Opportunity.panel_id)
        )
    )
