from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from engage.core.db import db
from engage.core.errors import NotFound
from engage.funding import rules as funding
from engage.opportunities import asking
from engage.opportunities import card as cards
from engage.opportunities.models import Opportunity, WorkSession
from engage.opportunities.rules import OpportunityStatus
from engage.organizations import queries as houses
from engage.organizations.models import Organization
from engage.organizations.rules import OrganizationStatus
from engage.panels.models import Panel
from engage.people.models import TrainingRecord

_S = OpportunityStatus
ORDER = (_S.DRAFT, _S.POSTED, _S.FILLED, _S.UNDER_WAY, _S.FINISHED, _S.CANCELLED)
GOES_ON = frozenset({_S.DRAFT, _S.POSTED, _S.FILLED, _S.UNDER_WAY})


def one(uid: str, places: Collection[int]) -> Opportunity:
    """A post of one of these organizations, with all that its pages show."""
    found = db.session.scalar(
        _whole().where(Opportunity.uid == uid, Opportunity.organization_id.in_(places))
    )
    if found is None:
        raise NotFound
    return found


def by_id(opportunity_id: int) -> Opportunity:
    """The same by number, read afresh: who asks has scoped or locked it already."""
    fresh = _whole().execution_options(populate_existing=True)
    return db.session.scalars(fresh.where(Opportunity.id == opportunity_id)).one()


def _whole() -> sa.Select[Opportunity]:
    return sa.select(Opportunity).options(
        joinedload(Opportunity.organization),
        joinedload(Opportunity.line),
        joinedload(Opportunity.panel),
        selectinload(Opportunity.sessions),
        selectinload(Opportunity.planned_seats),
    )


def in_places(
    places: Collection[int], states: Collection[OpportunityStatus]
) -> sa.Select[Opportunity, datetime | None]:
    """Posts with their first session, by state and then by what comes first."""
    first = (
        sa.select(sa.func.min(WorkSession.starts_at))
        .where(WorkSession.opportunity_id == Opportunity.id)
        .correlate(Opportunity)
        .scalar_subquery()
    )
    place_of = sa.case(
        {status: number for number, status in enumerate(ORDER)},
        value=Opportunity.status,
    )
    return (
        sa.select(Opportunity, sa.type_coerce(first, WorkSession.starts_at.type))
        .join(Opportunity.organization)
        .options(contains_eager(Opportunity.organization))
        .where(Opportunity.organization_id.in_(places), Opportunity.status.in_(states))
        .order_by(place_of, first.is_(None), first, Opportunity.id.desc())
    )


def counts(places: Collection[int]) -> dict[OpportunityStatus, int]:
    """How many posts of these organizations are in each state."""
    rows = db.session.execute(
        sa.select(Opportunity.status, sa.func.count())
        .where(Opportunity.organization_id.in_(places))
        .group_by(Opportunity.status)
    )
    found = {status: number for status, number in rows}
    return {status: found.get(status, 0) for status in ORDER}


def organizations(places: Collection[int]) -> list[Organization]:
    return list(
        db.session.scalars(
            sa.select(Organization)
            .where(
                Organization.id.in_(places),
                Organization.status == OrganizationStatus.ACTIVE,
            )
            .order_by(Organization.name)
        )
    )


def standing_panels(organization_id: int) -> list[Panel]:
    """Boards that go on, whose seats a new post may fill."""
    return list(
        db.session.scalars(
            sa.select(Panel)
            .where(
                Panel.organization_id == organization_id,
                Panel.is_standing,
                Panel.ended_on.is_(None),
            )
            .order_by(Panel.name, Panel.id)
        )
    )


def of_panel(panel_id: int) -> list[Opportunity]:
    """Posts that fill seats of one panel, newest first."""
    return list(
        db.session.scalars(
            sa.select(Opportunity)
            .where(Opportunity.panel_id == panel_id)
            .order_by(Opportunity.id.desc())
        )
    )


