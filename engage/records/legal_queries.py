from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.db import db
from engage.core.errors import N_, NotFound, Refused
from engage.ledger import finding
from engage.people.models import Person
from engage.records import legal_rules
from engage.records.legal_models import LegalRequest
from engage.voice import queries as concerns
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


def untold() -> list[int]:
    return list(
        db.session.scalars(
            sa.select(LegalRequest.id)
            .where(LegalRequest.told_at.is_(None))
            .order_by(LegalRequest.id)
        )
    )


def held_until(person: Person) -> date | None:
    """The last day of any hold under which they have not been told yet."""
    rows = db.session.scalars(
        sa.select(LegalRequest).where(
            LegalRequest.person_id == person.id, LegalRequest.told_at.is_(None)
        )
    )
    days = [
        legal_rules.held_through(row.hold_until, row.alone_since, person.zone)
        for row in rows
    ]
    return max((day for day in days if day is not None), default=None)


def open_to(reader: Person, writer: Person) -> sa.ColumnElement[bool]:
    """Which of a consultant's concerns somebody may read: none in which they have a
    part. Asked of everybody alike, so that no answer tells that there is such a one."""
    rows = db.session.execute(
        sa.select(Grievance.id, Grievance.organization_id, Grievance.about_id).where(
            Grievance.person_id == writer.id
        )
    ).all()
    return Grievance.id.in_(
        [
            number
            for number, place_id, about_id in rows
            if concerns.is_free(reader.id, place_id, about_id)
        ]
    )


def old(before: datetime) -> Sequence[LegalRequest]:
    return db.session.scalars(
        sa.select(LegalRequest).where(
            LegalRequest.recorded_at <= before, LegalRequest.told_at.is_not(None)
        )
    ).all()
