from collections.abc import Collection

import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import NotFound
from engage.organizations.models import Organization
from engage.people.models import Alias, Person


def listed_names(places: Collection[int]) -> list[tuple[Alias, str]]:
    """(alias, organization) of every name in the lists of these organizations."""
    rows = db.session.execute(
        sa.select(Alias, Organization.name)
        .join(Organization, Organization.id == Alias.organization_id)
        .where(Alias.organization_id.in_(places), Alias.is_listed)
    )
    return [(found, name) for found, name in rows]


def listed_name(places: Collection[int], uid: str) -> Alias:
    """One name of these lists; one that is not listed is not there."""
    found = db.session.scalar(
        sa.select(Alias).where(
            Alias.uid == uid, Alias.organization_id.in_(places), Alias.is_listed
        )
    )
    if found is None:
        raise NotFound
    return found


def whose_name(places: Collection[int], uid: str) -> tuple[str, int]:
    """(audit subject, organization) of a listed name, for the look at it."""
    found = listed_name(places, uid)
    return db.session.get_one(Person, found.person_id).subject, found.organization_id
