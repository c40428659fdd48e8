from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Row, enum_type
from engage.organizations.rules import OrganizationStatus


class Organization(Row):
    """A task force, a member organization or a fiscal agent; it holds no person."""

    __tablename__ = "organization"
    __table_args__ = (
        sa.CheckConstraint("pay_promise_days BETWEEN 1 AND 20", "pay_promise_days"),
        sa.CheckConstraint("minimum_voices >= 2", "minimum_voices"),
    )

    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    status: Mapped[OrganizationStatus] = mapped_column(
        enum_type(OrganizationStatus), default=OrganizationStatus.ACTIVE
    )
    zone: Mapped[str] = mapped_column(sa.String(60))
    pay_promise_days: Mapped[int] = mapped_column(default=10)
    minimum_voices: Mapped[int] = mapped_column(default=2)
    is_payer: Mapped[bool] = mapped_column(default=False)

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class Installation(Row):
    """The one row about this installation: its help person, line and demo marker."""

    __tablename__ = "installation"
    __table_args__ = (sa.CheckConstraint("id = 1", "one_row"),)

    is_demo: Mapped[bool] = mapped_column(default=False)
    help_name: Mapped[str] = mapped_column(sa.String(120))
    help_contact: Mapped[str] = mapped_column(sa.String(200))
    support_line: Mapped[str] = mapped_column(sa.String(200))

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
