"""Erasing what was closed two weeks ago: rows are emptied, then the key is lost."""

import secrets
from datetime import datetime

import sqlalchemy as sa

from engage.core import apart, crypto
from engage.core.db import db, end_read, lock_one, new_uid, transaction
from engage.core.jobs import for_each
from engage.people.models import Alias, Person
from engage.records import fates, labels, payees, rules, whose
from engage.records.fates import silently
from engage.records.models import Closure

ERASED = "account.erased"


def erase_due(now: datetime) -> int:
    """Erase what was closed two weeks ago; what a crash left half done is finished."""
    due = list(
        db.session.scalars(
            sa.select(Closure.id)
            .where(
                sa.or_(
                    Closure.closed_at <= now - rules.MIND,
                    Closure.erased_at.is_not(None),
                )
            )
            .order_by(Closure.id)
        )
    )
    end_read()
    for_each(due, lambda closure_id: erase(closure_id, now=now))
    return len(due)


def erase(closure_id: int, *, now: datetime, is_listed: bool = False) -> None:
    """Rows first, then the key: half done, the next run goes on where this stopped."""
    closure = db.session.get_one(Closure, closure_id)
    subject = closure.subject
    end_read()
    if not is_listed:
        apart.note(ERASED, subject.partition(":")[2], now=now)
    _erase_rows(closure_id, now)
    crypto.key_store().forget(subject)
    with transaction() as session:
        session.execute(sa.delete(Closure).where(Closure.id == closure_id))


def _erase_rows(closure_id: int, now: datetime) -> None:
    with transaction() as session:
        closure = lock_one(Closure, closure_id)
        if closure.erased_at is not None:
            return
        person = lock_one(Person, closure.person_id)
        empty_rows(person)
        closure.erased_at = now
        session.flush()


def empty_rows(person: Person) -> None:
    """Take everything of the person out of the rows that stay; delete the others."""
    session, kept = db.session, payees.given(person)
    for model in fates.GO:
        session.execute(silently(sa.delete(model), whose.OWN[model](person)))
    for model, unless in fates.GO_UNLESS_AGREED.items():
        which = sa.and_(whose.OWN[model](person), unless)
        session.execute(silently(sa.delete(model), which))
    _relabel(person)
    for model, values in {**fates.EMPTIED, **fates.LEFT_OF_AGREED}.items():
        if model is not Person:
            which = whose.OWN[model](person)
            session.execute(silently(sa.update(model).values(**values), which))
    payees.keep(kept)
    # Last: by its old uid the other rows were found.
    nobody = {"uid": new_uid(), "sign_in_hash": secrets.token_hex(32)}
    session.execute(
        silently(
            sa.update(Person).values(**fates.EMPTIED[Person], **nobody),
            Person.id == person.id,
        )
    )
    session.expire_all()


def _relabel(person: Person) -> None:
    """Another name in each organization, which leads nowhere."""
    aliases = sa.select(Alias).where(Alias.person_id == person.id)
    for alias in db.session.scalars(aliases).all():
        alias.name = rules.random_label(secrets.choice)
        labels.put_on_seats(alias)
    db.session.flush()
