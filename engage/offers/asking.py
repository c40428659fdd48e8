"""What the waves ask: who may be asked, and what was asked before. Never shown."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import NotFound
from engage.offers import terms_rules
from engage.offers.models import NamedAsk, Offer
from engage.offers.rules import OfferStatus
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.panels.models import Seat
from engage.people.models import Alias, Person
from engage.people.rules import PersonKind, PersonStatus


def posts_to_ask(now: datetime) -> list[int]:
    """Posts that ask the pool, or have asked somebody by name, and still may."""
    return sorted({post.id for post in opportunities.asking_now(now)} | named_now(now))


def named_now(now: datetime) -> set[int]:
    return set(
        db.session.scalars(
            sa.select(NamedAsk.opportunity_id)
            .join(NamedAsk.opportunity)
            .where(
                NamedAsk.reply_by > now, Opportunity.status == OpportunityStatus.POSTED
            )
        )
    )


def waiting(opportunity_id: int, now: datetime) -> int:
    """How many people an answer is still expected of: for the waves, never shown."""
    return int(
        db.session.scalar(
            sa.select(sa.func.count(Offer.id)).where(
                Offer.opportunity_id == opportunity_id,
                Offer.status == OfferStatus.WAITING,
                Offer.reply_by > now,
            )
        )
        or 0
    )


def matching(people: Collection[int], post: Opportunity) -> list[int]:
    """Those of them to whom a post goes by its topics; what they offer is not shown."""
    here: dict[int, set[str]] = defaultdict(set)
    anywhere: dict[int, set[str]] = defaultdict(set)
    rows = db.session.execute(
        sa.select(Alias.person_id, Alias.organization_id, Alias.topics).where(
            Alias.person_id.in_(people)
        )
    )
    for person_id, organization_id, kept in rows:
        topics = set(filter(None, kept.split(",")))
        anywhere[person_id] |= topics
        if organization_id == post.organization_id:
            here[person_id] |= topics
    return [
        each
        for each in people
        if terms_rules.is_match(post.topics, here[each], anywhere[each])
    ]


def askable(post: Opportunity) -> list[int]:
    """Open consultant accounts that were not asked for this and hold no seat there."""
    asked = sa.select(Offer.person_id).where(Offer.opportunity_id == post.id)
    seated = sa.select(Seat.person_id).where(
        Seat.panel_id == post.panel_id, Seat.person_id.is_not(None)
    )
    return list(
        db.session.scalars(
            sa.select(Person.id)
            .where(
                Person.kind == PersonKind.CONSULTANT,
                Person.status == PersonStatus.ACTIVE,
                Person.id.not_in(asked),
                Person.id.not_in(seated),
            )
            .order_by(Person.id)
        )
    )


def undelivered(opportunity_id: int, now: datetime) -> list[tuple[NamedAsk, Alias]]:
    """Asks by name whose person, account open, has no offer for this post yet."""
    asked = sa.select(Offer.person_id).where(Offer.opportunity_id == opportunity_id)
    rows = db.session.execute(
        sa.select(NamedAsk, Alias)
        .join(Alias, Alias.id == NamedAsk.alias_id)
        .join(Person, Person.id == Alias.person_id)
        .where(
            NamedAsk.opportunity_id == opportunity_id,
            NamedAsk.reply_by > now,
            Person.status == PersonStatus.ACTIVE,
            Alias.person_id.not_in(asked),
        )
        .order_by(NamedAsk.id)
    )
    return [(ask, alias) for ask, alias in rows]


def was_named(opportunity_id: int, alias_id: int) -> bool:
    return (
        db.session.scalar(
            sa.select(NamedAsk.id).where(
                NamedAsk.opportunity_id == opportunity_id, NamedAsk.alias_id == alias_id
            )
        )
        is not None
    )


def listed_alias(organization_id: int, uid: str) -> Alias:
    """An alias of the organization's weekly directory."""
    found = db.session.scalar(
        sa.select(Alias).where(
            Alias.uid == uid, Alias.organization_id == organization_id, Alias.is_listed
        )
    )
    if found is None:
        raise NotFound
    return found
