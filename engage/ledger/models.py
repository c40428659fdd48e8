from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from engage.core.append_only import only_grows
from engage.core.db import Row, enum_type
from engage.core.money import CURRENCY
from engage.ledger.rules import KEPT_YEARS, PayableKind, PayableStatus
from engage.organizations.models import Organization
from engage.people.models import Person


class Payee(Row):
    """A consultant as one payer knows them: a random handle, and the chosen rail.

    Another rail that they chose is used from its moment on.
    """

    __tablename__ = "payee"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "payer_id"),
        sa.CheckConstraint("(rail_next IS NULL) = (rail_from IS NULL)", "rail_next"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    payer_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    handle: Mapped[str] = mapped_column(sa.String(12), unique=True)
    rail: Mapped[str] = mapped_column(sa.String(10), default="manual")
    rail_next: Mapped[str | None] = mapped_column(sa.String(10))
    rail_from: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise")
    payer: Mapped[Organization] = relationship(lazy="raise")

    ABOUT_A_PERSON = frozenset(
        {"person_id", "handle", "rail", "rail_next", "rail_from"}
    )


class Posting(Row):
    """One debit and one credit of the same cents; rows are added, never changed.

    Those of an award go years after its final report, and one carries their sums.
    """

    __tablename__ = "posting"
    __table_args__ = (
        sa.CheckConstraint("cents > 0", "cents"),
        sa.CheckConstraint("debit <> credit", "two_accounts"),
        sa.UniqueConstraint("kind", "source"),
        sa.Index("ix_posting_debit", "debit"),
        sa.Index("ix_posting_credit", "credit"),
    )

    kind: Mapped[str] = mapped_column(sa.String(20))
    source: Mapped[str] = mapped_column(sa.String(60))
    debit: Mapped[str] = mapped_column(sa.String(60))
    credit: Mapped[str] = mapped_column(sa.String(60))
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3), default=CURRENCY)
    at: Mapped[datetime]

    ABOUT_A_PERSON = frozenset({"debit", "credit"})


only_grows(Posting.__table__, KEPT_YEARS)  # type: ignore[arg-type]


class Payable(Row):
    """What is owed to one payee for one source, whatever it is for."""

    __tablename__ = "payable"
    __table_args__ = (
        sa.CheckConstraint("cents > 0", "cents"),
        sa.CheckConstraint("take_cents >= 0 AND take_cents < cents", "take_cents"),
        sa.Index("ix_payable_payer_id_status", "payer_id", "status"),
    )

    kind: Mapped[PayableKind] = mapped_column(enum_type(PayableKind))
    source: Mapped[str] = mapped_column(sa.String(60), unique=True)
    status: Mapped[PayableStatus] = mapped_column(
        enum_type(PayableStatus), default=PayableStatus.WAITING
    )
    payee_id: Mapped[int] = mapped_column(sa.ForeignKey("payee.id"), index=True)
    payer_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    # A plain id: funding stands above the ledger and cannot be pointed at from here.
    funding_line_id: Mapped[int]
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3), default=CURRENCY)
    worked_on: Mapped[date]
    due_on: Mapped[date]
    # The payee asked for it no earlier; `due_on` has left that time out.
    not_before: Mapped[date | None]
    # The payee takes this much of it, or none; None is all. Theirs alone to say.
    take_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    paid_on: Mapped[date | None]

    # What is owed no more, where a query asked for it; else None.
    off_cents: Mapped[int | None] = query_expression()

    payee: Mapped[Payee] = relationship(lazy="raise")
    organization: Mapped[Organization] = relationship(
        foreign_keys=[organization_id], lazy="raise"
    )

    ABOUT_A_PERSON = frozenset(
        {
            "payee_id",
            "cents",
            "take_cents",
            "worked_on",
            "due_on",
            "not_before",
            "paid_on",
        }
        | {"approved_by_id"}
    )

    @property
    def left_cents(self) -> int:
        """What was earned and not given up or taken back, of what was asked for."""
        return self.cents - (self.off_cents or 0)

    @hybrid_property
    def pay_cents(self) -> int:
        """What goes out of it: all, or the part that the payee takes."""
        return self.cents if self.take_cents is None else self.take_cents

    @pay_cents.inplace.expression
    @classmethod
    def _pay_cents(cls) -> sa.ColumnElement[int]:
        return sa.func.coalesce(cls.take_cents, cls.cents)
