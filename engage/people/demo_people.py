"""What only the demo door reads: the marker, and everyone it may let in."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.db import db
from engage.organizations.models import Installation
from engage.people.models import Membership, Person
from engage.people.rules import PersonStatus


def marker() -> tuple[bool, bool]:
    """(Does the database carry the demo marker? Does it hold nobody at all?)

    Asked before a server forks: no connection may stay open.
    """
    try:
        with db.engine.connect() as connection:
            if not sa.inspect(connection).has_table(Person.__tablename__):
                return False, True
            found = connection.scalar(sa.select(Installation.is_demo))
            anybody = connection.scalar(sa.select(Person.id).limit(1))
    finally:
        db.engine.dispose()
    return bool(found), found is None and anybody is None


def active_person(uid: str) -> Person | None:
    """An open account by uid, for the demo door alone."""
    return db.session.scalar(
        sa.select(Person).where(Person.uid == uid, Person.status == PersonStatus.ACTIVE)
    )


class DemoPerson(NamedTuple):
    """Who it is for the sign-in page: `role` is the first, `places` of all of them."""

    uid: str
    name: str
    role: str
    places: tuple[tuple[str, str], ...]
    language: str = "en"


def everyone() -> list[DemoPerson]:
    """Everyone with an open account and their first role, for the demo door alone."""
    people = (
        db.session.scalars(
            sa.select(Person)
            .where(Person.status == PersonStatus.ACTIVE)
            .options(joinedload(Person.memberships).joinedload(Membership.organization))
            .order_by(Person.id)
        )
        .unique()
        .all()
    )
    return [_demo_person(person) for person in people]


def _demo_person(person: Person) -> DemoPerson:
    if person.is_consultant:
        name = person.sign_in_name
        return DemoPerson(person.uid, name, "consultant", (), person.language)
    places = tuple(
        (each.role, each.organization.name)
        for each in person.memberships
        if each.ended_on is None
    )
    if person.is_administrator:
        places += (("administrator", ""),)
    first = places[0][0] if places else "staff"
    return DemoPerson(person.uid, person.staff_name, first, places)
