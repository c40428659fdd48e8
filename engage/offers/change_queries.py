"""New terms as they are put to people: what each side may read of them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements.models import Engagement, TermsVersion
from engage.engagements.queries import shown
from engage.engagements.rules import LIVE
from engage.offers.models import Offer, TermsChange
from engage.offers.rules import READS, OfferStatus, reads_as
from engage.offers.terms_rules import ChangeKind
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.people.models import Alias, Person


def own(person: Person, uid: str) -> TermsChange:
    """New terms that reached the person, with all that their page shows."""
    found = db.session.scalar(
        _of_people().where(
            TermsChange.uid == uid,
            TermsChange.person_id == person.id,
            TermsChange.is_delivered,
        )
    )
    if found is None:
        raise NotFound
    return found


def _of_people() -> sa.Select[TermsChange]:
    return (
        sa.select(TermsChange)
        .join(TermsChange.engagement)
        .options(
            contains_eager(TermsChange.engagement).options(
                joinedload(Engagement.organization),
                joinedload(Engagement.opportunity),
                selectinload(Engagement.sessions),
            )
        )
    )


def _waits(now: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        TermsChange.is_delivered,
        TermsChange.status == OfferStatus.WAITING,
        TermsChange.reply_by > now,
        Engagement.status.in_(LIVE),
        Engagement.opportunity_id.in_(
            sa.select(Opportunity.id).where(
                Opportunity.status != OpportunityStatus.CANCELLED
            )
        ),
    )


def all_open(person: Person, now: datetime) -> list[TermsChange]:
    """What the person may answer now, by the day to answer."""
    return list(
        db.session.scalars(
            _of_people()
            .where(TermsChange.person_id == person.id, _waits(now))
            .order_by(TermsChange.reply_by, TermsChange.id)
        )
    )


def waiting_of(person_id: Any, now: Any) -> sa.Select[int]:
    """How many, as a part of the first page's own statement, which binds the values."""
    return (
        sa.select(sa.func.count(TermsChange.id))
        .join(TermsChange.engagement)
        .where(TermsChange.person_id == person_id, _waits(now))
    )


def open_of(engagement_id: int, now: datetime) -> TermsChange | None:
    """What the person may still answer about one engagement."""
    return db.session.scalar(
        _of_people().where(TermsChange.engagement_id == engagement_id, _waits(now))
    )


def is_open(change: TermsChange, now: datetime) -> bool:
    """May it still be answered? Its engagement and post have to be loaded."""
    return change.is_delivered and may_answer(change, change.engagement, now)


def may_answer(change: TermsChange, of: Engagement, now: datetime) -> bool:
    return (
        change.status is OfferStatus.WAITING
        and change.reply_by > now
        and of.status in LIVE
        and of.opportunity.status is not OpportunityStatus.CANCELLED
    )


def words(change: TermsChange, now: datetime) -> str:
    """What a coordinator reads of it: every no alike, at one moment."""
    return READS[reads_as(change.status, now, change.reply_by, is_named=True)]


def is_agreed(change: TermsChange) -> bool:
    return change.status is OfferStatus.ACCEPTED


def may_ask(engagement: Engagement) -> bool:
    """May anything still be asked about it?"""
    return engagement.status in LIVE


def versions(engagement_id: int) -> list[TermsVersion]:
    """Every version of the terms that was agreed to, the first one first."""
    return list(
        db.session.scalars(
            sa.select(TermsVersion)
            .where(TermsVersion.engagement_id == engagement_id)
            .order_by(TermsVersion.version)
        )
    )


def of_engagement(engagement_id: int) -> list[TermsChange]:
    """Everything that was put to the person about it and is kept, newest first."""
    return list(
        db.session.scalars(
            sa.select(TermsChange)
            .where(TermsChange.engagement_id == engagement_id)
            .order_by(TermsChange.id.desc())
        )
    )


def of_post(opportunity_id: int, now: datetime) -> list[tuple[TermsChange, Alias]]:
    """New dates and lines put to people whose name the organization knows."""
    rows = db.session.execute(
        sa.select(TermsChange, Alias)
        .join(TermsChange.engagement)
        .join(
            Alias,
            sa.and_(
                Alias.person_id == Engagement.person_id,
                Alias.organization_id == Engagement.organization_id,
            ),
        )
        .where(
            Engagement.opportunity_id == opportunity_id,
            TermsChange.kind == ChangeKind.NEW_DATES,
            shown(now),
        )
        .order_by(TermsChange.reply_by.desc(), Alias.name)
    )
    return [(change, alias) for change, alias in rows]


def last_reply_by(opportunity_id: int) -> datetime | None:
    """Until when anybody on a post may still answer about a change, whoever it is."""
    return db.session.scalar(
        sa.select(sa.func.max(TermsChange.reply_by))
        .join(TermsChange.engagement)
        .where(
            Engagement.opportunity_id == opportunity_id, sa.not_(TermsChange.is_done)
        )
    )


def open_for(engagement_id: int) -> TermsChange | None:
    """What its organization has asked and not read the end of."""
    return db.session.scalar(
        sa.select(TermsChange).where(
            TermsChange.engagement_id == engagement_id, sa.not_(TermsChange.is_done)
        )
    )


def engaged_in(opportunity_id: int) -> list[Engagement]:
    """Who has agreed to a post and is still with it."""
    return list(
        db.session.scalars(
            sa.select(Engagement)
            .where(
                Engagement.opportunity_id == opportunity_id, Engagement.status.in_(LIVE)
            )
            .order_by(Engagement.id)
        )
    )


def to_deliver(now: datetime) -> list[int]:
    """Ids of asks for more time whose moment has come."""
    return list(
        db.session.scalars(
            sa.select(TermsChange.id)
            .where(
                TermsChange.kind == ChangeKind.MORE_TIME,
                sa.not_(TermsChange.is_done),
                TermsChange.next_at <= now,
            )
            .order_by(TermsChange.person_id, TermsChange.id)
        )
    )


def due(now: datetime) -> list[int]:
    """Ids of new terms whose time to answer is over, whatever was answered."""
    return list(
        db.session.scalars(
            sa.select(TermsChange.id)
            .where(sa.not_(TermsChange.is_done), TermsChange.reply_by <= now)
            .order_by(TermsChange.person_id, TermsChange.id)
        )
    )


def on_condition(opportunity_id: int, now: datetime) -> Collection[Offer]:
    """Yeses on condition to one post."""
    return list(
        db.session.scalars(
            sa.select(Offer)
            .where(
                Offer.opportunity_id == opportunity_id,
                Offer.status == OfferStatus.CONDITIONAL,
                Offer.reply_by > now,
            )
            .order_by(Offer.id)
        )
    )
