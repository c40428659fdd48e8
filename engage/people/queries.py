from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from engage.core import crypto
from engage.core.db import db
from engage.organizations.models import Installation
from engage.people import rules
from engage.people.models import Alias, Person, SignIn
from engage.people.rules import PersonStatus


def sign_in_of(token: str) -> SignIn | None:
    """The sign-in a browser's token belongs to, ended or not, with its person."""
    return (
        db.session.scalars(
            sa.select(SignIn)
            .join(SignIn.person)
            .where(SignIn.token_hash == crypto.token_hash(token))
            .options(contains_eager(SignIn.person).joinedload(Person.memberships))
        )
        .unique()
        .one_or_none()
    )


def is_live(sign_in: SignIn, now: datetime) -> bool:
    """Is the sign-in not ended, not idle, not too old, and its account open?"""
    person = sign_in.person
    return (
        sign_in.ended_at is None
        and person.status == PersonStatus.ACTIVE
        and rules.is_live(person.kind, sign_in.started_at, sign_in.seen_at, now)
    )


def person_named(name: str) -> Person | None:
    """The open account with this sign-in name, memberships loaded, or None."""
    return (
        db.session.scalars(
            sa.select(Person)
            .where(
                Person.sign_in_hash == crypto.lookup_hash("sign-in", name.casefold()),
                Person.status == PersonStatus.ACTIVE,
            )
            .options(joinedload(Person.memberships))
        )
        .unique()
        .one_or_none()
    )


def installation() -> Installation | None:
    """The one row about this installation, or None before it was set up."""
    return db.session.get(Installation, 1)


def alias(person_id: int, organization_id: int) -> Alias | None:
    """The consultant's name for one organization, or None before there is one."""
    return db.session.scalar(
        sa.select(Alias).where(
            Alias.person_id == person_id, Alias.organization_id == organization_id
        )
    )
