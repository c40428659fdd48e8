"""One-time form tokens: a form sent twice, or again by Back, has one effect."""

from datetime import datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.crypto import token_hash
from engage.core.db import Base, db, new_uid


class UsedForm(Base):
    __tablename__ = "used_form"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    location: Mapped[str] = mapped_column(sa.String(300), default="")
    used_at: Mapped[datetime]

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


def fresh() -> str:
    """A new token for one form on one page."""
    return new_uid()


def location_of(token: str) -> str | None:
    """Where the first sending of this form led, or None when it was never sent."""
    row = db.session.get(UsedForm, token_hash(token))
    return None if row is None else row.location


def use(token: str, now: datetime) -> UsedForm:
    """Take the token; IntegrityError when somebody else has taken it meanwhile."""
    row = UsedForm(token_hash=token_hash(token), used_at=now, location="")
    db.session.add(row)
    db.session.flush()
    return row
