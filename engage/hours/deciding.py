from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from engage.core import calendar
from engage.core.db import db, lock
from engage.core.errors import NotFound
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.funding.models import FundingLine, Reservation
from engage.funding.rules import Stage
from engage.hours import agreed, rules
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable
from engage.offers.models import TermsChange
from engage.offers.rules import OfferStatus
from engage.organizations.models import Organization
from engage.workload.rules import Activity


def locked(entry_ids: Collection[int]) -> list[HoursEntry]:
    """The entries below their locked funding lines and engagements, read afresh.

    Inside transaction(). An entry that is not there is not found.
    """
    rows = db.session.execute(
        sa.select(Engagement.funding_line_id, Engagement.id)
        .join(HoursEntry, HoursEntry.engagement_id == Engagement.id)
        .where(HoursEntry.id.in_(entry_ids))
    ).all()
    lock(FundingLine, [line_id for line_id, _ in rows])
    lock(Engagement, [engagement_id for _, engagement_id in rows])
    entries = _afresh(entry_ids)
    if not entries or len(entries) != len(set(entry_ids)):
        raise NotFound
    return entries


def _afresh(entry_ids: Collection[int]) -> list[HoursEntry]:
    """In order of work: the first entry of a session is the one that earns it."""
    return list(
        db.session.scalars(
            sa.select(HoursEntry)
            .where(HoursEntry.id.in_(entry_ids))
            .order_by(HoursEntry.day, HoursEntry.id)
            .options(
                joinedload(HoursEntry.person),
                joinedload(HoursEntry.organization),
                joinedload(HoursEntry.engagement).options(
                    joinedload(Engagement.line),
                    selectinload(Engagement.sessions),
                ),
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


def paid_minutes(engagement_ids: Collection[int]) -> Counter[tuple[int, Activity]]:
    """Minutes that earned money before, by engagement and group() of activity."""
    rows = db.session.execute(
        sa.select(
            HoursEntry.engagement_id, HoursEntry.activity, HoursEntry.minutes
        ).where(
            HoursEntry.engagement_id.in_(engagement_ids),
            HoursEntry.status.in_([HoursStatus.APPROVED, HoursStatus.PAID]),
            HoursEntry.cents > 0,
        )
    )
    found: Counter[tuple[int, Activity]] = Counter()
    for engagement_id, activity, minutes in rows:
        found[engagement_id, rules.group(activity)] += minutes
    return found


def done_with(last_day: date) -> list[int]:
    """Ended engagements with notes whose hours were all paid by that day."""
    open_ = sa.select(HoursEntry.engagement_id).where(
        sa.or_(
            HoursEntry.status.in_(agreed.OPEN),
            sa.and_(HoursEntry.status == HoursStatus.APPROVED, HoursEntry.cents > 0),
        )
    )
    paid_later = (
        sa.select(HoursEntry.engagement_id)
        .join(Payable, Payable.source == "hours:" + HoursEntry.uid)
        .where(Payable.paid_on > last_day)
    )
    return list(
        db.session.scalars(
            sa.select(Engagement.id)
            .where(
                Engagement.ended_on <= last_day,
                Engagement.id.not_in(open_),
                Engagement.id.not_in(paid_later),
                Engagement.id.in_(
                    sa.select(HoursEntry.engagement_id).where(
                        HoursEntry.note_sealed.is_not(None)
                    )
                ),
            )
            .order_by(Engagement.id)
        )
    )


def unpaid_preparation() -> list[int]:
    """Preparation approved as part of flat pay, for a session that was then lost."""
    moved = sa.select(TermsChange.engagement_id).where(
        TermsChange.old_starts_at.is_not(None),
        TermsChange.is_done,
        TermsChange.status == OfferStatus.CLOSED,
    )
    ended = Engagement.status.in_([EngagementStatus.LEFT, EngagementStatus.CANCELLED])
    return list(
        db.session.scalars(
            sa.select(HoursEntry.id)
            .join(HoursEntry.engagement)
            .where(
                HoursEntry.status == HoursStatus.APPROVED,
                HoursEntry.activity == Activity.PREPARATION,
                HoursEntry.cents == 0,
                sa.or_(ended, Engagement.id.in_(moved)),
            )
            .order_by(HoursEntry.id)
        )
    )


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
