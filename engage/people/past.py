"""The security log: sign-ins and wrong tries, each person's own; counts for others."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from engage.core import crypto
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.core.scope import unscoped
from engage.people.factor_rules import Device
from engage.people.models import Person
from engage.people.past_models import PastKind, PastSignIn

KEPT = timedelta(days=30)
MANY = 5  # wrong tries, from which an account stands in the list
MOST = 25


def note(person_id: int | None, kind: PastKind, device: Device, now: datetime) -> None:
    with transaction() as session:
        row = PastSignIn(person_id=person_id, kind=kind, device=device, at=now)
        session.add(row)


@contextmanager
def wrong_is_noted(
    person_id: int | None, device: Device, *, now: datetime
) -> Iterator[None]:
    """Notes what is refused within, once that is undone."""
    try:
        yield
    except Refused:
        note(person_id, PastKind.WRONG, device, now)
        raise


def forget_old(now: datetime) -> None:
    with transaction() as session:
        session.execute(sa.delete(PastSignIn).where(PastSignIn.at <= now - KEPT))


def own(person: Person) -> sa.Select[PastSignIn]:
    """The person's own, the newest first, for a paged list."""
    return (
        sa.select(PastSignIn)
        .where(PastSignIn.person_id == person.id)
        .order_by(PastSignIn.at.desc(), PastSignIn.id.desc())
    )


class Counted(NamedTuple):
    """What an administrator reads: how often, and of nobody by name."""

    signed_in: int
    wrong: int
    unknown: int  # wrong tries with names that nobody has
    often: list[tuple[str, int]]  # (an id that leads nowhere, wrong tries)


def counted() -> Counted:
    with unscoped("ids that lead nowhere are made of accounts, and counted"):
        rows = db.session.execute(
            sa.select(
                PastSignIn.kind, PastSignIn.person_id.is_(None), sa.func.count()
            ).group_by(PastSignIn.kind, PastSignIn.person_id.is_(None))
        ).all()
        often = db.session.execute(
            sa.select(Person.uid, sa.func.count().label("tries"))
            .join(PastSignIn, PastSignIn.person_id == Person.id)
            .where(PastSignIn.kind == PastKind.WRONG)
            .group_by(Person.uid)
            .having(sa.func.count() >= MANY)
            .order_by(sa.desc("tries"))
            .limit(MOST)
        ).all()
    sums = {(kind, bool(nobody)): number for kind, nobody, number in rows}
    return Counted(
        signed_in=sums.get((PastKind.IN, False), 0),
        wrong=sums.get((PastKind.WRONG, False), 0),
        unknown=sums.get((PastKind.WRONG, True), 0),
        often=[(_opaque(uid), tries) for uid, tries in often],
    )


def _opaque(uid: str) -> str:
    """The same for one account on each day, and found in no other place."""
    return crypto.lookup_hash("security log", uid)[:8]
