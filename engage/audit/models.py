from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.audit.rules import KEPT_YEARS, START
from engage.core.append_only import only_grows
from engage.core.db import Base


class AuditChain(Base):
    """The newest link of one subject's chain; locked to add the next."""

    __tablename__ = "audit_chain"

    subject: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    length: Mapped[int]
    head: Mapped[str] = mapped_column(sa.String(64))
    # How many of the first entries are forgotten, and the hash of the last of them.
    forgotten: Mapped[int] = mapped_column(default=0)
    anchor: Mapped[str] = mapped_column(sa.String(64), default=START)

    ABOUT_A_PERSON = frozenset({"subject"})


class AuditEntry(Base):
    """One act or look, chained to the one before; plain ids, never a value."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.UniqueConstraint("subject", "number"),
        sa.CheckConstraint("kind IN ('act', 'look')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(60))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(4))
    verb: Mapped[str] = mapped_column(sa.String(60))
    thing: Mapped[str] = mapped_column(sa.String(60))
    by_person_id: Mapped[int | None]
    by_role: Mapped[str] = mapped_column(sa.String(20))
    organization_id: Mapped[int | None]
    at: Mapped[datetime]
    previous: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))

    ABOUT_A_PERSON = frozenset({"subject", "by_person_id"})


class AuditMark(Base):
    """The heads of all chains that grew since the mark before, and one hash of it all.

    The hash is kept elsewhere too: a tail that was cut later shows against it.
    """

    __tablename__ = "audit_mark"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    heads: Mapped[list[Any]]
    previous: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))

    ABOUT_A_PERSON = frozenset({"heads"})


only_grows(AuditMark.__table__)  # type: ignore[arg-type]
only_grows(AuditEntry.__table__, KEPT_YEARS)  # type: ignore[arg-type]
