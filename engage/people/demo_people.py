"""What only the demo door reads: the marker, and everyone it may let in."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from engage.core.db import db
from engage.organizations.models import Installation
from engage.people.models import Membership, Person
from engage.people.rules import PersonKind, PersonStatus

MOST = 12  # of each role, so that the sign-in page stays a page


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

    person_id: int
    uid: str
    name: str
    role: str
    places: tuple[tuple[str, str], ...]
    language: str


def everyone() -> list[DemoPerson]:
    """Some people with an open account and their first role, for the demo door."""
    return [
        _demo_person(person)
        for kind, most in ((PersonKind.CONSULTANT, MOST), (PersonKind.STAFF, 3 * MOST))
        for person in _some(kind, most)
    ]


def _some(kind: PersonKind, most: int) -> Sequence[Person]:
    return db.session.scalars(
        sa.select(Person)
        .where(Person.kind == kind, Person.status == PersonStatus.ACTIVE)
        .options(selectinload(Person.memberships).joinedload(Membership.organization))
        # Administrators first: there are few, and they come last otherwise.
        .order_by(Person.is_administrator.desc(), Person.id)
        .limit(most)
    ).all()


def _demo_person(person: Person) -> DemoPerson:
    places = tuple(
        (each.role, each.organization.name)
        for each in person.memberships
        if each.ended_on is None
    )
    if person.is_administrator:
        places += (("administrator", ""),)
    first = places[0][0] if places else "staff"
    consultant = person.is_consultant
    return DemoPerson(
        person_id=person.id,
        uid=person.uid,
        name=person.sign_in_name if consultant else person.staff_name,
        role="consultant" if consultant else first,
        places=places,
        language=person.language,
    )
