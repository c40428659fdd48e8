"""What only the person themself can give; what anybody can end, and nobody else."""

from datetime import datetime

import sqlalchemy as sa

from engage.consents import asking, queries, rules
from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.consents.rules import UseStatus, VersionStatus
from engage.core import apart
from engage.core.db import db, lock_one, transaction
from engage.core.errors import NotFound
from engage.notices import actions as notices
from engage.people import leads
from engage.people.models import Person

WITHDRAWN = "consent.withdrawn"


def give(
    consent_id: int,
    *,
    described: str,
    months: int,
    language: str,
    by: Person,
    now: datetime,
) -> Consent:
    """The written yes: as asked or shorter, and described in the giver's own words."""
    with transaction():
        consent = asking.own_ask(consent_id, by, now)
        rules.check_within(consent.months, months)
        last = rules.last_day(queries.today_of(consent, now), months)
        consent.status = rules.after(consent.status, "give")
        consent.months, consent.given_at, consent.until = months, now, last
        consent.language = language
        consent.put(by.subject, described=described)
        notices.put_away_about(by.id, "permission", consent.uid)
        _tell(consent, "permission_given", now)
        asking.note("consent.give", consent, by=by, now=now)
    return consent


def pass_by(consent_id: int, *, by: Person, now: datetime) -> None:
    """Not this: no reason, no moment, nothing that could be told from no answer."""
    with transaction():
        consent = asking.own_ask(consent_id, by, now)
        consent.status = rules.after(consent.status, "close")
        notices.put_away_about(by.id, "permission", consent.uid)


def withdraw(consent_id: int, *, by: Person, now: datetime) -> None:
    """One press; everything made of it is out at once, and each place is listed."""
    with transaction():
        consent = lock_one(Consent, consent_id)
        if consent.person_id != by.id:
            raise NotFound
        _end(consent, "withdraw", by=by, now=now)


def record_withdrawal(consent_id: int, *, by: Person, now: datetime) -> None:
    """A member of staff writes down what was said aloud; its person is told."""
    with transaction():
        consent = lock_one(Consent, consent_id)
        _end(consent, "withdraw", by=by, now=now)
        consent.recorded_by_id = by.id
        notices.queue(consent.person_id, "permission_noted", now=now, uid=consent.uid)


def expire(consent_id: int, *, now: datetime) -> None:
    """Its last day is over: what is made of it goes as if it were withdrawn."""
    with transaction():
        consent = lock_one(Consent, consent_id)
        today = queries.today_of(consent, now)
        if consent.until is None or today <= consent.until:
            return
        _expire(consent, now)


def end_with_place(consent_id: int, *, now: datetime) -> None:
    """Whoever it was given to is closed: nobody is left who may show it."""
    with transaction():
        consent = lock_one(Consent, consent_id)
        if consent.status is not rules.ConsentStatus.LIVE:
            return
        _expire(consent, now)


def _expire(consent: Consent, now: datetime) -> None:
    _end(consent, "expire", by=None, now=now)
    notices.queue(consent.person_id, "permission_over", now=now, uid=consent.uid)


def withdraw_all(person: Person, *, now: datetime) -> None:
    """Whoever closes their account takes back what they gave."""
    for consent_id in queries.live(Consent.person_id == person.id):
        withdraw(consent_id, by=person, now=now)


def withdraw_again(uid: str, now: datetime) -> None:
    """After a restore: what was taken back since the backup is taken back again."""
    consent = db.session.scalar(sa.select(Consent).where(Consent.uid == uid))
    if consent is None or consent.status is not rules.ConsentStatus.LIVE:
        return
    with transaction():
        locked = lock_one(Consent, consent.id)
        _end(locked, "withdraw", by=None, now=now, is_listed=True)


def _end(
    consent: Consent, move: str, *, by: Person | None, now: datetime,
    is_listed: bool = False,
) -> None:  # fmt: skip
    """On the list that outlives a restore first, then out everywhere; it is locked."""
    status, today = rules.after(consent.status, move), queries.today_of(consent, now)
    if move == "withdraw" and not is_listed:
        apart.note(WITHDRAWN, consent.uid, now=now)
    consent.status, consent.ended_on = status, today
    _take_out(consent)
    _tell(consent, "take_down", now)
    asking.note(f"consent.{move}", consent, by=by, now=now)


def _take_out(consent: Consent) -> None:
    made = sa.select(Material.id).where(Material.consent_id == consent.id)
    db.session.execute(
        sa.update(MaterialVersion)
        .where(MaterialVersion.material_id.in_(made))
        .values(status=VersionStatus.OUT)
        .execution_options(synchronize_session=False)
    )
    standing = sa.and_(
        MaterialUse.consent_id == consent.id,
        MaterialUse.status == UseStatus.STANDING,
    )
    db.session.execute(
        sa.update(MaterialUse)
        .where(standing)
        .values(
            status=rules.use_after(UseStatus.STANDING, "end"),
            reminded_on=consent.ended_on,
        )
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    db.session.expire_all()


def _tell(consent: Consent, kind: str, now: datetime) -> None:
    told = leads.coordinators_of(consent.organization_id)
    notices.queue_once(told, kind, now=now, uid=consent.uid)
