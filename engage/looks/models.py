from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core import crypto
from engage.core.db import Row, enum_type
from engage.looks.rules import OpeningStatus, Reason
from engage.people.models import Person


class Opening(Row):
    """One consultant's pages opened to an administrator, by the yes of another.

    `name_sealed` is how whoever asked named them; only the yes finds out whether that
    is somebody, and empties it. Both texts are sealed under the asker's key.
    """

    __tablename__ = "opening"
    __table_args__ = (
        sa.CheckConstraint("agreed_by_id <> asked_by_id", "two"),
        sa.CheckConstraint(
            "(agreed_by_id IS NULL) = (person_id IS NULL)"
            " AND (agreed_by_id IS NULL) = (ends_at IS NULL)",
            "agreed",
        ),
        sa.CheckConstraint("status <> 'open' OR ends_at IS NOT NULL", "open"),
    )

    status: Mapped[OpeningStatus] = mapped_column(
        enum_type(OpeningStatus), default=OpeningStatus.ASKED
    )
    reason: Mapped[Reason] = mapped_column(enum_type(Reason))
    name_sealed: Mapped[bytes | None]
    words_sealed: Mapped[bytes | None]
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), index=True
    )
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    agreed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    ends_at: Mapped[datetime | None]

    asker: Mapped[Person] = relationship(foreign_keys=[asked_by_id], lazy="raise")
    agreer: Mapped[Person | None] = relationship(
        foreign_keys=[agreed_by_id], lazy="raise"
    )

    ABOUT_A_PERSON = frozenset(
        {"person_id", "reason", "name_sealed", "words_sealed", "asked_by_id",
         "agreed_by_id", "asked_at", "ends_at"}
    )  # fmt: skip

    def put(self, subject: str, *, name: str, words: str) -> None:
        self.name_sealed = self._seal(subject, "name", name)
        self.words_sealed = self._seal(subject, "words", words)

    def _seal(self, subject: str, column: str, text: str) -> bytes:
        return crypto.seal(subject, self.__tablename__, column, self.uid, text)

    def name(self, subject: str) -> str:
        return self._open(subject, "name", self.name_sealed)

    def words(self, subject: str) -> str:
        return self._open(subject, "words", self.words_sealed)

    def _open(self, subject: str, column: str, sealed: bytes | None) -> str:
        if sealed is None:
            return ""
        return crypto.open_sealed(subject, self.__tablename__, column, self.uid, sealed)
