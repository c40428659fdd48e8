from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.engagements import terms
from engage.engagements.models import Engagement
from engage.hours import agreed, rules
from engage.hours.models import HoursEntry
from engage.opportunities.rules import WorkActivity
from engage.workload.rules import Activity


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

    def is_open(self, today: date) -> bool:
        """Can anything be logged still?"""
        ends = self.ends_on
        in_time = ends is None or today <= ends + timedelta(days=rules.LOGGING_DAYS)
        return in_time and any(minutes > 0 for minutes in self.left.values())

    @property
    def activities(self) -> list[Activity]:
        """The kinds of work that were agreed; a review is the session it is."""
        kinds = {one.session.activity for one in self.sessions}
        return [
            next(iter(kinds), each) if each is Activity.SESSION else each
            for each in agreed.SHOWN
            if any(one.minutes(each) for one in self.sessions)
        ]

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
    is_review = engagement.terms["activity"] == WorkActivity.DOCUMENT_REVIEW
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
