"""Unmistakable words in what may be shown, in concerns and in requests by law."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.consents.rules import ConsentStatus
from engage.core.db import db
from engage.people.models import Person
from engage.records.legal_models import LegalRequest
from engage.voice.models import Grievance


def plant() -> list[Any]:
    return [*_consents(), *_made(), *_uses(), *_concerns(), *_requests()]


def _put(row: Any, subject: str, what: str, name: str, readers: Iterable[int]) -> Any:
    from tests.canaries import Canary

    text = f"zorilla-{row.__tablename__}-{name}-{row.id}-x"
    row.put(subject, **{name: text})
    return Canary(what, (text,), frozenset(readers))


def _staff(place_id: int) -> set[int]:
    from tests import canaries

    return canaries._staff("coordinator", place_id)


def _subject(person_id: int) -> str:
    return db.session.get_one(Person, person_id).subject


def _consents() -> Iterable[Any]:
    for row in db.session.scalars(sa.select(Consent).order_by(Consent.id)):
        ended = row.status is ConsentStatus.WITHDRAWN
        readers = {row.person_id} | (set() if ended else _staff(row.organization_id))
        for name in ("what", "place", "recipient", "purpose"):
            yield _put(row, _subject(row.person_id), "consent", name, readers)
        if row.given_at:
            yield _put(
                row, _subject(row.person_id), "description", "described", readers
            )


def _made() -> Iterable[Any]:
    for row in db.session.scalars(
        sa.select(Material).options(sa.orm.joinedload(Material.consent))
    ):
        of = row.consent
        ended = of.status is ConsentStatus.WITHDRAWN
        readers = {of.person_id} | (set() if ended else _staff(of.organization_id))
        subject = _subject(of.person_id)
        yield _put(row, subject, "material", "name", readers)
        for version in db.session.scalars(
            sa.select(MaterialVersion).where(MaterialVersion.material_id == row.id)
        ):
            yield _put(version, subject, "version", "text", readers)
            yield _put(version, subject, "address of a version", "address", readers)
            version.hash = version.made_hash(subject)


def _uses() -> Iterable[Any]:
    for row in db.session.scalars(sa.select(MaterialUse)):
        owner = db.session.get_one(Consent, row.consent_id).person_id
        readers = {owner, *_staff(row.organization_id)}
        yield _put(row, row.key_of, "place to take down", "place", readers)


def _concerns() -> Iterable[Any]:
    for row in db.session.scalars(sa.select(Grievance)):
        readers = {row.person_id, row.reader_id}
        subject = _subject(row.person_id)
        yield _put(row, subject, "concern", "text", readers)
        if row.answer_sealed:
            yield _put(row, subject, "answer to a concern", "answer", readers)


def _requests() -> Iterable[Any]:
    admins = set(
        db.session.scalars(sa.select(Person.id).where(Person.is_administrator))
    )
    for row in db.session.scalars(sa.select(LegalRequest)):
        readers = admins | ({row.person_id} if row.told_at else set())
        subject = _subject(row.person_id)
        yield _put(row, subject, "who asks by law", "asker", readers)
        yield _put(row, subject, "what is asked by law", "asked", readers)
