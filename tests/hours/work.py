"""Agreed work whose hours can be logged, made by the same actions as in real life."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.core.calendar import local_day
from engage.core.db import Base, db, lock_one, transaction
from engage.engagements import actions as engagements
from engage.engagements.models import Engagement
from engage.funding import queries as funding
from engage.funding.models import FundingLine
from engage.funding.rules import Stage
from engage.hours import actions
from engage.hours.models import HoursEntry
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.people.models import Person
from engage.workload.rules import Activity
from tests import make, scenes

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Work(NamedTuple):
    """One consultant's agreed work, and the moment after its last session."""

    engagement: Engagement
    person: Person
    place: Organization
    line: FundingLine
    coordinator: Person
    done: datetime


def agreed(
    now: datetime,
    *,
    person: Person | None = None,
    place: Organization | None = None,
    line: FundingLine | None = None,
    minutes: tuple[int, ...] = (120,),
    **values: Any,
) -> Work:
    """Sessions on days 7, 14, ... after `now`; $75 an hour, preparation and debrief."""
    place = place or make.organization()
    line = line or make.funding_line(place)
    person = person or make.consultant()
    starts = [now + 7 * DAY * number for number in range(1, len(minutes) + 1)]
    sessions = tuple(zip(starts, minutes, strict=True))
    post = scenes.posted(
        place, seats=1, professionals=0, line=line, sessions=sessions, **values
    )
    with transaction():
        lock_one(Person, person.id)
        lock_one(Opportunity, post.id)
        found = engagements.agree(
            opportunities.by_id(post.id),
            person=person,
            seat=None,
            counted=False,
            by=person,
            now=now,
        )
    done = starts[-1] + timedelta(minutes=minutes[-1]) + HOUR
    return Work(found, person, place, line, make.coordinator(place), done)


def log(work: Work, minutes: int = 120, **values: Any) -> HoursEntry:
    fields = {
        "day": local_day(work.done, work.person.zone),
        "minutes": minutes,
        "activity": Activity.SESSION,
        "by": work.person,
        "now": work.done,
        **values,
    }
    return actions.log(work.engagement.id, **fields)


def approve(work: Work, *entries: HoursEntry, now: datetime | None = None) -> None:
    actions.approve(
        [entry.id for entry in entries],
        by=work.coordinator,
        now=now or work.done,
        no_interest=True,
    )


def kept(work: Work, stage: Stage) -> int:
    source = f"engagement:{work.engagement.uid}"
    return funding.held_cents(work.line.id, source, stage)


def rows(model: type[Base], *where: Any) -> int:
    found = db.session.scalar(
        sa.select(sa.func.count()).select_from(model).where(*where)
    )
    return int(found or 0)
