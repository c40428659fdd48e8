"""A consultant by what somebody outside may know them by, and by nothing else."""

import sqlalchemy as sa

from engage.core.db import db
from engage.ledger.models import Payee
from engage.people import queries as people
from engage.people.models import Person
from engage.people.rules import PersonKind


def consultant(name: str) -> Person | None:
    """Whoever signs in by exactly this name, or is a payer's payee of that number."""
    hashes = people.sign_in_hashes(name)
    payee = sa.select(Payee.person_id).where(Payee.handle == name.strip())
    return db.session.scalar(
        sa.select(Person).where(
            Person.kind == PersonKind.CONSULTANT,
            sa.or_(Person.sign_in_hash.in_(hashes), Person.id.in_(payee)),
        )
    )
