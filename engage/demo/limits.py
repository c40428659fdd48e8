"""The limits of the people in the sample data, chosen as people in the field would."""

from datetime import date, timedelta
from random import Random

from engage.core.db import db
from engage.people.models import Person
from engage.people.rules import TOPICS
from engage.workload.models import (
    AvailabilityWindow,
    AvoidedTopics,
    Pause,
    WorkLimits,
)

# Three in ten pause once a year. Of a pause that is over nothing is kept, so the rows
# are of those who are paused now.
PAUSE_IN_A_YEAR, STILL_PAUSED = 0.3, 0.4


def choose(person: Person, chance: Random, today: date) -> None:
    """One person's choices, of which a median of eight hours a week is the first."""
    own = Random(person.id)  # noqa: S311 - sample data
    hours = min(20, max(2, round(chance.gauss(8, 4))))
    db.session.add(
        WorkLimits(
            person_id=person.id,
            week_minutes=hours * 60,
            month_minutes=hours * 60 * 3,
            at_once=chance.choice((2, 3, 4, None)),
            invitations_30=chance.choice((4, 6, 8, None)),
            notice_days=chance.choice((0, 2, 3, 5)),
            story_90=own.choice((1, 1, 2)),
            rest_days=own.choice((0, 1, 2, 3)),
        )
    )
    if chance.random() < 0.4:
        for weekday in chance.sample(range(5), 3):
            db.session.add(
                AvailabilityWindow(
                    person_id=person.id,
                    weekday=weekday,
                    start_minute=9 * 60,
                    end_minute=18 * 60,
                )
            )
    if chance.random() < PAUSE_IN_A_YEAR * STILL_PAUSED:
        db.session.add(
            Pause(
                person_id=person.id,
                starts_on=today - timedelta(days=chance.randrange(30)),
                ends_on=today + timedelta(days=chance.randrange(5, 40)),
            )
        )
    if own.random() < 0.3:
        row = AvoidedTopics(person_id=person.id)
        row.write(person.subject, own.sample(sorted(TOPICS), own.choice((1, 1, 2))))
        db.session.add(row)
