"""Printed codes of an account: hashes here, the codes on paper and nowhere else."""

import secrets
from datetime import datetime

import sqlalchemy as sa

from engage.core import clock
from engage.core.db import lock, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.people import factor_queries as queries
from engage.people import factor_rules as rules
from engage.people import having
from engage.people.factor_models import PaperCode
from engage.people.factor_rules import PaperKind
from engage.people.models import Person

NOT_GOOD = N_("This code is not right, or it was used before. Try the next one.")


def print_anew(kind: PaperKind, *, by: Person, now: datetime) -> list[str]:
    """New codes, to be shown this once; every older one of the kind ends with it."""
    codes = rules.sheet(secrets.choice, kind)
    with transaction() as session:
        person = lock_one(Person, by.id)
        _end_all(person, kind)
        session.add_all(
            PaperCode(
                person_id=person.id,
                kind=kind,
                code_hash=queries.paper_hash(person.uid, kind, code),
                printed_on=clock.today(person.zone),
            )
            for code in codes
        )
        having.note(person, f"paper.{kind}.printed", f"person:{person.uid}", now=now)
    return codes


def end(kind: PaperKind, *, by: Person, now: datetime) -> None:
    """Make a sheet worthless; never the last factor that is asked for."""
    with transaction():
        person = lock_one(Person, by.id)
        have = queries.factors_of(person.id)
        if kind is PaperKind.SIGN_IN:
            rules.check_removal(
                person.kind, passkeys=have.passkeys, others=int(have.app)
            )
        _end_all(person, kind)
        having.note(person, f"paper.{kind}.ended", f"person:{person.uid}", now=now)


def _end_all(person: Person, kind: PaperKind) -> None:
    with transaction() as session:
        session.execute(
            sa.delete(PaperCode).where(
                PaperCode.person_id == person.id, PaperCode.kind == kind
            )
        )


def use(kind: PaperKind, typed: str, *, person: Person) -> None:
    """Use a code up; the second of two at the same time finds it gone."""
    with transaction() as session:
        found = queries.paper_code(person.id, person.uid, kind, typed)
        rows = lock(PaperCode, [found.id]) if found else []
        if not rows:
            raise Refused(NOT_GOOD, field="code")
        session.delete(rows[0])
        session.flush()
