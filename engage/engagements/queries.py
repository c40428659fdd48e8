from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import NotFound
from engage.core.scope import unscoped
from engage.engagements.models import Engagement, EngagementSession
from engage.engagements.rules import LIVE, EngagementStatus
from engage.engagements.terms import terms_of as terms_of
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.panels.models import Seat
from engage.people.models import Alias, Person
from engage.workload.models import WorkMinutes
from engage.workload.rules import Activity

WHOLE = (
    joinedload(Engagement.organization),
    joinedload(Engagement.opportunity),
    joinedload(Engagement.seat).joinedload(Seat.panel),
    selectinload(Engagement.sessions),
)


def group(engagement: Engagement) -> str:
    """Under which name its minutes and its money are kept."""
    return f"engagement:{engagement.uid}"


def own(person: Person, uid: str) -> Engagement:
    """The person's own engagement with all that its page shows."""
    found = db.session.scalar(
        sa.select(Engagement)
        .where(Engagement.uid == uid, Engagement.person_id == person.id)
        .options(*WHOLE)
    )
    if found is None:
        raise NotFound
    return found


def all_own(person: Person) -> list[Engagement]:
    """Everything the person ever agreed to, the newest agreement first."""
    return list(
        db.session.scalars(
            sa.select(Engagement)
            .where(Engagement.person_id == person.id)
            .options(
                joinedload(Engagement.organization), selectinload(Engagement.sessions)
            )
            .order_by(Engagement.agreed_at.desc(), Engagement.id.desc())
        )
    )


def whole(engagement_id: int) -> Engagement:
    """One engagement read afresh with its sessions and its opportunity's."""
    return db.session.scalars(
        sa.select(Engagement)
        .where(Engagement.id == engagement_id)
        .options(
            selectinload(Engagement.sessions),
            joinedload(Engagement.person),
            joinedload(Engagement.organization),
        )
        .execution_options(populate_existing=True)
    ).one()


def of_organizations(places: Collection[int], now: datetime) -> Any:
    """Agreed work that these organizations may see by now: what is live comes first."""
    return (
        sa.select(Engagement, Alias)
        .join(Engagement.opportunity)
        .join(
            Alias,
            sa.and_(
                Alias.person_id == Engagement.person_id,
                Alias.organization_id == Engagement.organization_id,
            ),
        )
        .where(Engagement.organization_id.in_(places), shown(now))
        .options(
            contains_eager(Engagement.opportunity), selectinload(Engagement.sessions)
        )
        .order_by(
            Engagement.status.not_in(LIVE),
            Engagement.agreed_at.desc(),
            Engagement.id.desc(),
        )
    )


def one_of(places: Collection[int], uid: str, now: datetime) -> tuple[Any, Any]:
    """One of them with its alias, organization and person, for a look."""
    row = db.session.execute(
        of_organizations(places, now)
        .where(Engagement.uid == uid)
        .options(
            joinedload(Engagement.person),
            joinedload(Engagement.organization),
            joinedload(Engagement.seat),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def shown(now: datetime) -> Any:
    """A yes from the pool is shown by name when asking has ended, not before."""
    return sa.or_(Engagement.shown_from.is_(None), Engagement.shown_from <= now)


def hidden_seats(panel_id: int, now: datetime) -> set[int]:
    """Seats whose holder the organization does not know by name yet.

    Who is known in a seat by other work stays known: a name that went would tell.
    """
    rows = db.session.execute(
        sa.select(Engagement.seat_id, sa.func.max(sa.case((shown(now), 1), else_=0)))
        .join(Seat, Seat.id == Engagement.seat_id)
        .where(
            Seat.panel_id == panel_id,
            Seat.person_id == Engagement.person_id,
            Engagement.status.in_(TOOK),
        )
        .group_by(Engagement.seat_id)
    )
    return {seat_id for seat_id, is_known in rows if not is_known}


def agreed_left(engagement: Engagement) -> dict[Activity, int]:
    """Minutes still to be logged by kind; a review counts as the session it is.

    Sessions that an early end took away are gone; preparation stays open, since what
    was done for them is paid. `engagement.sessions` has to be loaded.
    """
    terms = engagement.terms
    held = len(engagement.sessions)
    left = {
        Activity.SESSION: sum(each.minutes for each in engagement.sessions),
        Activity.PREPARATION: len(terms["sessions"]) * terms["preparation_minutes"],
        Activity.TRAVEL: held * terms["travel_minutes"],
        Activity.DEBRIEF: held * terms["debrief_minutes"],
    }
    for activity, minutes in logged(engagement).items():
        left[activity] = max(0, left[activity] - minutes)
    return left


def logged(engagement: Engagement) -> dict[Activity, int]:
    """Minutes logged so far by kind, whatever was decided on them."""
    query = (
        sa.select(WorkMinutes.activity, sa.func.sum(WorkMinutes.minutes))
        .where(
            WorkMinutes.group == group(engagement),
            WorkMinutes.source != group(engagement),
        )
        .group_by(WorkMinutes.activity)
    )
    with unscoped("the work of this one engagement, which both sides agreed"):
        rows = db.session.execute(query).all()
    found: dict[Activity, int] = {}
    for activity, minutes in rows:
        kind = Activity.SESSION if activity is Activity.REVIEW else activity
        found[kind] = found.get(kind, 0) + int(minutes)
    return found


TOOK = LIVE | {EngagementStatus.FINISHED}


def living(opportunity_id: int) -> int:
    """How many places of an opportunity are taken by agreed work, ended well or not.

    Who left gave the place back; who finished had it.
    """
    return int(
        db.session.scalar(
            sa.select(sa.func.count(Engagement.id)).where(
                Engagement.opportunity_id == opportunity_id, Engagement.status.in_(TOOK)
            )
        )
        or 0
    )


def due(now: datetime) -> list[int]:
    """Ids of live engagements that begin or end about now, in any time zone."""
    last = (
        sa.select(sa.func.max(EngagementSession.starts_at))
        .where(EngagementSession.engagement_id == Engagement.id)
        .scalar_subquery()
    )
    first = (
        sa.select(sa.func.min(EngagementSession.starts_at))
        .where(EngagementSession.engagement_id == Engagement.id)
        .scalar_subquery()
    )
    begins = sa.and_(
        Engagement.status == EngagementStatus.AGREED, first <= now + calendar.DAY
    )
    return list(
        db.session.scalars(
            sa.select(Engagement.id)
            .where(Engagement.status.in_(LIVE), sa.or_(begins, last <= now))
            .order_by(Engagement.id)
        )
    )


def of_cancelled_posts() -> list[int]:
    """Ids of live engagements whose post was cancelled."""
    return list(
        db.session.scalars(
            sa.select(Engagement.id)
            .join(Engagement.opportunity)
            .where(
                Engagement.status.in_(LIVE),
                Opportunity.status == OpportunityStatus.CANCELLED,
            )
            .order_by(Engagement.id)
        )
    )
