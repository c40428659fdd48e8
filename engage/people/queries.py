import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from engage.core import crypto
from engage.core.db import db
from engage.core.errors import NotFound
from engage.organizations.models import Organization
from engage.organizations.rules import OrganizationStatus
from engage.people import rules
from engage.people.code_models import EntryCode
from engage.people.models import (
    Alias,
    Membership,
    Person,
    SignIn,
    TrainingRecord,
)
from engage.people.rules import PersonKind, PersonStatus

# Asked on every page: built once.
SIGN_IN = (
    sa.select(SignIn)
    .join(SignIn.person)
    .where(SignIn.token_hash == sa.bindparam("token_hash"))
    .options(contains_eager(SignIn.person).joinedload(Person.memberships))
)


def sign_in_of(token: str) -> SignIn | None:
    """The sign-in a browser's token belongs to, ended or not, with its person."""
    values = {"token_hash": crypto.token_hash(token)}
    return db.session.scalars(SIGN_IN, values).unique().one_or_none()


def is_live(sign_in: SignIn, now: datetime) -> bool:
    """Is the sign-in not ended, not idle, not too old, and its account open?"""
    person = sign_in.person
    return (
        sign_in.ended_at is None
        and person.status == PersonStatus.ACTIVE
        and now < ends_at(sign_in, person)
    )


def sign_in_hashes(name: str) -> list[str]:
    """What a sign-in name may be kept under, also while the look-up key changes."""
    return crypto.lookup_hashes("sign-in", rules.plain_name(name))


def is_taken(name: str) -> bool:
    """Is it anybody's sign-in name, open account or closed?"""
    taken = sa.select(Person.id).where(Person.sign_in_hash.in_(sign_in_hashes(name)))
    return db.session.scalar(taken.limit(1)) is not None


def ends_at(sign_in: SignIn, person: Person) -> datetime:
    """When it ends unless a page is opened before."""
    return rules.ends_at(
        person.kind,
        sign_in.started_at,
        sign_in.seen_at,
        is_shared=sign_in.is_shared,
    )


def person_named(name: str) -> Person | None:
    """The open account with this sign-in name, memberships loaded, or None."""
    return (
        db.session.scalars(
            sa.select(Person)
            .where(
                Person.sign_in_hash.in_(sign_in_hashes(name)),
                Person.status == PersonStatus.ACTIVE,
            )
            .options(joinedload(Person.memberships))
        )
        .unique()
        .one_or_none()
    )


def alias(person_id: int, organization_id: int) -> Alias | None:
    """The consultant's name for one organization, or None before there is one."""
    return db.session.scalar(
        sa.select(Alias).where(
            Alias.person_id == person_id, Alias.organization_id == organization_id
        )
    )


def own_sign_in(person_id: int, uid: str) -> SignIn | None:
    """One of the person's own sign-ins by its uid, or None."""
    return db.session.scalar(
        sa.select(SignIn).where(SignIn.uid == uid, SignIn.person_id == person_id)
    )


def entry_code(code_hash: str) -> EntryCode | None:
    """The row of a printed code that was not used yet, or None."""
    return db.session.scalar(
        sa.select(EntryCode).where(EntryCode.code_hash == code_hash)
    )


def membership(person_id: int, organization_id: int, role: str) -> Membership | None:
    """One role of one person in one organization, ended or not."""
    return db.session.scalar(
        sa.select(Membership).where(
            Membership.person_id == person_id,
            Membership.organization_id == organization_id,
            Membership.role == role,
        )
    )


def staff_member(uid: str) -> Person | None:
    """A member of staff by uid; a consultant's uid finds nobody."""
    return db.session.scalar(
        sa.select(Person).where(Person.uid == uid, Person.kind == PersonKind.STAFF)
    )


def own_training(person_id: int, uid: str) -> TrainingRecord | None:
    """One of a member of staff's own training records, or None."""
    return db.session.scalar(
        sa.select(TrainingRecord).where(
            TrainingRecord.uid == uid, TrainingRecord.person_id == person_id
        )
    )


def trainings(person_id: int) -> Sequence[TrainingRecord]:
    """A member of staff's training records, the one that ends last first."""
    return db.session.scalars(
        sa.select(TrainingRecord)
        .where(TrainingRecord.person_id == person_id)
        .order_by(TrainingRecord.ends_on.desc(), TrainingRecord.id)
    ).all()


def live_sign_ins(person: Person, now: datetime) -> list[tuple[SignIn, bool]]:
    """The person's sign-ins that are good now, newest first: (sign-in, is it here)."""
    here = crypto.token_hash(person.token or "")
    rows = db.session.scalars(
        sa.select(SignIn)
        .where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
        .order_by(SignIn.started_at.desc(), SignIn.id.desc())
    )
    return [(row, row.token_hash == here) for row in rows if now < ends_at(row, person)]


def own_names(person_id: int) -> list[tuple[Organization, Alias | None]]:
    """Every open organization, with what it calls the consultant if anything."""
    rows = db.session.execute(
        sa.select(Organization, Alias)
        .outerjoin(
            Alias,
            sa.and_(
                Alias.organization_id == Organization.id, Alias.person_id == person_id
            ),
        )
        .where(Organization.status == OrganizationStatus.ACTIVE)
        .order_by(Organization.name)
    )
    return [(organization, alias) for organization, alias in rows]


def membership_by_uid(uid: str) -> Membership | None:
    """A role of somebody in an organization, for the administrator."""
    return db.session.scalar(sa.select(Membership).where(Membership.uid == uid))


def own_name(person_id: int, uid: str) -> tuple[Organization, dict[str, Any]]:
    """An open organization by uid, and what the consultant is to it, or might be."""
    place = db.session.scalar(
        sa.select(Organization).where(
            Organization.uid == uid, Organization.status == OrganizationStatus.ACTIVE
        )
    )
    if place is None:
        raise NotFound
    found = alias(person_id, place.id)
    if found is None:
        return place, {"name": rules.neutral_name(secrets.choice)}
    return place, {
        "name": found.name,
        "topics": found.topics.split(","),
        "languages": found.languages.split(","),
        "is_open": found.is_open,
    }


def organization_choices() -> list[tuple[int, str]]:
    """(id, name) of the open organizations, by name."""
    rows = db.session.execute(
        sa.select(Organization.id, Organization.name)
        .where(Organization.status == OrganizationStatus.ACTIVE)
        .order_by(Organization.name)
    )
    return [(row.id, row.name) for row in rows]


def staff_members() -> Sequence[Person]:
    """Members of staff with an open account, memberships and places loaded."""
    return (
        db.session.scalars(
            sa.select(Person)
            .where(
                Person.kind == PersonKind.STAFF, Person.status == PersonStatus.ACTIVE
            )
            .options(joinedload(Person.memberships).joinedload(Membership.organization))
            .order_by(Person.staff_name, Person.id)
        )
        .unique()
        .all()
    )
