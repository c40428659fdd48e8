"""What a consultant reads of their own; nobody else is ever shown any of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa

from engage.core import calendar
from engage.core.calendar import DAY
from engage.core.db import db
from engage.core.errors import NotFound
from engage.organizations.models import Organization
from engage.organizations.rules import OrganizationStatus
from engage.people.models import Person
from engage.workload import queries, rules
from engage.workload.availability import Span, spans
from engage.workload.effects import Space, month_space, week_space
from engage.workload.filters import Filters
from engage.workload.models import (
    AvailabilityException,
    AvailabilityWindow,
    SilentFilter,
    StoryMark,
)


class Week(NamedTuple):
    """Minutes of one week by its first day: agreed, held on condition, the limit."""

    start: date
    agreed: int
    held: int
    limit: int | None

    @property
    def free(self) -> int | None:
        """None without a limit; never below 0."""
        spoken_for = self.agreed + self.held
        return None if self.limit is None else max(0, self.limit - spoken_for)


@dataclass(frozen=True)
class Room:
    """A consultant's limits and how they stand today, for their own page."""

    standing: rules.Standing
    today: date
    weeks: list[Week]
    week: Space
    month: Space
    is_first: bool
    filters: Filters

    @property
    def limits(self) -> rules.Limits:
        return self.standing.limits

    @property
    def is_over(self) -> bool:
        return rules.is_over(self.standing, self.today)

    @property
    def is_full(self) -> bool:
        """Whether plans or requests have reached a limit that holds back every ask."""
        here, limits = self.standing, self.limits
        counts = (
            (here.engagements_now, limits.at_once),
            (here.asks_30d, limits.invitations_30),
        )
        return any(most is not None and count >= most for count, most in counts)

    @property
    def told(self) -> int:
        """Engagements near a story, in the fullest 90 days that have today in them."""
        days = replace(self.standing.story, is_story_near=True)
        return rules.story_count([self.today], days) - 1

    @property
    def rests_until(self) -> date | None:
        """The last day of rest after one that is over, None when there is none."""
        rest = DAY * (self.limits.rest_days or 0)
        past = (day for day in self.standing.story.story_days if day < self.today)
        last = max(past, default=None)
        return last + rest if last is not None and last + rest >= self.today else None

    @property
    def pause(self) -> rules.Pause | None:
        """The pause of today or of later, None when there is none or it is over."""
        pause = self.standing.pause
        if pause is None or (pause.ends_on is not None and pause.ends_on < self.today):
            return None
        return pause

    @property
    def named_days(self) -> int:
        """How many single days, from today on, differ from the week."""
        return sum(one.day >= self.today for one in self.standing.exceptions)


def room(person: Person, now: datetime) -> Room:
    """Everything the pages about one's own limits show, in nine statements at most."""
    standing = queries.standing(person.id, now)
    today = calendar.local_day(now, standing.zone)
    week = calendar.week_of(today, standing.first_weekday)
    load, limits = standing.load, standing.limits
    return Room(
        standing=standing,
        today=today,
        weeks=_weeks(standing, now),
        week=week_space(load, limits, week),
        month=month_space(load, limits, calendar.month_of(today)),
        is_first=not standing.has_limits,
        filters=filters(person),
    )


def _weeks(standing: rules.Standing, now: datetime) -> list[Week]:
    held = rules.week_totals(standing.held, standing.first_weekday)
    return [
        Week(
            each.start,
            each.after - held.get(each.start, 0),
            held.get(each.start, 0),
            each.limit,
        )
        for each in queries.next_weeks(standing, now)
    ]


def limits(person: Person) -> rules.Limits:
    """The limits that hold now: one's own, or the steady ones before any were set."""
    return queries.limits_values(queries.limits_of(person.id))


def near_mark(group: str) -> StoryMark | None:
    """Whether agreed work counts as speaking; the caller knows it to be one's own."""
    return db.session.get(StoryMark, group)


def windows(person: Person) -> Sequence[AvailabilityWindow]:
    """Weekly times in the order of the person's own week."""
    rows = db.session.scalars(
        sa.select(AvailabilityWindow)
        .where(AvailabilityWindow.person_id == person.id)
        .order_by(AvailabilityWindow.start_minute)
    )
    return sorted(rows, key=lambda row: (row.weekday - person.week_start) % 7)


def window(person: Person, uid: str) -> AvailabilityWindow:
    """One weekly time; NotFound when it is gone or somebody else's."""
    row = db.session.scalar(
        sa.select(AvailabilityWindow).where(
            AvailabilityWindow.uid == uid, AvailabilityWindow.person_id == person.id
        )
    )
    if row is None:
        raise NotFound
    return row


def day_row(person: Person, uid: str) -> AvailabilityException:
    """One dated day; NotFound when it is gone or somebody else's."""
    row = db.session.scalar(
        sa.select(AvailabilityException).where(
            AvailabilityException.uid == uid,
            AvailabilityException.person_id == person.id,
        )
    )
    if row is None:
        raise NotFound
    return row


def day_rows(person: Person, from_day: date) -> Sequence[AvailabilityException]:
    """Dated days from a day on, in order."""
    return db.session.scalars(
        sa.select(AvailabilityException)
        .where(
            AvailabilityException.person_id == person.id,
            AvailabilityException.day >= from_day,
        )
        .order_by(AvailabilityException.day)
    ).all()


def day_spans(person: Person, now: datetime) -> list[tuple[str, Span]]:
    """Stretches of dated days from today on, each with the uid of its first day."""
    rows = day_rows(person, calendar.local_day(now, person.zone))
    uids = {row.day: row.uid for row in rows}
    found = spans(rules.DayException(row.day, row.is_free) for row in rows)
    return [(uids[span.first], span) for span in found]


def filters(person: Person) -> Filters:
    """The silent filters; empty ones when none was set."""
    return queries.filters_of([person.id]).get(person.id, Filters())


def choosable(person: Person) -> Sequence[Organization]:
    """Active organizations and those kept away already, by name."""
    kept_away = sa.select(SilentFilter.organization_id).where(
        SilentFilter.person_id == person.id, SilentFilter.organization_id.is_not(None)
    )
    return db.session.scalars(
        sa.select(Organization)
        .where(
            sa.or_(
                Organization.status == OrganizationStatus.ACTIVE,
                Organization.id.in_(kept_away),
            )
        )
        .order_by(Organization.name)
    ).all()
