"""Taking part of one's own pay, or none: the consultant's alone, until it is paid."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from engage.audit.actions import record
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.core.money import Money
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableKind, PayableStatus
from engage.people.models import Person

PAY = (PayableKind.HOURS, PayableKind.STIPEND)  # costs are no pay


def waiting(person: Person) -> Sequence[Payable]:
    """Pay that is owed and in no run yet, the earliest work first."""
    return db.session.scalars(
        _own(person)
        .where(Payable.status == PayableStatus.WAITING)
        .order_by(Payable.worked_on, Payable.id)
        .options(sa.orm.joinedload(Payable.organization))
    ).all()


def one(person: Person, uid: str) -> Payable:
    """One line of theirs, whatever became of it; anybody else's is not found."""
    found = db.session.scalar(_own(person).where(Payable.uid == uid))
    if found is None:
        raise NotFound
    return found


def _own(person: Person) -> sa.Select[Payable]:
    return (
        sa.select(Payable)
        .join(Payable.payee)
        .where(Payee.person_id == person.id, Payable.kind.in_(PAY))
        .execution_options(populate_existing=True)
    )


def take(person: Person, uid: str, cents: int | None, *, now: datetime) -> Payable:
    """Take so much of one line: 0 is none of it, None all of it.

    It can be changed until a run has it, and nobody else can set or see it before.
    """
    with transaction():
        payable = lock_one(Payable, one(person, uid).id)
        if payable.status is not PayableStatus.WAITING:
            raise Refused(
                N_("A payment of this is being prepared, or was made. It stays so.")
            )
        if cents is not None and not 0 <= cents <= payable.cents:
            raise Refused(
                N_("Choose at most %(most)s."), field="cents", most=Money(payable.cents)
            )
        payable.take_cents = None if cents == payable.cents else cents
        thing = f"person:{person.uid}"
        record("limits.set", subject=person.subject, thing=thing, by=person, now=now)
    return payable
