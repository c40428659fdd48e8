from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements import terms
from engage.engagements.models import Engagement
from engage.hours import agreed, rules
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.opportunities.rules import WorkActivity
from engage.people.models import Person
from engage.workload.rules import Activity

# In this order the consultant's page lists them: what asks for a look comes first.
ORDER = (
    HoursStatus.RETURNED,
    HoursStatus.SUBMITTED,
    HoursStatus.APPROVED,
    HoursStatus.PAID,
    HoursStatus.WITHDRAWN,
)


@dataclass(frozen=True)
class Agreement:
    """What one engagement lets its consultant log now, beside what is logged."""

    engagement: Engagement
    sessions: list[agreed.Agreed]
    ends_on: date | None
    taken: Mapping[Activity, set[int]]
    left: Mapping[Activity, int]
    numbers_by_day: Mapping[tuple[date, Activity], int]

    def session_number(self, day: date, activity: Activity) -> int | None:
        """Which agreed session an entry of that day and activity belongs to."""
        kind = rules.group(activity)
        is_done_before = kind is Activity.PREPARATION
        return agreed.session_number(
            [one for one in self.sessions if one.is_owed or is_done_before],
            day,
            taken=self.taken[kind],
            same_day=self.numbers_by_day.get((day, kind)),
        )

    def presses(self, now: datetime, zone: str) -> list[agreed.Press]:
        """What one press would log: done by now, agreed, and logged by nobody."""
        return agreed.presses(
            self.sessions,
            taken=self.taken,
            left=self.left,
            agreed_on=calendar.local_day(self.engagement.agreed_at, zone),
            now=now,
            today=calendar.local_day(now, zone),
        )


def own_engagement(person: Person, uid: str) -> Engagement:
    """One of the person's own engagements, with all that logging needs."""
    found = db.session.scalar(
        _with_terms().where(Engagement.uid == uid, Engagement.person_id == person.id)
    )
    if found is None:
        raise NotFound
    return found


def engagement(engagement_id: int) -> Engagement:
    """The same by its number, read afresh; the caller has locked it."""
    return db.session.scalars(
        _with_terms()
        .where(Engagement.id == engagement_id)
        .execution_options(populate_existing=True)
    ).one()


def open_engagements(person: Person, today: date) -> list[Engagement]:
    """The person's engagements for which hours can still be logged."""
    # A session that is paid though cancelled lies a few days after the end.
    since = today - timedelta(days=rules.LOGGING_DAYS + 7)
    can_be_logged = sa.or_(Engagement.ended_on.is_(None), Engagement.ended_on >= since)
    found = db.session.scalars(
        _with_terms()
        .where(Engagement.person_id == person.id, can_be_logged)
        .order_by(Engagement.id)
    )
    return list(found)


def _with_terms() -> sa.Select[Engagement]:
    return sa.select(Engagement).options(
        joinedload(Engagement.opportunity),
        joinedload(Engagement.organization),
        joinedload(Engagement.line),
        selectinload(Engagement.sessions),
    )


def agreement(
    engagement: Engagement, zone: str, *, without: int | None = None
) -> Agreement:
    """What is agreed and what is left; `without` leaves one entry out of the count."""
    return agreements([engagement], zone, without=without)[engagement.id]


def agreements(
    of: Collection[Engagement], zone: str, *, without: int | None = None
) -> dict[int, Agreement]:
    """The same for many engagements of one consultant, in one query."""
    logged = _logged([each.id for each in of], without)
    return {each.id: _agreement(each, zone, logged[each.id]) for each in of}


@dataclass(frozen=True)
class Logged:
    day: date
    activity: Activity
    minutes: int
    session_number: int | None


