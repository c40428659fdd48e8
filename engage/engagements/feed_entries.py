"""What stands in a calendar: agreed sessions of a person, posted ones of a panel."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core import crypto
from engage.core.db import db
from engage.engagements.feed import Entry
from engage.engagements.models import CalendarFeed, Engagement, EngagementSession
from engage.engagements.rules import LIVE, EngagementStatus
from engage.opportunities.models import Opportunity, WorkSession
from engage.opportunities.rules import OpportunityStatus
from engage.panels.models import Panel
from engage.people.models import Person
from engage.people.rules import PersonStatus

BACK = timedelta(days=30)
MOST = 400
HELD = LIVE | {EngagementStatus.FINISHED}
DATED = frozenset(
    {
        OpportunityStatus.POSTED,
        OpportunityStatus.FILLED,
        OpportunityStatus.UNDER_WAY,
        OpportunityStatus.FINISHED,
    }
)


def feed_of(person_id: int) -> CalendarFeed | None:
    return db.session.scalar(
        sa.select(CalendarFeed).where(CalendarFeed.person_id == person_id)
    )


def feed_at(token: str) -> CalendarFeed | None:
    """The feed with this secret, of an open account; None for every other cause."""
    return db.session.scalar(
        sa.select(CalendarFeed)
        .join(CalendarFeed.person)
        .where(
            CalendarFeed.token_hash == crypto.token_hash(token),
            Person.status == PersonStatus.ACTIVE,
        )
        .options(joinedload(CalendarFeed.person))
    )


def stable_uid(*parts: str) -> str:
    """A calendar's own name for an entry: the same at each fetch, and no row's name."""
    return str(UUID(hex=crypto.lookup_hash("calendar", ":".join(parts))[:32]))


def sessions_of(person_id: int, title: str, now: datetime) -> list[Entry]:
    """Agreed sessions under one title; those of cancelled work are gone at once."""
    rows = db.session.execute(
        sa.select(
            EngagementSession.uid,
            EngagementSession.starts_at,
            EngagementSession.minutes,
        )
        .join(EngagementSession.engagement)
        .join(Engagement.opportunity)
        .where(
            Engagement.person_id == person_id,
            Engagement.status.in_(HELD),
            Opportunity.status != OpportunityStatus.CANCELLED,
            EngagementSession.starts_at >= now - BACK,
            EngagementSession.is_held,
        )
        .order_by(EngagementSession.starts_at, EngagementSession.id)
        .limit(MOST)
    )
    return [
        Entry(stable_uid("session", uid), title, starts_at, minutes)
        for uid, starts_at, minutes in rows
    ]


def panel_sessions(
    places: Collection[int], now: datetime, panel_uid: str | None = None
) -> list[Entry]:
    """Sessions of panels of these organizations under the panel's name; no people."""
    query = (
        sa.select(WorkSession.uid, Panel.name, WorkSession.starts_at)
        .add_columns(WorkSession.minutes)
        .join(WorkSession.opportunity)
        .join(Panel, Panel.id == Opportunity.panel_id)
        .where(
            Panel.organization_id.in_(places),
            Opportunity.status.in_(DATED),
            WorkSession.starts_at >= now - BACK,
        )
        .order_by(WorkSession.starts_at, WorkSession.id)
        .limit(MOST)
    )
    if panel_uid is not None:
        query = query.where(Panel.uid == panel_uid)
    return [
        Entry(stable_uid("work", uid), name, starts_at, minutes)
        for uid, name, starts_at, minutes in db.session.execute(query)
    ]
