"""New dates and more time that are being asked for in the sample data right now."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.demo.year import Year
from engage.engagements import changed
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement, EngagementSession
from engage.engagements.rules import LIVE
from engage.funding.rules import PayKind
from engage.offers import more, moving
from engage.offers.models import TermsChange
from engage.opportunities import queries as opportunities

ANSWER_DAYS = 5
DAY = timedelta(days=1)


def ask(year: Year) -> None:
    """One piece of agreed work gets a new day, another one is asked for more time."""
    moved = _first(year, _move)
    if moved is not None:
        _first(year, _more, without=moved.opportunity_id)


def _first(
    year: Year, act: Callable[[Year, Engagement], bool], *, without: int | None = None
) -> Engagement | None:
    for found in _candidates(year, without):
        try:
            with transaction():
                if act(year, found):
                    return found
                raise Refused("it would not reach the person")
        except Refused:
            continue
    return None


def _candidates(year: Year, without: int | None) -> Iterator[Engagement]:
    """Agreed work with a session between two and eight weeks off, shown by name."""
    far = sa.select(EngagementSession.engagement_id).where(
        EngagementSession.starts_at.between(year.now + 14 * DAY, year.now + 56 * DAY)
    )
    ids = db.session.scalars(
        sa.select(Engagement.id)
        .where(
            Engagement.status.in_(LIVE),
            Engagement.id.in_(far),
            engagements.shown(year.now),
            Engagement.opportunity_id != (without or 0),
        )
        .order_by(Engagement.id)
    ).all()
    return (engagements.whole(each) for each in ids)


def _reply_by(year: Year, zone: str) -> datetime:
    day = calendar.local_day(year.now, zone) + ANSWER_DAYS * DAY
    return calendar.end_of_local_day_utc(day, zone)


def _move(year: Year, found: Engagement) -> bool:
    """The first session that is far enough off goes to the next day."""
    post = opportunities.by_id(found.opportunity_id)
    held = changed.held_starts(found)
    session = min(
        (
            each
            for each in post.sessions
            if each.starts_at > year.now + 14 * DAY and each.starts_at in held
        ),
        key=lambda each: each.starts_at,
    )
    moving.move(
        post.id,
        version=post.version,
        which=session.uid,
        starts_at=session.starts_at + DAY,
        lines={},
        reply_by=_reply_by(year, post.organization.zone),
        by=year.cast.coordinators[post.organization_id][0],
        now=year.now,
    )
    return True


def _more(year: Year, found: Engagement) -> bool:
    """One more session, a week after the last; True where it reaches the person."""
    if found.terms["pay_kind"] not in {PayKind.HOURLY, PayKind.SESSION_STIPEND}:
        return False
    last = max(changed.held_starts(found))
    minutes = changed.moments(found.terms)[last]
    change = more.ask(
        found.id,
        longer={},
        added={last + 7 * DAY: minutes},
        preparation_minutes=found.terms["preparation_minutes"],
        debrief_minutes=found.terms["debrief_minutes"],
        reply_by=_reply_by(year, found.organization.zone),
        by=year.cast.coordinators[found.organization_id][0],
        now=year.now,
    )
    more.deliver(change.id, now=change.next_at)
    return db.session.get_one(TermsChange, change.id).is_delivered
