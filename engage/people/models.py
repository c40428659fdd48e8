from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core import crypto
from engage.core.access import Held, Role
from engage.core.db import Row, enum_type
from engage.organizations.models import Organization
from engage.people.factor_rules import Device
from engage.people.rules import PersonKind, PersonStatus, SafeContact, plain_name


def _sealed(column: str) -> property:
    """Text that is sealed when it is put in, and opened when it is read."""

    def put(person: "Person", text: str | None) -> None:
        setattr(person, column, person._seal(column, text))

    return property(lambda person: person._open(column, getattr(person, column)), put)


class Person(Row):
    """Who signs in: a consultant or a member of staff; who is both has two accounts.

    Staff have a plain name that consultants see; a consultant has no name here, only
    an alias for each organization. Sign-in names are sealed and found by a keyed hash.
    """

    __tablename__ = "person"
    __table_args__ = (
        sa.CheckConstraint("week_start BETWEEN 0 AND 6", "week_start"),
        sa.CheckConstraint("kind = 'staff' OR staff_name = ''", "staff_name"),
        sa.CheckConstraint(
            "contact = 'none' OR email_sealed IS NOT NULL"
            " AND (contact = 'email' OR advocate_sealed IS NOT NULL)",
            "contact",
        ),
        sa.CheckConstraint(
            "(mail_from IS NULL) = (mail_until IS NULL) AND mail_from != mail_until"
            " AND mail_from BETWEEN 0 AND 23 AND mail_until BETWEEN 0 AND 23",
            "mail_hours",
        ),
    )

    kind: Mapped[PersonKind] = mapped_column(enum_type(PersonKind))
    status: Mapped[PersonStatus] = mapped_column(
        enum_type(PersonStatus), default=PersonStatus.ACTIVE
    )
    sign_in_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    sign_in_sealed: Mapped[bytes]
    email_sealed: Mapped[bytes | None]  # or the advocate's address
    advocate_sealed: Mapped[bytes | None]
    contact: Mapped[SafeContact] = mapped_column(
        enum_type(SafeContact), default=SafeContact.NONE
    )
    mail_from: Mapped[int | None]  # both hours are of the person's own zone
    mail_until: Mapped[int | None]
    leaves_no_trail: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    staff_name: Mapped[str] = mapped_column(sa.String(80), default="")
    is_administrator: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(sa.String(2), default="en")
    zone: Mapped[str] = mapped_column(sa.String(60))
    week_start: Mapped[int] = mapped_column(default=6)  # Monday is 0, Sunday 6
    counts_by_default: Mapped[bool] = mapped_column(default=False)
    # A factor was set up: from then on the password alone never signs in.
    asks_factor: Mapped[bool] = mapped_column(default=False)
    in_person_only: Mapped[bool] = mapped_column(default=False)
    recovery_at: Mapped[datetime | None]  # when a try to open it anew could succeed
    recovered_at: Mapped[datetime | None]
    created_on: Mapped[date]

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="person", lazy="raise"
    )

    ABOUT_A_PERSON = frozenset(
        {"kind", "status", "sign_in_hash", "sign_in_sealed", "email_sealed", "contact",
         "advocate_sealed", "mail_from", "mail_until", "leaves_no_trail",
         "password_hash", "staff_name", "is_administrator", "language", "zone",
         "week_start", "counts_by_default", "asks_factor", "in_person_only",
         "recovery_at", "recovered_at", "created_on"}
    )  # fmt: skip

    # What Flask-Login asks of a user; `token` is the secret of this request's sign-in,
    # `proved_at` when it was last proved, `held` its roles: read once, since an undone
    # transaction forgets what was loaded.
    is_authenticated = True
    is_anonymous = False
    token = None  # type: str | None
    proved_at = None  # type: datetime | None
    held = None  # type: frozenset[Held] | None
    lacks_factor = False  # must it set one up before anything else?
    ends_at = None  # type: datetime | None
    held_until = None  # type: datetime | None

    @property
    def is_active(self) -> bool:
        return self.status == PersonStatus.ACTIVE

    def get_id(self) -> str | None:
        return self.token

    @property
    def subject(self) -> str:
        """Whose key seals what this person wrote, and whose audit chain it is."""
        return f"person:{self.uid}"

    @property
    def is_consultant(self) -> bool:
        return self.kind == PersonKind.CONSULTANT

    @property
    def roles(self) -> frozenset[Held]:
        """Every role held now; those of staff need their memberships loaded."""
        if self.held is None:
            self.held = self._roles()
        return self.held

    def _roles(self) -> frozenset[Held]:
        if self.is_consultant:
            return frozenset({Held(Role.CONSULTANT)})
        held = {
            Held(Role(each.role), each.organization_id)
            for each in self.memberships
            if each.ended_on is None
        }
        return frozenset(
            held | ({Held(Role.ADMINISTRATOR)} if self.is_administrator else set())
        )

    email = _sealed("email_sealed")
    advocate = _sealed("advocate_sealed")

    @property
    def sign_in_name(self) -> str:
        return self._open("sign_in_sealed", self.sign_in_sealed) or ""

    @sign_in_name.setter
    def sign_in_name(self, name: str) -> None:
        self.sign_in_hash = crypto.lookup_hash("sign-in", plain_name(name))
        self.sign_in_sealed = self._seal("sign_in_sealed", name) or b""

    def _seal(self, column: str, text: str | None) -> bytes | None:
        if text is None:
            return None
        return crypto.seal(self.subject, "person", column, self.uid, text)

    def _open(self, column: str, sealed: bytes | None) -> str | None:
        if sealed is None:
            return None
        return crypto.open_sealed(self.subject, "person", column, self.uid, sealed)


