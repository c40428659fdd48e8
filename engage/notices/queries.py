from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engage.core.db import db
from engage.notices.models import Notice
from engage.notices.rules import MailState

SHOWN = 8


# On everybody's first page: built once.
INBOX = (
    sa.select(Notice)
    .where(
        Notice.person_id == sa.bindparam("person_id"),
        Notice.created_at <= sa.bindparam("now"),
    )
    .order_by(Notice.created_at.desc(), Notice.id.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)


def inbox(person_id: int, now: datetime, most: int = SHOWN) -> Sequence[Notice]:
    """The newest notices of a person, one more than `most` when there are more."""
    values = {"person_id": person_id, "now": now, "most": most + 1}
    return db.session.scalars(INBOX, values).all()


def own(person_id: int, uid: str) -> Notice | None:
    """One of a person's own notices, or None."""
    return db.session.scalar(
        sa.select(Notice).where(Notice.uid == uid, Notice.person_id == person_id)
    )


def people_with_due_mail(now: datetime, most: int) -> Sequence[int]:
    """Ids of people whose mail may go out now, who waited longest first."""
    return db.session.scalars(
        sa.select(Notice.person_id)
        .where(Notice.mail == MailState.WAITING, Notice.next_try_at <= now)
        .group_by(Notice.person_id)
        .order_by(sa.func.min(Notice.created_at), Notice.person_id)
        .limit(most)
    ).all()


def due_of(person_id: int, now: datetime) -> sa.Select[Any]:
    """Which mails of a person may go out now; for `core.db.claim`."""
    return (
        sa.select(Notice.id)
        .where(
            Notice.person_id == person_id,
            Notice.mail == MailState.WAITING,
            Notice.next_try_at <= now,
        )
        .order_by(Notice.id)
    )


def about(person_id: int, kind: str, uid: str) -> Notice | None:
    """The person's oldest notice of one kind about one thing that is not put away."""
    rows = db.session.scalars(
        sa.select(Notice)
        .where(Notice.person_id == person_id, Notice.kind == kind)
        .order_by(Notice.id)
    )
    return next((row for row in rows if row.values.get("uid") == uid), None)
