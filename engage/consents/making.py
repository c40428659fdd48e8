"""What is made under a consent: each exact version, its yes, and where it stands."""

from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa

from engage.consents import asking, queries, rules
from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.consents.rules import UseStatus, VersionStatus
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.notices import actions as notices
from engage.people import leads
from engage.people.models import Person

OPEN = (VersionStatus.PROPOSED, VersionStatus.APPROVED)


class Made(NamedTuple):
    """The words of one version, where it stands or is kept, the mark of its file."""

    text: str
    address: str
    file_hash: str = ""


def make(
    consent_id: int, name: str, made: Made, *, by: Person, now: datetime
) -> MaterialVersion:
    """Something new under a consent in force, with its first version."""
    with transaction() as session:
        consent = _in_force(consent_id, now)
        material = Material(consent_id=consent.id)
        material.put(queries.person_of(consent).subject, name=name)
        session.add(material)
        session.flush()
        return _propose(consent, material, made, by=by, now=now)


def propose(
    material_id: int, made: Made, *, by: Person, now: datetime
) -> MaterialVersion:
    """Another version; the yes to an earlier one does not carry over."""
    with transaction() as session:
        material = session.get_one(Material, material_id)
        consent = _in_force(material.consent_id, now)
        return _propose(consent, material, made, by=by, now=now)


def _in_force(consent_id: int, now: datetime) -> Consent:
    """The consent before all that hangs on it: who ends it locks it too."""
    consent = lock_one(Consent, consent_id)
    if not consent.holds(queries.today_of(consent, now)):
        raise Refused(rules.NOT_NOW)
    return consent


def _propose(
    consent: Consent, material: Material, made: Made, *, by: Person, now: datetime
) -> MaterialVersion:
    file_hash = rules.check_file_hash(made.file_hash)
    number = _replace(material)
    version = MaterialVersion(
        material_id=material.id, number=number, file_hash=file_hash, proposed_at=now
    )
    subject = queries.person_of(consent).subject
    version.put(subject, text=made.text, address=made.address)
    version.hash = version.made_hash(subject)
    db.session.add(version)
    db.session.flush()
    notices.queue_once([consent.person_id], "version", now=now, uid=consent.uid)
    asking.note("material.propose", consent, by=by, now=now)
    return version


def _replace(material: Material) -> int:
    """The next number; versions before it that stand nowhere are out."""
    earlier = db.session.scalars(
        sa.select(MaterialVersion).where(MaterialVersion.material_id == material.id)
    ).all()
    for version in earlier:
        if version.status in OPEN:
            version.status = rules.version_after(version.status, "take_out")
    return max((version.number for version in earlier), default=0) + 1


def approve(version_id: int, *, seen: str, by: Person, now: datetime) -> None:
    """The yes to the exact version that was read: `seen` is its hash on the page."""
    with transaction():
        version, consent = _version(version_id, now)
        if consent.person_id != by.id:
            raise NotFound
        _check_exact(version, consent, seen)
        version.status = rules.version_after(version.status, "approve")
        version.approved_at = now
        told = leads.coordinators_of(consent.organization_id)
        notices.queue_once(told, "approved", now=now, uid=consent.uid)
        notices.put_away_about(by.id, "version", consent.uid)
        asking.note("material.approve", consent, by=by, now=now)


def publish(
    version_id: int,
    place: str,
    since: date,
    *,
    seen: str,
    by: Person,
    now: datetime,
) -> MaterialUse:
    """Mark one place where an approved version stands; each counts towards the most."""
    with transaction() as session:
        version, consent = _version(version_id, now)
        _check_exact(version, consent, seen)
        if version.status not in (VersionStatus.APPROVED, VersionStatus.PUBLISHED):
            raise Refused(N_("They have not said yes to this version."))
        rules.check_uses(len(queries.uses_of(consent.id)), consent.most_uses)
        _check_since(consent, since, now)
        version.status = rules.version_after(version.status, "publish")
        use = MaterialUse(
            version_id=version.id,
            consent_id=consent.id,
            organization_id=consent.organization_id,
            recorded_by_id=by.id,
            since=since,
        )
        use.put(use.key_of, place=place)
        session.add(use)
        session.flush()
        asking.note("material.publish", consent, by=by, now=now)
    return use


def _check_since(consent: Consent, since: date, now: datetime) -> None:
    given = queries.given_on(consent)
    rules.check_since(since, given, queries.today_of(consent, now))


def _version(version_id: int, now: datetime) -> tuple[MaterialVersion, Consent]:
    """Read afresh below its locked consent."""
    consent_id = queries.consent_of_version(version_id)
    consent = _in_force(consent_id, now)
    version = db.session.get_one(MaterialVersion, version_id, populate_existing=True)
    return version, consent


def _check_exact(version: MaterialVersion, consent: Consent, seen: str) -> None:
    rules.check_same(version.hash, seen)
    rules.check_same(
        version.hash, version.made_hash(queries.person_of(consent).subject)
    )


def mark(use_id: int, move: str, *, by: Person, now: datetime) -> MaterialUse:
    """Whoever keeps the place was asked, or it is down: the day stands on the list."""
    with transaction():
        found = db.session.get_one(MaterialUse, use_id)
        consent = lock_one(Consent, found.consent_id)
        use = db.session.get_one(MaterialUse, use_id, populate_existing=True)
        today = queries.today_of(consent, now)
        use.status = rules.use_after(use.status, move)
        if use.status is UseStatus.ASKED:
            use.asked_on = today
        else:
            use.done_on = today
        asking.note(f"use.{move}", consent, by=by, now=now)
    return use


def remind(consent_id: int, uid: str, place_id: int, *, now: datetime) -> None:
    """Say once a week, in neutral words, that something is still to take down."""
    with transaction():
        consent = lock_one(Consent, consent_id)
        today = queries.today_of(consent, now)
        for use in queries.uses_of(consent_id):
            if use.status in rules.TO_DO:
                use.reminded_on = today
        told = leads.coordinators_of(place_id)
        notices.queue_once(told, "take_down_waits", now=now, uid=uid)
