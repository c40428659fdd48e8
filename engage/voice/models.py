from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.consents.models import Sealed
from engage.core.db import enum_type
from engage.organizations.models import Organization
from engage.people.models import Person
from engage.voice.rules import GrievanceStatus


class Grievance(Sealed):
    """What a consultant raised with one reader, who is never the one it is about.

    `about_id` None is about an organization as a whole; `organization_id` None about
    an administrator of this installation. `lost_on` is when its writer was told that
    its reader cannot read it any more.
    """

    __tablename__ = "grievance"
    __table_args__ = (
        sa.CheckConstraint(
            "about_id IS NOT NULL OR organization_id IS NOT NULL", "about"
        ),
        sa.CheckConstraint("about_id IS NULL OR about_id <> reader_id", "reader"),
        sa.CheckConstraint("(status = 'ended') = (ended_on IS NOT NULL)", "ended_on"),
        sa.Index("ix_grievance_person_id", "person_id"),
        sa.Index("ix_grievance_reader_id", "reader_id"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organization.id")
    )
    about_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    reader_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    status: Mapped[GrievanceStatus] = mapped_column(
        enum_type(GrievanceStatus), default=GrievanceStatus.SENT
    )
    is_named: Mapped[bool] = mapped_column(default=False)
    text_sealed: Mapped[bytes | None]
    answer_sealed: Mapped[bytes | None]
    sent_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    lost_on: Mapped[date | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="raise")
    about: Mapped[Person | None] = relationship(foreign_keys=[about_id], lazy="raise")
    reader: Mapped[Person] = relationship(foreign_keys=[reader_id], lazy="raise")
    organization: Mapped[Organization | None] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset(
        {"person_id", "organization_id", "about_id", "reader_id", "is_named"}
        | {"text_sealed", "answer_sealed", "sent_at", "status", "ended_on"}
        | {"lost_on"}
    )
