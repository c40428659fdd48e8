from datetime import datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Row, enum_type
from engage.people.rules import PersonKind


class EntryCode(Row):
    """A printed code that opens one account; the row goes away when it is used.

    Nothing says who made a consultant's code, who used it, or that it was used.
    """

    __tablename__ = "entry_code"
    __table_args__ = (
        sa.CheckConstraint(
            "kind = 'staff' OR (role = '' AND organization_id IS NULL)", "consultant"
        ),
        sa.CheckConstraint(
            "kind = 'consultant' OR (role = 'administrator'"
            " AND organization_id IS NULL) OR (role IN ('coordinator', 'finance')"
            " AND organization_id IS NOT NULL)",
            "staff",
        ),
    )

    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    kind: Mapped[PersonKind] = mapped_column(enum_type(PersonKind))
    role: Mapped[str] = mapped_column(sa.String(20), default="")
    organization_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organization.id")
    )
    expires_at: Mapped[datetime]

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()
