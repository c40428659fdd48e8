from datetime import datetime

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
