from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.consents.rules import (
    ConsentKind,
    ConsentStatus,
    UseStatus,
    VersionStatus,
    fingerprint,
    is_in_force,
)
from engage.core import crypto
from engage.core.db import Row, enum_type
from engage.core.key_store import SealBroken
from engage.engagements.models import Engagement
from engage.organizations.models import Organization
from engage.people.models import Person

WORDS = ("what", "place", "recipient", "purpose", "described")


class Sealed(Row):
    """A row whose columns `<name>_sealed` are closed by one subject's key."""

    __abstract__ = True

    def put(self, subject: str, **words: str) -> None:
        """Seal words by name; empty ones are kept as nothing."""
        for name, text in words.items():
            table = self.__tablename__
            sealed = crypto.seal(subject, table, name, self.uid, text) if text else None
            setattr(self, f"{name}_sealed", sealed)

    def words(self, subject: str, *names: str) -> dict[str, str]:
        """What is sealed under these names; "" where nothing is."""
        return {name: self._open(subject, name) for name in names}

    def _open(self, subject: str, name: str) -> str:
        sealed = getattr(self, f"{name}_sealed")
        if sealed is None:
            return ""
        table = self.__tablename__
        try:
            return crypto.open_sealed(subject, table, name, self.uid, sealed)
        except SealBroken:  # whose it was is erased: the row stays, the words do not
            return ""


class Consent(Sealed):
    """One thing that one organization may show of one person, until a day.

    `is_delivered` None is an ask that the worker has not put to anybody yet. Of a no
    nothing is kept: it is CLOSED like what nobody answered. `recorded_by_id` is who of
    the staff wrote down a withdrawal that was said aloud.
    """

    __tablename__ = "consent"
    __table_args__ = (
        sa.CheckConstraint("months BETWEEN 1 AND 36", "months"),
        sa.CheckConstraint("most_uses BETWEEN 1 AND 20", "most_uses"),
        sa.CheckConstraint(
            "(status IN ('live', 'withdrawn', 'expired')) = (given_at IS NOT NULL)"
            " AND (given_at IS NULL) = (until IS NULL)",
            "given",
        ),
        sa.CheckConstraint(
            "(status IN ('withdrawn', 'expired')) = (ended_on IS NOT NULL)", "ended"
        ),
        sa.Index("ix_consent_person_id_status", "person_id", "status"),
        sa.Index("ix_consent_organization_id_status", "organization_id", "status"),
        sa.Index("ix_consent_status_answer_by", "status", "answer_by"),
    )

    engagement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("engagement.id"), index=True
    )
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[ConsentKind] = mapped_column(enum_type(ConsentKind))
    status: Mapped[ConsentStatus] = mapped_column(
        enum_type(ConsentStatus), default=ConsentStatus.ASKED
    )
    what_sealed: Mapped[bytes | None]
    place_sealed: Mapped[bytes | None]
    recipient_sealed: Mapped[bytes | None]
    purpose_sealed: Mapped[bytes | None]
    described_sealed: Mapped[bytes | None]
    most_uses: Mapped[int]
    months: Mapped[int]
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    is_delivered: Mapped[bool | None]
    wording: Mapped[int]
    language: Mapped[str | None] = mapped_column(sa.String(2))
    given_at: Mapped[datetime | None]
    until: Mapped[date | None]
    ended_on: Mapped[date | None]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    engagement: Mapped[Engagement] = relationship(lazy="raise")
    organization: Mapped[Organization] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="raise")
    materials: Mapped[list["Material"]] = relationship(
        back_populates="consent", order_by="Material.id", lazy="raise"
    )

    ABOUT_A_PERSON = frozenset(
        {"person_id", "asked_by_id", "recorded_by_id", "kind", "status"}
        | {"what_sealed", "place_sealed", "recipient_sealed", "purpose_sealed"}
        | {"described_sealed", "most_uses", "months", "given_at", "until", "ended_on"}
    )

    def holds(self, today: date) -> bool:
        """Is it in force on that day, where its organization is?"""
        return is_in_force(self.status, self.until, today)


class Material(Sealed):
    """Something made of what a consent allows, by the name its makers gave it."""

    __tablename__ = "material"

    consent_id: Mapped[int] = mapped_column(sa.ForeignKey("consent.id"), index=True)
    name_sealed: Mapped[bytes | None]

    consent: Mapped[Consent] = relationship(back_populates="materials", lazy="raise")
    versions: Mapped[list["MaterialVersion"]] = relationship(
        back_populates="material", order_by="MaterialVersion.number", lazy="raise"
    )

    ABOUT_A_PERSON = frozenset({"consent_id", "name_sealed"})


class MaterialVersion(Sealed):
    """The exact words, or a picture or sound described in words and where it is kept.

    `hash` is over all of it, `file_hash` the mark of a file that stands elsewhere.
    """

    __tablename__ = "material_version"
    __table_args__ = (
        sa.UniqueConstraint("material_id", "number"),
        sa.CheckConstraint("number >= 1", "number"),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'published') OR approved_at IS NOT NULL",
            "approved_at",
        ),
    )

    material_id: Mapped[int] = mapped_column(sa.ForeignKey("material.id"))
    number: Mapped[int]
    status: Mapped[VersionStatus] = mapped_column(
        enum_type(VersionStatus), default=VersionStatus.PROPOSED
    )
    text_sealed: Mapped[bytes | None]
    address_sealed: Mapped[bytes | None]
    file_hash: Mapped[str | None] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))
    proposed_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]

    material: Mapped[Material] = relationship(back_populates="versions", lazy="raise")
    uses: Mapped[list["MaterialUse"]] = relationship(
        back_populates="version", order_by="MaterialUse.id", lazy="raise"
    )

    ABOUT_A_PERSON = frozenset(
        {"material_id", "text_sealed", "address_sealed", "approved_at", "status"}
    )

    def made_hash(self, subject: str) -> str:
        """The hash of what is really kept here."""
        parts = self.words(subject, "text", "address")
        return fingerprint(self.uid, {**parts, "file": self.file_hash or ""})


class MaterialUse(Sealed):
    """One place where a version stands, or stood until it was taken down.

    The place is closed by its organization's key: the list of what has to come down
    outlives the account of whom it shows.
    """

    __tablename__ = "material_use"
    __table_args__ = (
        sa.CheckConstraint("(status = 'done') = (done_on IS NOT NULL)", "done_on"),
        sa.Index("ix_material_use_status_reminded_on", "status", "reminded_on"),
    )

    version_id: Mapped[int] = mapped_column(
        sa.ForeignKey("material_version.id"), index=True
    )
    consent_id: Mapped[int] = mapped_column(sa.ForeignKey("consent.id"), index=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    status: Mapped[UseStatus] = mapped_column(
        enum_type(UseStatus), default=UseStatus.STANDING
    )
    place_sealed: Mapped[bytes | None]
    since: Mapped[date]
    asked_on: Mapped[date | None]
    done_on: Mapped[date | None]
    reminded_on: Mapped[date | None]

    version: Mapped[MaterialVersion] = relationship(back_populates="uses", lazy="raise")

    ABOUT_A_PERSON = frozenset(
        {"consent_id", "recorded_by_id", "place_sealed", "since", "status"}
        | {"asked_on", "done_on"}
    )

    @property
    def key_of(self) -> str:
        """Whose key closes the place."""
        return f"organization:{self.organization_id}"

    @property
    def place(self) -> str:
        return self.words(self.key_of, "place")["place"]
