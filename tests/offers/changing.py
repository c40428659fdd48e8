"""Agreed work whose terms may change, made by the product's own actions."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.core.db import db
from engage.engagements.models import Engagement, EngagementSession
from engage.funding import queries as funding
from engage.funding.rules import Stage
from engage.offers import actions, more, moving, waves
from engage.offers.models import Offer, TermsChange
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.people.models import Person
from engage.workload.models import WorkMinutes
from engage.workload.models_pay import ExpectedPay
from tests import make, scenes

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ONE = 60 + 30 + 15  # minutes of a session with what goes with it
PRICE = 75_00 * ONE // 60


class Agreed(NamedTuple):
    """A post for two with one person on it, whose name shows."""

    post: Opportunity
    place: Organization
    by: Person
    who: Person
    engagement: Engagement

    @property
    def group(self) -> str:
        return f"engagement:{self.engagement.uid}"


def agreed(
    now: datetime, who: Person | None = None, *, seats: int = 2, **values: Any
) -> Agreed:
    """Sessions of an hour three and four weeks off, at $75 an hour."""
    place = make.organization()
    post = scenes.posted(place, seats=seats, **values)
    who = who or scenes.consultants(1)[0]
    offer = make.offer(post, who)
    engagement = actions.accept(offer.id, counted=True, raised=True, by=who, now=now)
    engagement.shown_from = None
    make.save(engagement)
    return Agreed(post, place, make.coordinator(place), who, engagement)


def expected(group: str) -> int:
    """What the person's own limits on pay still count on from this work."""
    found = sa.select(sa.func.sum(ExpectedPay.cents)).where(ExpectedPay.group == group)
    return int(db.session.scalar(found) or 0)


def sessions(of: Engagement) -> list[datetime]:
    return list(
        db.session.scalars(
            sa.select(EngagementSession.starts_at)
            .where(EngagementSession.engagement_id == of.id, EngagementSession.is_held)
            .order_by(EngagementSession.starts_at)
        )
    )


def move(
    work: Agreed, now: datetime, *, to: datetime | None = None, **values: Any
) -> TermsChange:
    """Move the first session to come by a day, or to a moment."""
    post = opportunities.by_id(work.post.id)
    first = min(
        (each for each in post.sessions if each.starts_at > now),
        key=lambda each: each.starts_at,
    )
    fields = {
        "version": post.version,
        "which": first.uid,
        "starts_at": to or first.starts_at + DAY,
        "lines": {},
        "reply_by": now + 5 * DAY,
        "by": work.by,
        "now": now,
        **values,
    }
    moving.move(post.id, **fields)
    return change_of(work.engagement)


def ask_more(work: Agreed, now: datetime, **values: Any) -> TermsChange:
    """One more session of an hour, five weeks off."""
    fields = {
        "longer": {},
        "added": {now + 35 * DAY: 60},
        "preparation_minutes": work.engagement.terms["preparation_minutes"],
        "debrief_minutes": work.engagement.terms["debrief_minutes"],
        "reply_by": now + 5 * DAY,
        "by": work.by,
        "now": now,
        **values,
    }
    return more.ask(work.engagement.id, **fields)


def deliver(change: TermsChange) -> datetime:
    """The moment at which it is put to the person, if it is."""
    more.deliver(change.id, now=change.next_at)
    db.session.refresh(change)
    return change.next_at


def change_of(engagement: Engagement) -> TermsChange:
    return db.session.scalars(
        sa.select(TermsChange)
        .where(TermsChange.engagement_id == engagement.id)
        .order_by(TermsChange.id.desc())
        .limit(1)
    ).one()


def minutes(group: str) -> int:
    found = sa.select(sa.func.sum(WorkMinutes.minutes)).where(
        WorkMinutes.group == group, WorkMinutes.source == group
    )
    return int(db.session.scalar(found) or 0)


def kept(work: Agreed, stage: Stage = Stage.RESERVED, source: str = "") -> int:
    line_id = work.engagement.funding_line_id
    return funding.held_cents(line_id, source or work.group, stage)


def left(work: Agreed) -> int:
    return funding.left_cents(work.engagement.funding_line_id)


def offer_of(post: Opportunity, who: Person) -> Offer:
    return db.session.scalars(
        sa.select(Offer).where(
            Offer.opportunity_id == post.id, Offer.person_id == who.id
        )
    ).one()


def named(work: Agreed, now: datetime, who: Person | None = None) -> None:
    """Ask a person by name for another post of the same place."""
    other = scenes.posted(work.place, asks_pool=False)
    alias = make.alias(who or work.who, work.place, is_listed=True)
    waves.name_one(other.id, alias.uid, now + 5 * DAY, by=work.by, now=now)
