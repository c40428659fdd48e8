from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core import crypto
from engage.core.db import Row, enum_type
from engage.engagements.models import Engagement
from engage.hours.rules import HoursStatus, ReturnCheck
from engage.organizations.models import Organization
from engage.people.models import Person
from engage.workload.rules import Activity


class HoursEntry(Row):
    """Minutes of one activity on one local day of the consultant.

    `session_number` is the agreed session it belongs to, in order of time from 1: flat
    pay is earned once for each. `decides_itself_on` is the business day at whose end it
    approves itself; `is_attested` marks that this happened. `version` refuses a stale
    decision.
    """

    __tablename__ = "hours_entry"
    __table_args__ = (
        sa.CheckConstraint("minutes > 0", "minutes"),
        sa.CheckConstraint("cents >= 0", "cents"),
        sa.CheckConstraint(
            "(status IN ('approved', 'paid')) = (decided_at IS NOT NULL)", "decided_at"
        ),
        sa.CheckConstraint(
            "decided_at IS NULL OR is_attested OR decided_by_id IS NOT NULL",
            "decided_by",
        ),
        sa.CheckConstraint(
            "(status = 'returned') <= (return_check IS NOT NULL)", "return_check"
        ),
        sa.Index("ix_hours_entry_person_id_day", "person_id", "day"),
        sa.Index("ix_hours_entry_engagement_id", "engagement_id"),
        sa.Index("ix_hours_entry_status_decides", "status", "decides_itself_on"),
        sa.Index("ix_hours_entry_organization_id_status", "organization_id", "status"),
    )

    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    status: Mapped[HoursStatus] = mapped_column(
        enum_type(HoursStatus), default=HoursStatus.SUBMITTED
    )
    day: Mapped[date]
    minutes: Mapped[int]
    activity: Mapped[Activity] = mapped_column(enum_type(Activity))
    session_number: Mapped[int | None]
    note_sealed: Mapped[bytes | None]
    logged_at: Mapped[datetime]
    submitted_at: Mapped[datetime]
    decides_itself_on: Mapped[date]
    return_check: Mapped[ReturnCheck | None] = mapped_column(enum_type(ReturnCheck))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    is_attested: Mapped[bool] = mapped_column(default=False)
    cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    version: Mapped[int] = mapped_column()

    engagement: Mapped[Engagement] = relationship(lazy="raise")
    organization: Mapped[Organization] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    ABOUT_A_PERSON = frozenset(
        {
            "person_id",
            "day",
            "minutes",
            "activity",
            "session_number",
            "note_sealed",
            "cents",
            "decided_by_id",
            "return_check",
        }
    )

    def note(self, subject: str) -> str | None:
        """The consultant's own note; `subject` is theirs."""
        if self.note_sealed is None:
            return None
        return crypto.open_sealed(
            subject, "hours_entry", "note", self.uid, self.note_sealed
        )

    def write_note(self, subject: str, text: str) -> None:
        """Seal a note under the consultant's key; empty text keeps none."""
        self.note_sealed = (
            crypto.seal(subject, "hours_entry", "note", self.uid, text)
            if text
            else None
        )
