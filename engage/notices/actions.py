from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from engage.core.db import db
from engage.notices.models import Notice


def queue(person_id: int, kind: str, *, now: datetime, **values: object) -> None:
    """Tell a person something, in the transaction that caused it.

    `kind` is a key of `rules.SENTENCES`; `values` are uids, minutes or ISO days.
    """
    db.session.add(
        Notice(
            person_id=person_id,
            kind=kind,
            values=dict(values),
            created_at=now,
            next_try_at=now,
        )
    )


def queue_once(
    person_ids: Iterable[int], kind: str, *, now: datetime, **values: object
) -> None:
    """Tell each of them, but not whoever has the same notice unread in their inbox."""
    wanted = set(person_ids)
    unread = db.session.execute(
        sa.select(Notice.person_id, Notice.values).where(
            Notice.person_id.in_(wanted), Notice.kind == kind
        )
    )
    told = {person_id for person_id, known in unread if known == values}
    for person_id in sorted(wanted - told):
        queue(person_id, kind, now=now, **values)