class Membership(Row):
    """A role of one member of staff in one organization."""

    __tablename__ = "membership"
    __table_args__ = (
        sa.CheckConstraint("role IN ('coordinator', 'finance')", "role"),
        sa.UniqueConstraint("person_id", "organization_id", "role"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organization.id"), index=True
    )
    role: Mapped[str] = mapped_column(sa.String(20))
    is_second_approver: Mapped[bool] = mapped_column(default=False)
    ended_on: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="memberships", lazy="raise")
    organization: Mapped[Organization] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset({"person_id", "role", "is_second_approver"})


class Alias(Row):
    """A consultant's name for one organization; its uid is all that organization has.

    `is_listed` follows `is_open` once a week, so that nobody vanishes from the
    directory at a telling moment.
    """

    __tablename__ = "alias"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "organization_id"),
        sa.UniqueConstraint("organization_id", "name"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    is_open: Mapped[bool] = mapped_column(default=False)
    is_listed: Mapped[bool] = mapped_column(default=False)
    # Keys of rules.TOPICS and rules.LANGUAGES, with commas between.
    topics: Mapped[str] = mapped_column(sa.String(300), default="")
    languages: Mapped[str] = mapped_column(sa.String(120), default="")

    ABOUT_A_PERSON = frozenset({"person_id", "name", "topics", "languages"})


class TrainingRecord(Row):
    """A member of staff's training in trauma-informed practice, with its end."""

    __tablename__ = "training_record"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    ends_on: Mapped[date]

    ABOUT_A_PERSON = frozenset({"person_id", "title", "ends_on"})


class SignIn(Row):
    """One live sign-in; the browser holds the token, the table only its hash."""

    __tablename__ = "sign_in"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    started_at: Mapped[datetime]
    proved_at: Mapped[datetime]  # when a password or a factor was last given
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[Device] = mapped_column(enum_type(Device), default=Device.UNKNOWN)
    is_shared: Mapped[bool] = mapped_column(default=False)
    lacks_factor: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset(
        {"person_id", "started_at", "proved_at", "seen_at", "ended_at", "device",
         "is_shared", "lacks_factor"}
    )  # fmt: skip


class KeptText(Row):
    """What was typed when a sign-in had ended, sealed, for a day at most."""

    __tablename__ = "kept_text"

    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    path: Mapped[str] = mapped_column(sa.String(300))
    fields_sealed: Mapped[bytes]
    kept_at: Mapped[datetime]

    ABOUT_A_PERSON = frozenset({"person_id", "path", "fields_sealed"})
