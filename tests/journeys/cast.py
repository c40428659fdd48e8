"""Who plays in the story, and what is so before it begins."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db, transaction
from engage.ledger.models import Payee
from engage.organizations.models import Organization
from engage.people.models import Alias, Membership, Person
from engage.people.rules import PersonKind
from engage.workload.models import (
    AskCount,
    AvailabilityException,
    AvailabilityWindow,
    Pause,
    SilentFilter,
    WorkLimits,
)
from tests import make

OWN = (WorkLimits, AvailabilityWindow, AvailabilityException, Pause, SilentFilter)
ASKED_OFTEN = 50


@dataclass
class Someone:
    """A person by what the story needs: their sign-in and their name to others."""

    id: int
    uid: str
    alias: str = ""


@dataclass
class Cast:
    coordinator: Someone
    maker: Someone
    checker: Someone
    ana: Someone  # says yes on a condition and stays
    bea: Someone  # says yes on a condition and leaves
    eve: Someone  # passes
    fay: Someone  # says nothing
    cleo: Someone  # is at her limit
    dora: Someone  # is paused
    place: str
    zone: str


def gather() -> Cast:
    """Choose them from the sample data; nobody has limits or much work yet."""
    place = db.session.scalars(
        sa.select(Organization)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Organization.minimum_voices == 2, Membership.role == "coordinator")
        .order_by(Organization.id)
        .limit(1)
    ).one()
    with transaction() as session:
        for model in OWN:
            session.execute(sa.delete(model))
        session.execute(sa.delete(AskCount))
    people = db.session.scalars(
        sa.select(Person)
        .where(Person.kind == PersonKind.CONSULTANT)
        .order_by(Person.id)
    ).all()
    named = [_someone(person, place) for person in people[:6]]
    today = clock.today(place.zone)
    with transaction() as session:
        session.add_all(WorkLimits(person_id=each.id) for each in people)
        session.add_all(
            AskCount(person_id=each.id, day=today, count=ASKED_OFTEN)
            for each in people[4:]
        )
    first, second = _staff("finance")[:2]
    return Cast(
        _staff("coordinator", place)[0],
        first,
        second,
        *named,
        place=place.uid,
        zone=place.zone,
    )


def _someone(person: Person, place: Organization) -> Someone:
    """With a listed name of their own for this organization."""
    alias = db.session.scalar(
        sa.select(Alias).where(
            Alias.person_id == person.id, Alias.organization_id == place.id
        )
    ) or make.alias(person, place)
    with transaction():
        alias.is_listed = alias.is_open = True
    return Someone(person.id, person.uid, alias.name)


def _staff(role: str, place: Organization | None = None) -> list[Someone]:
    query = (
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.role == role)
        .order_by(Person.id)
    )
    if place is not None:
        query = query.where(Membership.organization_id == place.id)
    return [Someone(each.id, each.uid) for each in db.session.scalars(query)]


def payee(person: Someone) -> Any:
    return db.session.scalars(
        sa.select(Payee).where(Payee.person_id == person.id).order_by(Payee.id).limit(1)
    ).one()
