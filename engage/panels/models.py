from datetime import date, datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core import crypto
from engage.core.db import Row, enum_type
from engage.organizations.models import Organization
from engage.panels.rules import FlagStatus, SeatKind, SeatRole, SeatStatus, VoiceState
from engage.people.models import Person


class Panel(Row):
    """A group with seats; lock it before a seat or a choice on it changes."""

    __tablename__ = "panel"
    __table_args__ = (
        sa.CheckConstraint("minimum_voices >= 2", "minimum_voices"),
        sa.CheckConstraint("quorum >= 2", "quorum"),
        sa.CheckConstraint("term_months BETWEEN 1 AND 60", "term_months"),
        sa.CheckConstraint("most_terms >= 1", "most_terms"),
    )

    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organization.id"), index=True
    )
    name: Mapped[str] = mapped_column(sa.String(120))
    is_standing: Mapped[bool] = mapped_column(default=False)
    minimum_voices: Mapped[int] = mapped_column(default=2)
    # Of a board that goes on; None where it has no such rule.
    quorum: Mapped[int | None]
    term_months: Mapped[int | None]
    most_terms: Mapped[int | None]
    first_session_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    created_at: Mapped[datetime]

    organization: Mapped[Organization] = relationship(lazy="raise")

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class Seat(Row):
    """A place on a panel, held by a person here or by a professional role.

    `import_key` tells a row that was brought in from one that comes a second time.
    """

    __tablename__ = "seat"
    __table_args__ = (
        sa.CheckConstraint(
            "(status = 'held' AND kind = 'survivor') = (person_id IS NOT NULL)",
            "held",
        ),
        sa.CheckConstraint("hourly_cents >= 0", "hourly_cents"),
        sa.UniqueConstraint("panel_id", "import_key"),
        sa.Index("ix_seat_panel_id_person_id", "panel_id", "person_id"),
        sa.Index("ix_seat_ends_on", "ends_on"),
    )

    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"))
    kind: Mapped[SeatKind] = mapped_column(enum_type(SeatKind))
    role: Mapped[SeatRole] = mapped_column(enum_type(SeatRole))
    status: Mapped[SeatStatus] = mapped_column(
        enum_type(SeatStatus), default=SeatStatus.OPEN
    )
    label: Mapped[str] = mapped_column(sa.String(80), default="")
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    hourly_cents: Mapped[int | None]
    is_salaried_elsewhere: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    import_key: Mapped[bytes | None]

    panel: Mapped[Panel] = relationship(lazy="raise")
    person: Mapped[Person | None] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset({"label", "person_id", "hourly_cents", "import_key"})


class Term(Row):
    """One person's time in a seat of a board that goes on: `ended_on` is the real end.

    Kept so that terms in a row can be counted. One that never began is deleted.
    """

    __tablename__ = "seat_term"
    __table_args__ = (sa.Index("ix_seat_term_panel_id", "panel_id", "person_id"),)

    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"))
    seat_id: Mapped[int] = mapped_column(sa.ForeignKey("seat.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    ended_on: Mapped[date | None]

    ABOUT_A_PERSON = frozenset(
        {"panel_id", "seat_id", "person_id", "starts_on", "ends_on", "ended_on"}
    )


class CountChoice(Row):
    """Whether a person counts as a survivor voice on one panel: theirs to say."""

    __tablename__ = "count_choice"
    __table_args__ = (sa.UniqueConstraint("panel_id", "person_id"),)

    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    is_counted: Mapped[bool]

    ABOUT_A_PERSON = frozenset({"person_id", "is_counted"})


class VoiceFlag(Row):
    """A time in which a panel's voices were too few; closed rows are its history.

    `told_at` is when the coordinators were told, which waits while a panel is forming.
    """

    __tablename__ = "voice_flag"
    __table_args__ = (
        sa.CheckConstraint("state <> 'met'", "not_met"),
        sa.CheckConstraint(
            "status <> 'answered' OR (plan_sealed IS NOT NULL AND plan_by IS NOT NULL)",
            "plan",
        ),
        sa.CheckConstraint(
            "(status = 'cleared') = (cleared_at IS NOT NULL)", "cleared"
        ),
        sa.Index(
            "uq_voice_flag_open",
            "panel_id",
            unique=True,
            postgresql_where=sa.text("status <> 'cleared'"),
            sqlite_where=sa.text("status <> 'cleared'"),
        ),
    )

    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"), index=True)
    state: Mapped[VoiceState] = mapped_column(enum_type(VoiceState))
    status: Mapped[FlagStatus] = mapped_column(
        enum_type(FlagStatus), default=FlagStatus.RAISED
    )
    raised_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    plan_sealed: Mapped[bytes | None]
    plan_by: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    cleared_at: Mapped[datetime | None]

    panel: Mapped[Panel] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset({"plan_sealed", "answered_by_id"})

    @property
    def plan(self) -> str | None:
        """What the organization will do and why that helps; sealed under its key."""
        if self.plan_sealed is None:
            return None
        return crypto.open_sealed(
            f"panel:{self.panel_id}", "voice_flag", "plan", self.uid, self.plan_sealed
        )

    @plan.setter
    def plan(self, text: str) -> None:
        self.plan_sealed = crypto.seal(
            f"panel:{self.panel_id}", "voice_flag", "plan", self.uid, text
        )


class ParityNote(Row):
    """Why a role's pay differs on one panel, in the organization's words; sealed."""

    __tablename__ = "parity_note"
    __table_args__ = (sa.UniqueConstraint("panel_id", "role"),)

    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"))
    role: Mapped[SeatRole] = mapped_column(enum_type(SeatRole))
    reason_sealed: Mapped[bytes]
    noted_on: Mapped[date]

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()

    @property
    def reason(self) -> str:
        return crypto.open_sealed(
            f"panel:{self.panel_id}",
            "parity_note",
            "reason",
            self.uid,
            self.reason_sealed,
        )

    @reason.setter
    def reason(self, text: str) -> None:
        self.reason_sealed = crypto.seal(
            f"panel:{self.panel_id}", "parity_note", "reason", self.uid, text
        )
