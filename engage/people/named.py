"""An account as a door sees it, before anybody is known to be its owner.

There is always one row, also where there is no account: a row that is there takes no
longer to read than one that is not, so that time does not tell whether it exists.
"""

from typing import NamedTuple

import sqlalchemy as sa

from engage.core.db import db
from engage.people.models import Person
from engage.people.queries import sign_in_hashes
from engage.people.rules import PersonStatus


class Named(NamedTuple):
    """0, "" and None where nobody has the name."""

    id: int
    uid: str
    password_hash: str | None
    asks_factor: bool
    in_person_only: bool


def by_name(name: str) -> Named:
    """The open account with this sign-in name."""
    return _one(Person.sign_in_hash.in_(sign_in_hashes(name)))


def by_uid(uid: str) -> Named:
    """The open account behind half a sign-in."""
    return _one(Person.uid == uid)


def _one(fits: sa.ColumnElement[bool]) -> Named:
    nobody = sa.select(sa.literal(1)).subquery()
    is_open = Person.status == PersonStatus.ACTIVE
    row = db.session.execute(
        sa.select(
            sa.func.coalesce(Person.id, 0),
            sa.func.coalesce(Person.uid, ""),
            Person.password_hash,
            sa.func.coalesce(Person.asks_factor, sa.false()),
            sa.func.coalesce(Person.in_person_only, sa.false()),
        ).select_from(sa.outerjoin(nobody, Person, sa.and_(fits, is_open)))
    ).one()
    return Named(*row)
