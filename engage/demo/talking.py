"""What people write and say about agreed work in the sample data."""

from datetime import timedelta

import sqlalchemy as sa

from engage.core.db import db
from engage.demo.year import Year
from engage.engagements import messages
from engage.engagements import promise_actions as promises
from engage.engagements.models import Engagement, EngagementSession
from engage.engagements.promise_rules import Promise
from engage.engagements.queries import shown
from engage.engagements.rules import LIVE
from engage.people.models import Person

THREADS = 3
ASKED = "Is there a quiet place to wait before we begin?"
SAID = "Yes, room 4.\nIt is free from half an hour before."


def begin(year: Year) -> None:
    """A question and its answer on agreed work, and a promise told as kept."""
    rows = db.session.execute(
        sa.select(Engagement.id, Engagement.organization_id, Person)
        .join(Engagement.person)
        .where(
            Engagement.status.in_(LIVE),
            shown(year.now),
            sa.exists().where(
                EngagementSession.engagement_id == Engagement.id,
                EngagementSession.starts_at <= year.now,
            ),
        )
        .order_by(Engagement.id)
        .limit(THREADS)
    ).all()
    for engagement_id, place_id, person in rows:
        by = year.cast.coordinators[place_id][0]
        asked = year.now - timedelta(hours=20)
        messages.write(engagement_id, ASKED, by=person, now=asked)
        messages.write(engagement_id, SAID, by=by, now=year.now - timedelta(hours=3))
        promises.tell(
            engagement_id, Promise.SUPPORT_PERSON, True, by=person, now=year.now
        )
