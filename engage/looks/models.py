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
    is somebody, and empties it. It is sealed under the asker's key.
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
        {"person_id", "reason", "name_sealed", "asked_by_id",
         "agreed_by_id", "asked_at", "ends_at"}
    )  # fmt: skip

    def put(self, subject: str, name: str) -> None:
        table = self.__tablename__
        self.name_sealed = crypto.seal(subject, table, "name", self.uid, name)

    def name(self, subject: str) -> str:
        if self.name_sealed is None:
            return ""
        table = self.__tablename__
        return crypto.open_sealed(subject, table, "name", self.uid, self.name_sealed)
