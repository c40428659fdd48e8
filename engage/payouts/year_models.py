from datetime import date
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Row


class TaxThreshold(Row):
    """From which amount paid in a year a form is due, and where that was read.

    One row for a year: a year without a row has no figure that anybody here knows.
    """

    __tablename__ = "tax_threshold"
    __table_args__ = (
        sa.CheckConstraint("cents > 0", "cents"),
        sa.UniqueConstraint("year", "form"),
    )

    year: Mapped[int]
    form: Mapped[str] = mapped_column(sa.String(20))
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    source: Mapped[str] = mapped_column(sa.String(200))
    source_date: Mapped[date]

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
