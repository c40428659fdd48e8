from collections.abc import Iterable
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements.models import Engagement
from engage.hours import agreed, agreements, rules
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger import queries as ledger
from engage.ledger.models import Payable
from engage.people.models import Person

# In this order the consultant's page lists them: what asks for a look comes first.
ORDER = (
    HoursStatus.RETURNED,
    HoursStatus.SUBMITTED,
    HoursStatus.APPROVED,
    HoursStatus.PAID,
    HoursStatus.WITHDRAWN,
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


def open_agreements(person: Person, today: date) -> list[agreements.Agreement]:
    """The person's engagements for which hours can still be logged."""
    # A session that is paid though cancelled lies a few days after the end.
    since = today - timedelta(days=rules.LOGGING_DAYS + 7)
    can_be_logged = sa.or_(Engagement.ended_on.is_(None), Engagement.ended_on >= since)
    found = db.session.scalars(
        _with_terms()
        .where(Engagement.person_id == person.id, can_be_logged)
        .order_by(Engagement.id)
    )
    known = agreements.agreements(list(found), person.zone)
    return [each for each in known.values() if each.is_open(today)]


def _with_terms() -> sa.Select[Engagement]:
    return sa.select(Engagement).options(
        joinedload(Engagement.organization),
        joinedload(Engagement.line),
        selectinload(Engagement.sessions),
    )


def own_entries(person: Person) -> sa.Select[HoursEntry]:
    """The person's own entries by state, then newest first, for paging."""
    place = sa.case(
        {status: place for place, status in enumerate(ORDER)}, value=HoursEntry.status
    )
    return (
        sa.select(HoursEntry)
        .join(HoursEntry.engagement)
        .where(HoursEntry.person_id == person.id)
        .order_by(place, HoursEntry.day.desc(), HoursEntry.id.desc())
        .options(
            contains_eager(HoursEntry.engagement),
            joinedload(HoursEntry.organization),
        )
    )


def pays(entries: Iterable[HoursEntry]) -> dict[str, Payable]:
    """What is owed or paid for entries, by their uid; some earn nothing alone."""
    found = ledger.of_sources([f"hours:{entry.uid}" for entry in entries])
    return {source.removeprefix("hours:"): each for source, each in found.items()}


def own_entry(person: Person, uid: str) -> HoursEntry:
    """One of the person's own entries; anybody else's is not found."""
    found = db.session.scalar(
        sa.select(HoursEntry)
        .join(HoursEntry.engagement)
        .where(HoursEntry.uid == uid, HoursEntry.person_id == person.id)
        .options(
            contains_eager(HoursEntry.engagement).options(
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


def weeks(person: Person, today: date, count: int) -> list[tuple[date, int]]:
    """(first day, minutes logged) of this week and those before it, newest first."""
    first, _ = calendar.week_of(today, person.week_start)
    days = minutes_by_day(person, first - timedelta(weeks=count - 1))
    return list(agreed.week_sums(days, person.week_start, today, count))


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