def last_of(organization_id: int) -> Opportunity | None:
    """The newest post that was put up, to begin the next one from its words."""
    return db.session.scalar(
        sa.select(Opportunity)
        .where(
            Opportunity.organization_id == organization_id,
            Opportunity.posted_at.is_not(None),
        )
        .order_by(Opportunity.posted_at.desc(), Opportunity.id.desc())
        .limit(1)
    )


def trained_until(person_id: int) -> date | None:
    """The end of the author's longest training record, None without one."""
    return db.session.scalar(
        sa.select(sa.func.max(TrainingRecord.ends_on)).where(
            TrainingRecord.person_id == person_id
        )
    )


def asking_now(now: datetime) -> list[Opportunity]:
    """Posts that ask the pool and whose reply-by has not passed, whole."""
    return list(
        db.session.scalars(
            _whole()
            .where(
                Opportunity.status == _S.POSTED,
                Opportunity.asks_pool,
                Opportunity.reply_by > now,
            )
            .order_by(Opportunity.id)
        )
    )


def begun(now: datetime) -> list[int]:
    """Ids of posts whose first session has begun."""
    return _with_sessions(
        {_S.POSTED, _S.FILLED}, sa.func.min(WorkSession.starts_at) <= now
    )


def maybe_over(now: datetime) -> list[int]:
    """Ids of work under way whose last session began; its end is the action's look."""
    return _with_sessions(
        {_S.UNDER_WAY},
        sa.func.max(WorkSession.starts_at) <= now - timedelta(minutes=15),
    )


def _with_sessions(
    states: Collection[OpportunityStatus], having: sa.ColumnElement[bool]
) -> list[int]:
    return list(
        db.session.scalars(
            sa.select(Opportunity.id)
            .join(Opportunity.sessions)
            .where(Opportunity.status.in_(states))
            .group_by(Opportunity.id)
            .having(having)
            .order_by(Opportunity.id)
        )
    )


def sessions(opportunity: Opportunity) -> list[cards.Session]:
    """(start, minutes) in order; read from the database where they were not loaded."""
    if "sessions" in sa.inspect(opportunity).unloaded:
        rows = db.session.execute(
            sa.select(WorkSession.starts_at, WorkSession.minutes)
            .where(WorkSession.opportunity_id == opportunity.id)
            .order_by(WorkSession.starts_at, WorkSession.id)
        )
        return [(starts_at, minutes) for starts_at, minutes in rows]
    return sorted((each.starts_at, each.minutes) for each in opportunity.sessions)


def organization(opportunity: Opportunity) -> Organization:
    if "organization" in sa.inspect(opportunity).unloaded:
        return db.session.get_one(Organization, opportunity.organization_id)
    return opportunity.organization


def terms(opportunity: Opportunity) -> funding.Terms:
    """What every seat of the post is asked and paid, on days where the work is."""
    zone = organization(opportunity).zone
    return cards.terms(opportunity, sessions(opportunity), zone)


def card(opportunity: Opportunity) -> Mapping[str, Any]:
    """The expectations card: plain values in order, as the frozen terms keep them."""
    place = organization(opportunity)
    return cards.values(
        opportunity,
        sessions(opportunity),
        organization=place.name,
        zone=place.zone,
        promise_days=place.pay_promise_days,
    )


def source(opportunity: Opportunity) -> str:
    """The name under which a funding line holds this post's money."""
    return f"opportunity:{opportunity.uid}"


def costs_cents(opportunity: Opportunity) -> int:
    """What all seats may cost beside pay."""
    return opportunity.seats_wanted * (opportunity.costs_cents or 0)


def next_wave(now: datetime, zone: str) -> datetime:
    """When people are next asked; in a demo every minute, so that nobody waits."""
    if is_demo():
        return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return asking.next_wave_at(now, zone)


def is_demo() -> bool:
    """Is this an installation to try?"""
    installation = houses.installation()
    return installation is not None and installation.is_demo
