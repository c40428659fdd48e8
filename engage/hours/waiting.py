from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.hours import agreed, agreements, rules
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.opportunities.models import Opportunity
from engage.people import leads
from engage.people.lead_models import Lead
from engage.people.models import Alias, Person
from engage.workload.rules import Activity

LATELY = timedelta(days=30)
MOST = 25


@dataclass(frozen=True)
class Beside:
    """What stands beside an entry: agreed for its activity, and logged before."""

    agreed: int
    others: int


def waiting(places: Collection[int], now: datetime) -> sa.Select[HoursEntry, str]:
    """(entry, alias) of what waits for these organizations, the oldest first.

    Whose name is still kept back while asking goes on waits with their hours.
    """
    return (
        _in_places(places, now)
        .where(HoursEntry.status == HoursStatus.SUBMITTED)
        .order_by(HoursEntry.decides_itself_on, HoursEntry.day, HoursEntry.id)
    )


def waiting_for(
    reader: Person, places: Collection[int], now: datetime
) -> sa.Select[HoursEntry, str]:
    """The same, with those of posts that the reader looks after before the others."""
    today = calendar.local_day(now, reader.zone)
    source = sa.literal("opportunity:").concat(Opportunity.uid)
    is_own = sa.and_(Lead.id.is_not(None), leads.is_with(reader.id, today))
    return (
        waiting(places, now)
        .join(Opportunity, Opportunity.id == Engagement.opportunity_id)
        .outerjoin(Lead, Lead.thing == source)
        .order_by(None)
        .order_by(
            sa.case((is_own, 0), else_=1),
            HoursEntry.decides_itself_on,
            HoursEntry.day,
            HoursEntry.id,
        )
    )


def decided(places: Collection[int], now: datetime) -> sa.Select[HoursEntry, str]:
    """(entry, alias) of what was approved lately, the newest first."""
    return (
        _in_places(places, now)
        .where(
            HoursEntry.status.in_([HoursStatus.APPROVED, HoursStatus.PAID]),
            HoursEntry.decided_at >= now - LATELY,
        )
        .order_by(HoursEntry.decided_at.desc(), HoursEntry.id.desc())
    )


def _in_places(places: Collection[int], now: datetime) -> sa.Select[HoursEntry, str]:
    return (
        sa.select(HoursEntry, Alias.name)
        .join(HoursEntry.engagement)
        .join(
            Alias,
            sa.and_(
                Alias.person_id == HoursEntry.person_id,
                Alias.organization_id == HoursEntry.organization_id,
            ),
        )
        .where(HoursEntry.organization_id.in_(places), engagements.shown(now))
        .options(
            contains_eager(HoursEntry.engagement).options(
                joinedload(Engagement.organization),
                selectinload(Engagement.sessions),
            )
        )
    )


def one(places: Collection[int], uid: str, now: datetime) -> tuple[HoursEntry, str]:
    """One entry of these organizations with its alias and person; else not found.

    One that was taken back by its consultant is gone for everybody else.
    """
    row = db.session.execute(
        _in_places(places, now)
        .where(HoursEntry.uid == uid, HoursEntry.status != HoursStatus.WITHDRAWN)
        .options(joinedload(HoursEntry.person))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def whose(places: Collection[int], uid: str, now: datetime) -> tuple[str, int]:
    """(subject, organization) of an entry that may be opened, to write down a look."""
    row = db.session.execute(
        sa.select(Person.uid, HoursEntry.organization_id)
        .join(HoursEntry.person)
        .join(HoursEntry.engagement)
        .where(
            HoursEntry.uid == uid,
            HoursEntry.status != HoursStatus.WITHDRAWN,
            HoursEntry.organization_id.in_(places),
            engagements.shown(now),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return f"person:{row[0]}", row[1]


def lately(places: Collection[int], now: datetime) -> list[tuple[HoursEntry, str]]:
    """The newest approvals, with those that came about by themselves."""
    rows = db.session.execute(decided(places, now).limit(MOST))
    return [(entry, alias) for entry, alias in rows]


def ids(places: Collection[int], uids: Iterable[str], now: datetime) -> dict[str, int]:
    """Numbers of the entries that these organizations may see, by uid."""
    rows = db.session.execute(
        sa.select(HoursEntry.uid, HoursEntry.id)
        .join(HoursEntry.engagement)
        .where(
            HoursEntry.uid.in_(uids),
            HoursEntry.organization_id.in_(places),
            engagements.shown(now),
        )
    )
    return {uid: entry_id for uid, entry_id in rows}


def beside(entries: Sequence[HoursEntry]) -> dict[int, Beside]:
    """By entry id: what was agreed for its activity and what else is logged for it."""
    logged = _logged_minutes({entry.engagement_id for entry in entries})
    found = {}
    for entry in entries:
        of, kind = entry.engagement, rules.group(entry.activity)
        sessions = agreements.sessions_of(of, of.organization.zone)
        others = logged[of.id, kind] - entry.minutes
        whole = agreed.agreed_minutes(sessions).get(kind, 0)
        found[entry.id] = Beside(whole, max(others, 0))
    return found


def _logged_minutes(
    engagement_ids: Collection[int],
) -> dict[tuple[int, Activity], int]:
    rows = db.session.execute(
        sa.select(
            HoursEntry.engagement_id,
            HoursEntry.activity,
            sa.func.sum(HoursEntry.minutes),
        )
        .where(
            HoursEntry.engagement_id.in_(engagement_ids),
            HoursEntry.status.in_(agreed.COUNTED),
        )
        .group_by(HoursEntry.engagement_id, HoursEntry.activity)
    )
    found: dict[tuple[int, Activity], int] = defaultdict(int)
    for engagement_id, activity, minutes in rows:
        found[engagement_id, rules.group(activity)] += int(minutes)
    return found
