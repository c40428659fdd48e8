from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.db import db
from engage.core.errors import N_, NotFound, Refused
from engage.ledger import finding
from engage.people.models import Person
from engage.records.legal_models import LegalRequest
from engage.voice.models import Grievance

BOTH = (joinedload(LegalRequest.recorded_by), joinedload(LegalRequest.second))


def consultant(name: str) -> Person:
    """Whoever signs in by exactly this name, or is a payer's payee of that number."""
    found = finding.consultant(name)
    if found is None:
        raise Refused(N_("Nobody here has exactly this name or number."), field="name")
    return found


def register() -> sa.Select[LegalRequest]:
    """The newest first, for a paged list."""
    return (
        sa.select(LegalRequest)
        .options(*BOTH, joinedload(LegalRequest.person))
        .order_by(LegalRequest.id.desc())
    )


def one(uid: str) -> LegalRequest:
    found = db.session.scalar(register().where(LegalRequest.uid == uid))
    if found is None:
        raise NotFound
    return found


def told(person: Person) -> Sequence[LegalRequest]:
    """What the person may know by now, the newest first."""
    return db.session.scalars(
        register().where(
            LegalRequest.person_id == person.id, LegalRequest.told_at.is_not(None)
        )
    ).all()


def untold(day: date) -> list[int]:
    """Those whose hold may be over on that day."""
    return list(
        db.session.scalars(
            sa.select(LegalRequest.id)
            .where(LegalRequest.told_at.is_(None), LegalRequest.hold_until < day)
            .order_by(LegalRequest.id)
        )
    )


def held_until(person_id: int) -> date | None:
    """The last day of any hold under which they have not been told yet."""
    return db.session.scalar(
        sa.select(sa.func.max(LegalRequest.hold_until)).where(
            LegalRequest.person_id == person_id, LegalRequest.told_at.is_(None)
        )
    )


def raised_about(person_id: int) -> set[int]:
    """Ids of staff of whom a consultant's concerns speak."""
    rows = db.session.scalars(
        sa.select(Grievance.about_id).where(
            Grievance.person_id == person_id, Grievance.about_id.is_not(None)
        )
    )
    return {number for number in rows if number is not None}


def old(before: datetime) -> Sequence[LegalRequest]:
    return db.session.scalars(
        sa.select(LegalRequest).where(
            LegalRequest.recorded_at <= before, LegalRequest.told_at.is_not(None)
        )
    ).all()
