from datetime import date
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Base, Row, enum_type
from engage.workload.guard import Basis, GuardKind, GuardMode


class EarningsGuard(Base):
    """One limit on earnings, cents or payments by its kind; the consultant's alone."""

    __tablename__ = "earnings_guard"
    __table_args__ = (sa.CheckConstraint("most >= 0", "most"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    kind: Mapped[GuardKind] = mapped_column(enum_type(GuardKind), primary_key=True)
    basis: Mapped[Basis] = mapped_column(enum_type(Basis))
    mode: Mapped[GuardMode] = mapped_column(
        enum_type(GuardMode), default=GuardMode.WARN
    )
    most: Mapped[int] = mapped_column(sa.BigInteger)

    ABOUT_A_PERSON = frozenset({"person_id", "kind", "basis", "mode", "most"})


class ExpectedPay(Row):
    """Cents of one source for one local day of work: held, agreed, owed or paid.

    `source` is "offer:uid", "engagement:uid" or "hours:uid"; `group` is what they count
    for, so that owed pay takes the place of agreed pay. `not_before` is the pay day
    that somebody chose for agreed pay, kept until it is owed.
    """

    __tablename__ = "expected_pay"
    __table_args__ = (
        sa.CheckConstraint("cents > 0", "cents"),
        sa.Index("ix_expected_pay_person_id_worked_on", "person_id", "worked_on"),
        sa.Index("ix_expected_pay_group", "group"),
        sa.Index("ix_expected_pay_source", "source"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    group: Mapped[str] = mapped_column(sa.String(40))
    source: Mapped[str] = mapped_column(sa.String(40))
    payer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    worked_on: Mapped[date]
    due_on: Mapped[date]
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    paid_on: Mapped[date | None]
    not_before: Mapped[date | None]

    ABOUT_A_PERSON = frozenset(
        {"person_id", "worked_on", "due_on", "cents", "paid_on", "not_before"}
    )


class BenefitFigure(Row):
    """A figure of a benefit from a day on, with where it was read and on which day.

    It is shown beside one's own sums and decides nothing. A newer row takes its place
    from its own day on.
    """

    __tablename__ = "benefit_figure"
    __table_args__ = (
        sa.CheckConstraint("(cents IS NULL) <> (count IS NULL)", "one_value"),
        sa.UniqueConstraint("kind", "from_day"),
    )

    kind: Mapped[str] = mapped_column(sa.String(40))
    from_day: Mapped[date]
    cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    count: Mapped[int | None]
    source: Mapped[str] = mapped_column(sa.String(200))
    source_date: Mapped[date]
    is_checked: Mapped[bool] = mapped_column(default=False)

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
