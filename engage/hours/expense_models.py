from datetime import date, datetime
from typing import ClassVar, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core import crypto
from engage.core.db import Row, enum_type
from engage.engagements.models import Engagement
from engage.funding.cost_rules import CostKind
from engage.hours.expense_rules import ExpenseCheck, ExpenseStatus
from engage.organizations.models import Organization
from engage.people.models import Person

_OPEN = "confirmed_at IS NULL AND dropped_at IS NULL"


class Receipt(NamedTuple):
    seen_by: str
    reference: str


class Expense(Row):
    """What agreed work cost its consultant, or money ahead for it: never income.

    Of an advance, `settled_cents` is what later costs bore or was given back; of a
    cost, `covered_cents` is what advances bore of it. No picture of a receipt is kept:
    who saw it, and what it is called, sealed.
    """

    __tablename__ = "expense"
    __table_args__ = (
        sa.CheckConstraint("cents > 0", "cents"),
        sa.CheckConstraint("settled_cents BETWEEN 0 AND cents", "settled_cents"),
        sa.CheckConstraint("covered_cents BETWEEN 0 AND cents", "covered_cents"),
        sa.CheckConstraint("is_advance OR settled_cents = 0", "only_advances_settle"),
        sa.CheckConstraint("NOT is_advance OR covered_cents = 0", "advance_owed_whole"),
        sa.CheckConstraint(
            "(status IN ('approved', 'paid')) = (decided_by_id IS NOT NULL)",
            "decided_by",
        ),
        sa.CheckConstraint(
            "(status = 'returned') <= (return_check IS NOT NULL)", "return_check"
        ),
        sa.Index("ix_expense_engagement_id", "engagement_id"),
        sa.Index("ix_expense_person_id_day", "person_id", "day"),
        sa.Index("ix_expense_organization_id_status", "organization_id", "status"),
    )

    engagement_id: Mapped[int] = mapped_column(sa.ForeignKey("engagement.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    is_advance: Mapped[bool] = mapped_column(default=False)
    status: Mapped[ExpenseStatus] = mapped_column(
        enum_type(ExpenseStatus), default=ExpenseStatus.SUBMITTED
    )
    kind: Mapped[CostKind] = mapped_column(enum_type(CostKind))
    day: Mapped[date]
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    receipt_sealed: Mapped[bytes | None]
    sent_at: Mapped[datetime]
    return_check: Mapped[ExpenseCheck | None] = mapped_column(enum_type(ExpenseCheck))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    covered_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    settled_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    version: Mapped[int] = mapped_column()

    engagement: Mapped[Engagement] = relationship(lazy="raise")
    organization: Mapped[Organization] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    ABOUT_A_PERSON = frozenset(
        {"person_id", "is_advance", "kind", "day", "cents", "receipt_sealed"}
        | {"return_check", "decided_by_id", "covered_cents", "settled_cents"}
    )

    def receipt(self, subject: str) -> Receipt:
        """Who saw it and what it is called; `subject` is the consultant's."""
        if self.receipt_sealed is None:
            return Receipt("", "")
        plain = crypto.open_sealed(
            subject, "expense", "receipt", self.uid, self.receipt_sealed
        )
        seen_by, _, reference = (plain or "").partition("\n")
        return Receipt(seen_by, reference)

    def write_receipt(self, subject: str, seen_by: str, reference: str) -> None:
        """Seal what was written about the receipt; nothing of it keeps none."""
        text = f"{seen_by}\n{reference}"
        self.receipt_sealed = (
            crypto.seal(subject, "expense", "receipt", self.uid, text)
            if text.strip()
            else None
        )

    @property
    def owed_cents(self) -> int:
        """What is paid for it; the rest was paid ahead."""
        return self.cents - self.covered_cents

    @property
    def open_cents(self) -> int:
        """What of money ahead nobody has accounted for yet."""
        return self.cents - self.settled_cents if self.is_advance else 0


class GivenBack(Row):
    """Money ahead that one person says came back, until another one says so too, or it
    turns out to be a mistake."""

    __tablename__ = "given_back"
    __table_args__ = (
        sa.CheckConstraint("cents > 0", "cents"),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> noted_by_id", "two_people"
        ),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", "confirmed"
        ),
        sa.Index(
            "uq_given_back_open",
            "expense_id",
            unique=True,
            postgresql_where=sa.text(_OPEN),
            sqlite_where=sa.text(_OPEN),
        ),
        sa.Index("ix_given_back_expense_id", "expense_id"),
    )

    expense_id: Mapped[int] = mapped_column(sa.ForeignKey("expense.id"))
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    noted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    noted_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]

    ABOUT_A_PERSON = frozenset({"cents", "noted_by_id", "confirmed_by_id"})


class PerDiemRate(Row):
    """What a day away pays from a day on, with its source; rows are only added."""

    __tablename__ = "per_diem_rate"
    __table_args__ = (
        sa.CheckConstraint("cents > 0", "cents"),
        sa.UniqueConstraint("from_day"),
    )

    from_day: Mapped[date]
    cents: Mapped[int]
    source: Mapped[str] = mapped_column(sa.String(160))
    source_date: Mapped[date]
    is_checked: Mapped[bool] = mapped_column(default=False)

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
