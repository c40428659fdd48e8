from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Row


class DemoTransfer(Row):
    """What the demo rail's other side remembers; no table of ours points at it."""

    __tablename__ = "demo_transfer"

    key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    transfer_group: Mapped[str] = mapped_column(sa.String(40), index=True)
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    destination: Mapped[str] = mapped_column(sa.String(60))
    created_at: Mapped[datetime]
    back: Mapped[dict[str, Any]] = mapped_column(default=dict)  # cents by key

    ABOUT_A_PERSON = frozenset({"cents", "destination"})
