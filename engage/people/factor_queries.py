from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.core.crypto import token_hash
from engage.core.db import db
from engage.people.factor_models import AppCode, OwnDevice, PaperCode, Passkey
from engage.people.factor_rules import PaperKind
from engage.people.models import Person
from engage.people.rules import PersonStatus, plain_code


class Factors(NamedTuple):
    """What somebody has besides the password: how many, or whether."""

    passkeys: int
    app: bool
    papers: int

    @property
    def others(self) -> int:
        return int(self.app) + self.papers

    def __bool__(self) -> bool:
        return bool(self.passkeys or self.others)


def factors_of(person_id: int) -> Factors:
    """The factors of one account that count now, in one statement."""
    row = db.session.execute(
        sa.select(
            _count(Passkey, Passkey.person_id == person_id),
            _count(AppCode, AppCode.person_id == person_id, AppCode.is_on),
            _count(
                PaperCode,
                PaperCode.person_id == person_id,
                PaperCode.kind == PaperKind.SIGN_IN,
            ),
        )
    ).one()
    return Factors(row[0], bool(row[1]), row[2])


class Have(NamedTuple):
    """Whose half of a sign-in it is, and which factors may complete it."""

    person: Person | None
    factors: Factors


def of_half(half: Any) -> Have:
    person = person_of(half.person_uid)
    return Have(person, factors_of(person.id if person else 0))


def _count(model: type, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(model).where(*where).scalar_subquery()


def passkeys(person_id: int) -> Sequence[Passkey]:
    return db.session.scalars(
        sa.select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)
    ).all()


def passkey(credential_id: bytes, status: PersonStatus) -> Passkey | None:
    """The passkey with this public id, of an account with that status."""
    return db.session.scalar(
        sa.select(Passkey)
        .join(Person, Person.id == Passkey.person_id)
        .where(
            Passkey.credential_id == credential_id,
            Person.status == status,
        )
    )


def person_of(uid: str) -> Person | None:
    """An open account by uid, for the second half of a sign-in."""
    return db.session.scalar(
        sa.select(Person).where(Person.uid == uid, Person.status == PersonStatus.ACTIVE)
    )


def uid_of(person_id: int) -> str:
    return db.session.scalars(sa.select(Person.uid).where(Person.id == person_id)).one()


def own_passkey(person_id: int, uid: str) -> Passkey | None:
    return db.session.scalar(
        sa.select(Passkey).where(Passkey.uid == uid, Passkey.person_id == person_id)
    )


def app_code(person_id: int) -> AppCode | None:
    return db.session.scalar(sa.select(AppCode).where(AppCode.person_id == person_id))


def papers(person_id: int) -> dict[PaperKind, tuple[int, object]]:
    """(how many are left, when they were printed) of each kind of printed code."""
    rows = db.session.execute(
        sa.select(PaperCode.kind, sa.func.count(), sa.func.max(PaperCode.printed_on))
        .where(PaperCode.person_id == person_id)
        .group_by(PaperCode.kind)
    )
    return {kind: (count, day) for kind, count, day in rows}


def paper_hash(person_uid: str, kind: PaperKind, typed: str) -> str:
    """114 random bits and whose they are: enough without a key, as with any token."""
    return token_hash(f"{kind}:{person_uid}:{plain_code(typed)}")


def paper_code(
    person_id: int, person_uid: str, kind: PaperKind, typed: str
) -> PaperCode | None:
    """The unused printed code of this person that was typed, or None.

    Asked by the hash alone, which holds whose it is: whoever has codes is not slower.
    """
    hashed = paper_hash(person_uid, kind, typed)
    found = db.session.scalar(sa.select(PaperCode).where(PaperCode.code_hash == hashed))
    return found if found is not None and found.person_id == person_id else None


def own_paper(person_id: int, kind: PaperKind, uid: str) -> PaperCode | None:
    """An unused printed code of this person by its row's uid, or None."""
    return db.session.scalar(
        sa.select(PaperCode).where(
            PaperCode.uid == uid,
            PaperCode.person_id == person_id,
            PaperCode.kind == kind,
        )
    )


def own_device(person_id: int, token: str) -> OwnDevice | None:
    """The mark that this person's own browser brings, or None."""
    return db.session.scalar(
        sa.select(OwnDevice).where(
            OwnDevice.person_id == person_id, OwnDevice.token_hash == token_hash(token)
        )
    )


def own_devices(person_id: int) -> Sequence[OwnDevice]:
    return db.session.scalars(
        sa.select(OwnDevice)
        .where(OwnDevice.person_id == person_id)
        .order_by(OwnDevice.id)
    ).all()
