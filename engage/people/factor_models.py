from datetime import date, datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core import crypto
from engage.core.db import Base, Row, enum_type
from engage.people.factor_rules import PaperKind
from engage.people.models import Person as Person


class Passkey(Row):
    """A passkey's public half. `is_synced` says that it may be on other devices too.

    `host` is the name of this site that it was made for: it works at no other.
    """

    __tablename__ = "passkey"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    host: Mapped[str] = mapped_column(sa.String(255))
    is_synced: Mapped[bool]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    ABOUT_A_PERSON = frozenset(
        {"person_id", "credential_id", "public_key", "sign_count", "is_synced",
         "added_at", "used_at"}
    )  # fmt: skip


class AppCode(Row):
    """The seed of an app that makes codes, sealed; on once one of them was typed.

    `last_step` is the clock step of the newest code used: none counts twice.
    """

    __tablename__ = "app_code"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    seed_sealed: Mapped[bytes]
    is_on: Mapped[bool] = mapped_column(default=False)
    last_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    ABOUT_A_PERSON = frozenset(
        {"person_id", "seed_sealed", "is_on", "last_step", "added_at", "used_at"}
    )

    def seed(self, subject: str) -> str:
        return crypto.open_sealed(
            subject, self.__tablename__, "seed", self.uid, self.seed_sealed
        )

    def keep_seed(self, subject: str, seed: str) -> None:
        self.seed_sealed = crypto.seal(
            subject, self.__tablename__, "seed", self.uid, seed
        )


class PaperCode(Row):
    """A printed code that was not used yet, as a hash; the row goes away with its use.

    The hash stands on its own, without the look-up key: a sheet outlives that key.
    """

    __tablename__ = "paper_code"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[PaperKind] = mapped_column(enum_type(PaperKind))
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    printed_on: Mapped[date]

    ABOUT_A_PERSON = frozenset({"person_id", "kind", "code_hash", "printed_on"})


class OwnDevice(Row):
    """A browser that somebody marked as their own; it holds the token, we its hash."""

    __tablename__ = "own_device"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    marked_on: Mapped[date]

    ABOUT_A_PERSON = frozenset({"person_id", "token_hash", "marked_on"})


class GuessCount(Base):
    """Tries at one hashed name, or that one hashed address tried it; for a day."""

    __tablename__ = "guess_count"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    tries: Mapped[int]
    newcomers: Mapped[int]
    last_at: Mapped[datetime | None]
    ends_at: Mapped[datetime]

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
