"""One-time form tokens: a form sent twice, or again by Back, has one effect."""

from datetime import UTC, datetime, time, timedelta
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.crypto import token_hash
from engage.core.db import Base, db, new_uid, transaction

KEPT = timedelta(days=2)  # longer than any sign-in, and so than any page with a form


class UsedForm(Base):
    """A form that was sent, and where it led; of the time it keeps the day alone.

    One form is a no to a request: no row anywhere says when somebody sent it.
    """

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
    day = datetime.combine(now.astimezone(UTC), time(), UTC)
    row = UsedForm(token_hash=token_hash(token), used_at=day, location="")
    db.session.add(row)
    db.session.flush()
    return row


def forget_old(now: datetime) -> None:
    """Delete tokens whose pages cannot be open any more."""
    with transaction() as session:
        session.execute(sa.delete(UsedForm).where(UsedForm.used_at < now - KEPT))
