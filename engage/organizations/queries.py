from collections.abc import Sequence

import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import NotFound
from engage.organizations.models import Installation, Organization
from engage.organizations.rules import OrganizationStatus


def everyone() -> Sequence[Organization]:
    """Every organization by name, closed ones last, for the administrator."""
    is_closed = Organization.status == OrganizationStatus.CLOSED
    return db.session.scalars(
        sa.select(Organization).order_by(is_closed, Organization.name)
    ).all()


def one(uid: str) -> Organization:
    """One organization for the administrator."""
    found = db.session.scalar(sa.select(Organization).where(Organization.uid == uid))
    if found is None:
        raise NotFound
    return found


def installation() -> Installation | None:
    """The one row about this installation, or None before it was set up."""
    return db.session.get(Installation, 1)


def payer_named(name: str) -> int | None:
    """The payer of that name; without a name, the only payer that there is."""
    query = sa.select(Organization.id).where(Organization.is_payer)
    if name:
        query = query.where(Organization.name == name)
    found = list(db.session.scalars(query.limit(2)))
    return found[0] if len(found) == 1 else None