def _agreement(
    engagement: Engagement, zone: str, logged: Iterable[Logged]
) -> Agreement:
    sessions = sessions_of(engagement, zone)
    left = agreed.agreed_minutes(sessions)
    taken: dict[Activity, set[int]] = defaultdict(set)
    by_day: dict[tuple[date, Activity], int] = {}
    for each in logged:
        kind = rules.group(each.activity)
        left[kind] = left.get(kind, 0) - each.minutes
        if each.session_number is not None:
            taken[kind].add(each.session_number)
            by_day[each.day, kind] = each.session_number
    ends = agreed.ends_on(sessions, engagement.ended_on)
    return Agreement(engagement, sessions, ends, taken, left, by_day)


def sessions_of(engagement: Engagement, zone: str) -> list[agreed.Agreed]:
    """The agreed sessions with what belongs to each, on the local days of `zone`."""
    is_review = engagement.opportunity.activity is WorkActivity.DOCUMENT_REVIEW
    activity = Activity.REVIEW if is_review else Activity.SESSION
    return agreed.agreed_sessions(
        [
            replace(session, activity=activity)
            for session in terms.agreed_sessions(engagement)
        ],
        kept={one.starts_at for one in engagement.sessions},
        zone=zone,
    )


def _logged(
    engagement_ids: Collection[int], without: int | None = None
) -> dict[int, list[Logged]]:
    query = sa.select(
        HoursEntry.engagement_id,
        HoursEntry.day,
        HoursEntry.activity,
        HoursEntry.minutes,
        HoursEntry.session_number,
    ).where(
        HoursEntry.engagement_id.in_(engagement_ids),
        HoursEntry.status.in_(agreed.COUNTED),
    )
    if without is not None:
        query = query.where(HoursEntry.id != without)
    found: dict[int, list[Logged]] = defaultdict(list)
    for engagement_id, day, activity, minutes, number in db.session.execute(query):
        found[engagement_id].append(Logged(day, activity, minutes, number))
    return found


def own_entries(person: Person) -> sa.Select[HoursEntry]:
    """The person's own entries by state, then newest first, for paging."""
    place = sa.case(
        {status: place for place, status in enumerate(ORDER)}, value=HoursEntry.status
    )
    return (
        sa.select(HoursEntry)
        .join(HoursEntry.engagement)
        .join(Engagement.opportunity)
        .where(HoursEntry.person_id == person.id)
        .order_by(place, HoursEntry.day.desc(), HoursEntry.id.desc())
        .options(
            contains_eager(HoursEntry.engagement).contains_eager(
                Engagement.opportunity
            ),
            joinedload(HoursEntry.organization),
        )
    )


def own_entry(person: Person, uid: str) -> HoursEntry:
    """One of the person's own entries; anybody else's is not found."""
    found = db.session.scalar(
        sa.select(HoursEntry)
        .join(HoursEntry.engagement)
        .where(HoursEntry.uid == uid, HoursEntry.person_id == person.id)
        .options(
            contains_eager(HoursEntry.engagement).options(
                joinedload(Engagement.opportunity),
                joinedload(Engagement.organization),
                selectinload(Engagement.sessions),
            )
        )
    )
    if found is None:
        raise NotFound
    return found


def minutes_by_day(person: Person, since: date) -> dict[date, int]:
    """What this person has logged on each day, over every organization."""
    rows = db.session.execute(
        sa.select(HoursEntry.day, sa.func.sum(HoursEntry.minutes))
        .where(
            HoursEntry.person_id == person.id,
            HoursEntry.day >= since,
            HoursEntry.status.in_(agreed.COUNTED),
        )
        .group_by(HoursEntry.day)
    )
    return {day: int(minutes) for day, minutes in rows}


def day_minutes(person_id: int, day: date, *, without: int | None = None) -> int:
    """Minutes that one day of a person holds already, over every organization."""
    query = sa.select(sa.func.coalesce(sa.func.sum(HoursEntry.minutes), 0)).where(
        HoursEntry.person_id == person_id,
        HoursEntry.day == day,
        HoursEntry.status.in_(agreed.COUNTED),
    )
    if without is not None:
        query = query.where(HoursEntry.id != without)
    return int(db.session.scalars(query).one())
