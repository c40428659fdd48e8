from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core import calendar
from engage.core.db import db
from engage.engagements.models import Engagement
from engage.funding.models import Reservation
from engage.funding.rules import Stage
from engage.hours import rules
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.organizations.models import Organization


def above(entry_ids: Collection[int]) -> tuple[set[int], set[int]]:
    """Numbers of the funding lines and engagements above entries, to lock them."""
    rows = db.session.execute(
        sa.select(Engagement.funding_line_id, Engagement.id)
        .join(HoursEntry, HoursEntry.engagement_id == Engagement.id)
        .where(HoursEntry.id.in_(entry_ids))
    ).all()
    return {line for line, _ in rows}, {engagement for _, engagement in rows}


def to_decide(entry_ids: Collection[int]) -> list[HoursEntry]:
    """Entries read afresh with what deciding needs; the caller holds the locks above.

    In order of work, so that the first entry of a session is the one that earns it.
    """
    return list(
        db.session.scalars(
            sa.select(HoursEntry)
            .where(HoursEntry.id.in_(entry_ids))
            .order_by(HoursEntry.day, HoursEntry.id)
            .options(
                joinedload(HoursEntry.person),
                joinedload(HoursEntry.organization),
                joinedload(HoursEntry.engagement).joinedload(Engagement.line),
            )
            .execution_options(populate_existing=True)
        )
    )


def earned_sessions(engagement_ids: Collection[int]) -> set[tuple[int, int | None]]:
    """(engagement, session number) for which flat pay has been earned already."""
    rows = db.session.execute(
        sa.select(HoursEntry.engagement_id, HoursEntry.session_number).where(
            HoursEntry.engagement_id.in_(engagement_ids),
            HoursEntry.session_number.is_not(None),
            HoursEntry.status.in_([HoursStatus.APPROVED, HoursStatus.PAID]),
            HoursEntry.cents > 0,
        )
    )
    return {(engagement_id, number) for engagement_id, number in rows}


def by_uid(uid: str) -> HoursEntry:
    """The entry that a payable's source names, with its line, organization, person."""
    return db.session.scalars(
        sa.select(HoursEntry)
        .where(HoursEntry.uid == uid)
        .options(
            joinedload(HoursEntry.person),
            joinedload(HoursEntry.engagement).joinedload(Engagement.line),
        )
    ).one()


def due(now: datetime) -> list[list[int]]:
    """Entries that nobody looked at in time, as numbers by engagement."""
    rows = db.session.execute(
        sa.select(
            HoursEntry.engagement_id,
            HoursEntry.id,
            HoursEntry.decides_itself_on,
            Organization.zone,
        )
        .join(HoursEntry.organization)
        .where(
            HoursEntry.status == HoursStatus.SUBMITTED,
            # Nowhere is it later than a day after the day in UTC.
            HoursEntry.decides_itself_on <= now.date() + timedelta(days=1),
        )
        .order_by(HoursEntry.engagement_id, HoursEntry.id)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for engagement_id, entry_id, last_day, zone in rows:
        if calendar.local_day(now, zone) > last_day:
            found[engagement_id].append(entry_id)
    return list(found.values())


def keeping_money(today: date) -> list[int]:
    """Engagements, by number, that ended long ago and still keep money unused."""
    kept = sa.and_(
        Reservation.source == "engagement:" + Engagement.uid,
        Reservation.stage == Stage.RESERVED,
        Reservation.cents > 0,
    )
    return list(
        db.session.scalars(
            sa.select(Engagement.id)
            .join(Reservation, kept)
            .where(Engagement.ended_on < today - timedelta(days=rules.LOGGING_DAYS))
            .order_by(Engagement.id)
        )
    )


def statuses(engagement_id: int) -> set[HoursStatus]:
    """In which states the entries of one engagement are."""
    return set(
        db.session.scalars(
            sa.select(HoursEntry.status)
            .where(HoursEntry.engagement_id == engagement_id)
            .distinct()
        )
    )


def line_id(engagement_id: int) -> int:
    """The funding line of an engagement, to lock it first."""
    return db.session.scalars(
        sa.select(Engagement.funding_line_id).where(Engagement.id == engagement_id)
    ).one()
