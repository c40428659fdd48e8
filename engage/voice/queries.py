from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements.models import Engagement
from engage.funding.models import FundingLine
from engage.organizations.models import Organization
from engage.people.lead_models import Lead
from engage.people.models import Alias, Membership, Person
from engage.people.rules import PersonStatus
from engage.voice import rules
from engage.voice.models import Grievance
from engage.voice.rules import GrievanceStatus, Rank, Reader

ACTIVE = Person.status == PersonStatus.ACTIVE
WHOLE = (
    joinedload(Grievance.person),
    joinedload(Grievance.about),
    joinedload(Grievance.reader),
    joinedload(Grievance.organization),
)


class About(NamedTuple):
    """Whom or what it is about: `person_id` None is the organization as a whole."""

    uid: str
    name: str
    organization_id: int | None
    place: str
    person_id: int | None


def places_of(person: Person) -> list[int]:
    """Organizations that the consultant has worked with, or that pay for the work."""
    worked = sa.select(Engagement.organization_id).where(
        Engagement.person_id == person.id
    )
    paid = (
        sa.select(FundingLine.payer_id)
        .join(Engagement, Engagement.funding_line_id == FundingLine.id)
        .where(Engagement.person_id == person.id)
    )
    named = sa.select(Alias.organization_id).where(Alias.person_id == person.id)
    return list(db.session.scalars(sa.union(worked, paid, named)))


def choices(person: Person) -> list[About]:
    """Whom a consultant can raise something about: each place, then its people."""
    places = places_of(person)
    found = [
        About(uid, name, number, name, None)
        for uid, name, number in db.session.execute(
            sa.select(Organization.uid, Organization.name, Organization.id)
            .where(Organization.id.in_(places))
            .order_by(Organization.name)
        )
    ]
    members = db.session.execute(
        sa.select(Membership.uid, Person.staff_name, Organization, Person.id)
        .join(Membership.person)
        .join(Membership.organization)
        .where(Membership.organization_id.in_(places), *_works_there())
        .order_by(Organization.name, Person.staff_name, Membership.id)
    )
    seen = set()
    for uid, name, place, number in members:
        if (place.id, number) not in seen:
            seen.add((place.id, number))
            found.append(About(uid, name, place.id, place.name, number))
    return [*found, *_administrators()]


def _administrators() -> list[About]:
    rows = db.session.execute(
        sa.select(Person.uid, Person.staff_name, Person.id)
        .where(Person.is_administrator, ACTIVE)
        .order_by(Person.staff_name, Person.id)
    )
    return [About(uid, name, None, "", number) for uid, name, number in rows]


def _works_there() -> tuple[Any, ...]:
    return ACTIVE, Membership.ended_on.is_(None)


def choice(person: Person, uid: str) -> About:
    for about in choices(person):
        if about.uid == uid:
            return about
    raise NotFound


def readers(organization_id: int | None, about_id: int | None) -> list[Reader]:
    """Who may read what is raised there now; empty when nobody is left."""
    there = [*_of_place(organization_id), *_of_house()]
    if about_id is not None:
        return rules.route(there, {about_id, *near(about_id)})
    whole = {each.person_id for each in _of_place(organization_id)}
    return rules.route(there, whole)


def _of_place(organization_id: int | None) -> list[Reader]:
    rows = db.session.execute(
        sa.select(Person.id, Person.uid, Person.staff_name, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == organization_id, *_works_there())
    )
    return [
        Reader(
            number, uid, name,
            Rank.COORDINATOR if role == "coordinator" else Rank.STAFF,
        )
        for number, uid, name, role in rows
    ]  # fmt: skip


def _of_house() -> list[Reader]:
    return [
        Reader(each.person_id, each.uid, each.name, Rank.ADMINISTRATOR)
        for each in _administrators()
        if each.person_id is not None
    ]


def is_free(person_id: int, organization_id: int | None, about_id: int | None) -> bool:
    """Has this person no part in what was raised there?"""
    there = readers(organization_id, about_id)
    return any(each.person_id == person_id for each in there)


def near(person_id: int) -> set[int]:
    """Who stands in for somebody's work, and for whom they stand in: too near."""
    rows = db.session.execute(
        sa.select(Lead.person_id, Lead.stand_in_id).where(
            Lead.stand_in_id.is_not(None),
            sa.or_(Lead.person_id == person_id, Lead.stand_in_id == person_id),
        )
    )
    return {number for row in rows for number in row} - {person_id}


def all_own(person: Person) -> Sequence[Grievance]:
    return db.session.scalars(
        sa.select(Grievance)
        .where(Grievance.person_id == person.id)
        .options(*WHOLE)
        .order_by(Grievance.id.desc())
    ).all()


def own(person: Person, uid: str) -> Grievance:
    return _one(Grievance.uid == uid, Grievance.person_id == person.id)


def _one(*which: Any) -> Grievance:
    found = db.session.scalar(sa.select(Grievance).where(*which).options(*WHOLE))
    if found is None:
        raise NotFound
    return found


def is_read_by(grievance: Grievance, person_id: int) -> bool:
    """May they read it now? Roles change, and so does who is too near."""
    writer = db.session.get_one(Person, grievance.person_id)
    return (
        grievance.reader_id == person_id
        and writer.is_active
        and is_free(person_id, grievance.organization_id, grievance.about_id)
    )


def waiting_for(person: Person) -> list[Grievance]:
    """What a member of staff may read and what is not ended, the oldest first."""
    rows = db.session.scalars(
        sa.select(Grievance)
        .where(
            Grievance.reader_id == person.id,
            Grievance.status != GrievanceStatus.ENDED,
        )
        .options(*WHOLE)
        .order_by(Grievance.id)
    )
    return [each for each in rows if is_read_by(each, person.id)]


def open_with(person: Person, uid: str) -> Grievance:
    """One that this reader was chosen for; whether they still may is asked before."""
    return _one(
        Grievance.uid == uid,
        Grievance.reader_id == person.id,
        Grievance.status != GrievanceStatus.ENDED,
    )


def for_reader(person: Person, uid: str) -> Grievance:
    """One of them; for whom it is about it is not there, whatever their roles."""
    grievance = open_with(person, uid)
    if not is_read_by(grievance, person.id):
        raise NotFound
    return grievance


def name_of(grievance: Grievance) -> str:
    """The writer's name at that organization, if they want it told; else ""."""
    if not grievance.is_named or grievance.organization_id is None:
        return ""
    found = db.session.scalar(
        sa.select(Alias.name).where(
            Alias.person_id == grievance.person_id,
            Alias.organization_id == grievance.organization_id,
        )
    )
    return found or ""


def open_of(person_id: int) -> int:
    return int(
        db.session.scalar(
            sa.select(sa.func.count(Grievance.id)).where(
                Grievance.person_id == person_id,
                Grievance.status != GrievanceStatus.ENDED,
            )
        )
        or 0
    )


def waiting_ids() -> list[int]:
    """Ids of what waits for its reader."""
    waits = (GrievanceStatus.SENT, GrievanceStatus.TAKEN_UP)
    query = sa.select(Grievance.id).where(
        Grievance.status.in_(waits), Grievance.lost_on.is_(None)
    )
    return list(db.session.scalars(query.order_by(Grievance.id)))


def over(today: date) -> list[int]:
    last = today - timedelta(days=rules.KEPT_DAYS)
    return list(
        db.session.scalars(sa.select(Grievance.id).where(Grievance.ended_on <= last))
    )
