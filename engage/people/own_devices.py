"""Devices marked as one's own: off by default, since a lasting cookie is a trace."""

from datetime import datetime

import sqlalchemy as sa

from engage.core import clock, crypto
from engage.core.db import lock_one, transaction
from engage.core.errors import NotFound
from engage.people import factor_queries as queries
from engage.people import taken_back
from engage.people.factor_models import OwnDevice
from engage.people.models import Person


def mark(*, by: Person, now: datetime) -> str:
    """The secret that this browser keeps from now on; here stays only its hash."""
    token = crypto.new_token()
    with transaction() as session:
        person = lock_one(Person, by.id)
        session.add(
            OwnDevice(
                person_id=person.id,
                token_hash=crypto.token_hash(token),
                marked_on=clock.today(person.zone),
            )
        )
    return token


def forget(uid: str, *, by: Person, now: datetime) -> None:
    with transaction() as session:
        lock_one(Person, by.id)
        rows = [each for each in queries.own_devices(by.id) if each.uid == uid]
        if not rows:
            raise NotFound
        session.delete(rows[0])
        taken_back.note(taken_back.WAYS, by, now=now)


def forget_here(token: str) -> None:
    """Unmark the browser that brings this secret, whoever it was marked by."""
    with transaction() as session:
        session.execute(
            sa.delete(OwnDevice).where(OwnDevice.token_hash == crypto.token_hash(token))
        )


def forget_all(person_id: int) -> None:
    with transaction() as session:
        session.execute(sa.delete(OwnDevice).where(OwnDevice.person_id == person_id))
