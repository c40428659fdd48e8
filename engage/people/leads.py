"""Whom to tell about an organization's panel or post: one place decides it."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.organizations.models import Organization
from engage.people.lead_models import Lead
from engage.people.models import Membership, Person
from engage.people.rules import PersonStatus


def coordinators_of(organization_id: int) -> list[int]:
    """Ids of the people who coordinate for an organization now."""
    return list(
        db.session.scalars(
            sa.select(Membership.person_id)
            .join(Person, Person.id == Membership.person_id)
            .where(Membership.organization_id == organization_id, _coordinates())
            .order_by(Membership.person_id)
        )
    )


def _coordinates() -> sa.ColumnElement[bool]:
    return sa.and_(
        Membership.role == "coordinator",
        Membership.ended_on.is_(None),
        Person.status == PersonStatus.ACTIVE,
    )


def to_tell(organization_id: int, thing: str, now: datetime) -> list[int]:
    """Ids of who is told about a thing: its lead or stand-in, else all coordinators."""
    everyone = coordinators_of(organization_id)
    holder = holder_of(thing, now)
    return [holder] if holder in everyone else everyone


def holder_of(thing: str, now: datetime) -> int | None:
    """The id of who has it today, in its organization's zone, whatever their role."""
    row = db.session.execute(
        sa.select(Lead, Organization.zone)
        .join(Organization, Organization.id == Lead.organization_id)
        .where(Lead.thing == thing)
    ).one_or_none()
    return None if row is None else row[0].holder(calendar.local_day(now, row[1]))


def name_of(thing: str, today: date) -> str | None:
    """The name of who looks after it that day; None when all coordinators do."""
    return db.session.scalar(
        sa.select(Person.staff_name)
        .join(Lead, is_with(Person.id, today))
        .join(
            Membership,
            sa.and_(
                Membership.person_id == Person.id,
                Membership.organization_id == Lead.organization_id,
            ),
        )
        .where(Lead.thing == thing, _coordinates())
    )


def is_with(person_id: Any, today: date) -> sa.ColumnElement[bool]:
    """Does this person have it on that day? For a query that has joined `Lead`."""
    is_away = sa.and_(
        Lead.stand_in_id.is_not(None),
        Lead.stands_from <= today,
        Lead.stands_until >= today,
    )
    return sa.or_(
        sa.and_(is_away, Lead.stand_in_id == person_id),
        sa.and_(sa.not_(is_away), Lead.person_id == person_id),
    )


def is_led() -> sa.ColumnElement[bool]:
    """Does its lead still coordinate there? For a query that has joined `Lead`."""
    return (
        sa.select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.person_id == Lead.person_id,
            Membership.organization_id == Lead.organization_id,
            _coordinates(),
        )
        .correlate(Lead)
        .exists()
    )


def colleagues(person_id: int) -> list[tuple[str, str, str, bool]]:
    """(membership, name, organization, is it me) of who coordinates where I do."""
    mine = sa.select(Membership.organization_id).where(
        Membership.person_id == person_id,
        Membership.role == "coordinator",
        Membership.ended_on.is_(None),
    )
    rows = db.session.execute(
        sa.select(Membership.uid, Person.staff_name, Organization.name, Person.id)
        .join(Person, Person.id == Membership.person_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.organization_id.in_(mine), _coordinates())
        .order_by(Organization.name, Person.staff_name, Person.id)
    )
    return [(uid, name, place, other == person_id) for uid, name, place, other in rows]


def led_places(person_id: int) -> list[int]:
    """Ids of the organizations where a person looks after anything, or stands in."""
    mine = sa.or_(Lead.person_id == person_id, Lead.stand_in_id == person_id)
    rows = sa.select(Lead.organization_id).where(mine)
    return sorted(set(db.session.scalars(rows)))
