from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from engage.consents import rules
from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.consents.rules import ConsentStatus, SeenAs, UseStatus
from engage.core import calendar
from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.organizations.models import Organization
from engage.people.models import Alias, Person

MADE = (
    selectinload(Consent.materials)
    .selectinload(Material.versions)
    .selectinload(MaterialVersion.uses)
)
WHOLE = (joinedload(Consent.organization), joinedload(Consent.person), MADE)


def person_of(consent: Consent) -> Person:
    return db.session.get_one(Person, consent.person_id)


def today_of(consent: Consent, now: datetime) -> date:
    """The day where the organization is: its dates are what was agreed."""
    place = db.session.get_one(Organization, consent.organization_id)
    return calendar.local_day(now, place.zone)


def all_own(person: Person, now: datetime) -> list[Consent]:
    """What waits for the person's answer, holds, or held; the newest first."""
    waits = sa.and_(
        Consent.status == ConsentStatus.ASKED,
        Consent.is_delivered.is_(True),
        Consent.answer_by > now,
    )
    return list(
        db.session.scalars(
            sa.select(Consent)
            .where(
                Consent.person_id == person.id,
                sa.or_(waits, Consent.status.in_(rules.GIVEN)),
            )
            .options(*WHOLE)
            .order_by(Consent.id.desc())
        )
    )


def own(person: Person, uid: str, now: datetime) -> Consent:
    """One of them; a no, or what nobody put to the person, is not there."""
    for consent in all_own(person, now):
        if consent.uid == uid:
            return consent
    raise NotFound


def own_version(person: Person, uid: str) -> MaterialVersion:
    """A version made under one of the person's own consents."""
    found = db.session.scalar(
        sa.select(MaterialVersion)
        .join(MaterialVersion.material)
        .join(Material.consent)
        .where(MaterialVersion.uid == uid, Consent.person_id == person.id)
        .options(joinedload(MaterialVersion.material))
    )
    if found is None:
        raise NotFound
    return found


def of_places(places: Collection[int], now: datetime) -> Any:
    """(consent, alias) of organizations, for a paged list."""
    return (
        sa.select(Consent, Alias)
        .join(
            Alias,
            sa.and_(
                Alias.person_id == Consent.person_id,
                Alias.organization_id == Consent.organization_id,
            ),
        )
        .join(Engagement, Engagement.id == Consent.engagement_id)
        .where(Consent.organization_id.in_(places), engagements.shown(now))
        .options(joinedload(Consent.organization))
        .order_by(Consent.id.desc())
    )


def one_of(places: Collection[int], uid: str, now: datetime) -> tuple[Consent, Alias]:
    """One of them with its person, and with what was made of it."""
    row = db.session.execute(
        of_places(places, now)
        .where(Consent.uid == uid)
        .options(joinedload(Consent.person), MADE)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def whose(places: Collection[int], uid: str, now: datetime) -> tuple[int, str, int]:
    """(its number, whose chain it is, the organization) for a look at one of them."""
    row = db.session.execute(
        sa.select(Consent.id, Person.uid, Consent.organization_id)
        .join(Person, Person.id == Consent.person_id)
        .join(Engagement, Engagement.id == Consent.engagement_id)
        .where(
            Consent.uid == uid,
            Consent.organization_id.in_(places),
            engagements.shown(now),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], f"person:{row[1]}", row[2]


def of_engagement(engagement_id: int) -> Sequence[Consent]:
    return db.session.scalars(
        sa.select(Consent)
        .where(Consent.engagement_id == engagement_id)
        .options(joinedload(Consent.organization))
        .order_by(Consent.id.desc())
    ).all()


def consent_uid(places: Collection[int], model: Any, uid: str) -> tuple[str, int]:
    """(uid of the consent, own id) of a material, a version or a use there."""
    query = sa.select(Consent.uid, model.id).where(
        model.uid == uid, Consent.organization_id.in_(places)
    )
    if model is MaterialVersion:
        query = query.join(Material, Material.id == MaterialVersion.material_id).join(
            Consent, Consent.id == Material.consent_id
        )
    else:
        query = query.join(Consent, Consent.id == model.consent_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def seen(consent: Consent, now: datetime) -> SeenAs:
    """What its organization reads of it now."""
    return rules.seen_as(
        consent.status,
        consent.answer_by,
        consent.until,
        now=now,
        today=today_of(consent, now),
    )


def uid_of(consent_id: int) -> str:
    return db.session.get_one(Consent, consent_id).uid


def staff_names(ids: Collection[int | None]) -> dict[int, str]:
    """Names of staff, whom consultants may know by name."""
    rows = db.session.execute(
        sa.select(Person.id, Person.staff_name).where(Person.id.in_(set(ids) - {None}))
    )
    return {number: name for number, name in rows}


def given_on(consent: Consent) -> date:
    """The day it was given, where its organization is."""
    if consent.given_at is None:
        raise NotFound
    return today_of(consent, consent.given_at)


def consent_of_version(version_id: int) -> int:
    return db.session.scalars(
        sa.select(Material.consent_id)
        .join(Material.versions)
        .where(MaterialVersion.id == version_id)
    ).one()


def uses_of(consent_id: int) -> Sequence[MaterialUse]:
    """Every place where anything made under it stands or stood."""
    return db.session.scalars(
        sa.select(MaterialUse)
        .where(MaterialUse.consent_id == consent_id)
        .order_by(MaterialUse.id)
    ).all()


def to_take_down(places: Collection[int]) -> dict[str, int]:
    """How many places are still to take down, by the uid of the consent."""
    rows = db.session.execute(
        sa.select(Consent.uid, sa.func.count(MaterialUse.id))
        .join(MaterialUse, MaterialUse.consent_id == Consent.id)
        .where(
            Consent.organization_id.in_(places),
            MaterialUse.status.in_(rules.TO_DO),
        )
        .group_by(Consent.uid)
        .order_by(Consent.uid)
    )
    return {uid: int(number) for uid, number in rows}


def undelivered() -> list[int]:
    return _ids(Consent.is_delivered.is_(None))


def unanswered(now: datetime) -> list[int]:
    return _ids(Consent.status == ConsentStatus.ASKED, Consent.answer_by <= now)


def maybe_expired(now: datetime) -> list[int]:
    """Live ones whose last day is over, in any time zone."""
    last = (now + calendar.DAY).date()
    return _ids(Consent.status == ConsentStatus.LIVE, Consent.until < last)


def live(of: Any) -> list[int]:
    return _ids(of, Consent.status == ConsentStatus.LIVE)


def _ids(*which: Any) -> list[int]:
    return list(
        db.session.scalars(sa.select(Consent.id).where(*which).order_by(Consent.id))
    )


def to_remind(day: date) -> Sequence[tuple[int, str, int]]:
    """(organization, consent, its id) with something to take down since that day."""
    rows = db.session.execute(
        sa.select(Consent.organization_id, Consent.uid, Consent.id)
        .join(MaterialUse, MaterialUse.consent_id == Consent.id)
        .where(
            MaterialUse.status.in_([UseStatus.TO_TAKE_DOWN, UseStatus.ASKED]),
            MaterialUse.reminded_on <= day,
        )
        .distinct()
        .order_by(Consent.id)
    )
    return [(place, uid, number) for place, uid, number in rows]
