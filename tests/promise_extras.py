"""What some people said of promises: enough of them for one line, too few for one."""

import sqlalchemy as sa

from engage.core.db import db
from engage.demo.year import Year
from engage.engagements import promise_actions as promises
from engage.engagements.models import Engagement, EngagementSession
from engage.engagements.promise_rules import FEWEST, Promise
from engage.people.models import Person


def play(year: Year) -> None:
    """Of the organization with the most people whose work has begun."""
    begun = db.session.execute(
        sa.select(Engagement.organization_id, Engagement.id, Person)
        .join(Person, Person.id == Engagement.person_id)
        .where(
            sa.exists().where(
                EngagementSession.engagement_id == Engagement.id,
                EngagementSession.starts_at <= year.now,
            )
        )
        .order_by(Engagement.id)
    ).all()
    by_place: dict[int, dict[int, tuple[int, Person]]] = {}
    for place, engagement_id, person in begun:
        by_place.setdefault(place, {})[person.id] = (engagement_id, person)
    most = max(by_place.values(), key=len)
    for number, (engagement_id, person) in enumerate(most.values()):
        for line in (Promise.SUPPORT_PERSON, Promise.STORY):
            if line is Promise.STORY and number >= FEWEST - 2:
                continue
            promises.tell(engagement_id, line, number != 2, by=person, now=year.now)
