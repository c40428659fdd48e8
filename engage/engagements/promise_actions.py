from datetime import datetime

import sqlalchemy as sa

from engage.core.db import db, lock_one, transaction
from engage.core.errors import NotFound
from engage.engagements import queries
from engage.engagements.models import PromiseAnswer
from engage.engagements.promise_rules import Promise, check_tell
from engage.people.models import Person


def tell(
    engagement_id: int,
    line: Promise,
    is_kept: bool | None,
    *,
    by: Person,
    now: datetime,
) -> None:
    """Say whether a promise was kept, otherwise than before, or no more (None).

    Nothing else is written down: neither when, nor that there was another answer.
    """
    with transaction() as session:
        person = lock_one(Person, by.id)
        engagement = queries.whole(engagement_id)
        if engagement.person_id != person.id:
            raise NotFound
        starts = [each.starts_at for each in engagement.sessions]
        check_tell(min(starts, default=None), now)
        row = db.session.scalar(
            sa.select(PromiseAnswer).where(
                PromiseAnswer.engagement_id == engagement.id, PromiseAnswer.line == line
            )
        )
        if is_kept is None:
            if row is not None:
                session.delete(row)
            return
        if row is None:
            row = PromiseAnswer(engagement_id=engagement.id, line=line)
            session.add(row)
        row.is_kept = is_kept
