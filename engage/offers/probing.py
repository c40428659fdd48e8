"""What one organization asked one person before, as it could see it end itself."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.engagements.models import Engagement
from engage.engagements.queries import shown
from engage.offers import rules
from engage.offers.models import NamedAsk, TermsChange
from engage.offers.rules import OfferStatus
from engage.offers.terms_rules import ChangeKind
from engage.opportunities.models import Opportunity, WorkSession
from engage.people.models import Alias

PROBING = timedelta(days=90)


class PastAsk(NamedTuple):
    """An ask by name, or for more time, of the past 90 days; it sorts by its moment."""

    asked_at: datetime
    kind: str
    id: int
    reply_by: datetime
    minutes: int
    is_yes: bool


def past_asks(alias_ids: Collection[int], now: datetime) -> dict[int, list[PastAsk]]:
    """Everything that was asked of the people behind these aliases and is kept.

    A yes that is still kept back from the organization counts as none.
    """
    found: dict[int, list[PastAsk]] = defaultdict(list)
    for kind, asks in (("named", _named(now)), ("more", _more())):
        rows = db.session.execute(asks.where(Alias.id.in_(alias_ids)))
        for alias_id, ask_id, asked_at, reply_by, minutes, is_yes in rows:
            found[alias_id].append(
                PastAsk(asked_at, kind, ask_id, reply_by, int(minutes), bool(is_yes))
            )
    return found


def _named(now: datetime) -> sa.Select[int, int, datetime, datetime, int, bool]:
    is_yes = (
        sa.exists()
        .where(
            Engagement.opportunity_id == NamedAsk.opportunity_id,
            Engagement.person_id == Alias.person_id,
            shown(now),
        )
        .correlate(NamedAsk, Alias)
    )
    return (
        sa.select(
            Alias.id,
            NamedAsk.id,
            NamedAsk.asked_at,
            NamedAsk.reply_by,
            _minutes(),
            is_yes,
        )
        .join(NamedAsk, NamedAsk.alias_id == Alias.id)
        .join(Opportunity, Opportunity.id == NamedAsk.opportunity_id)
    )


def _more() -> sa.Select[int, int, datetime, datetime, int, bool]:
    return (
        sa.select(
            Alias.id,
            TermsChange.id,
            TermsChange.asked_at,
            TermsChange.reply_by,
            TermsChange.minutes,
            TermsChange.status == OfferStatus.ACCEPTED,
        )
        .join(
            Engagement,
            sa.and_(
                Engagement.person_id == Alias.person_id,
                Engagement.organization_id == Alias.organization_id,
            ),
        )
        .join(TermsChange, TermsChange.engagement_id == Engagement.id)
        .where(TermsChange.kind == ChangeKind.MORE_TIME)
    )


def may_ask(
    past: Iterable[PastAsk], asked_at: datetime, minutes: int, zone: str, now: datetime
) -> bool:
    """Weighs what the organization did visibly, and nothing of the person's.

    An ask that was answered with a yes is over: it is no longer open, and nothing has
    to cool after it.
    """
    missed = [each for each in past if not each.is_yes]
    days = [calendar.local_day(each.asked_at, zone) for each in missed]
    return rules.may_ask_named(
        sum(each.reply_by > now for each in missed),
        max(days, default=None),
        calendar.local_day(asked_at, zone),
        minutes,
        [each.minutes for each in missed],
    )


def alias_id_of(person_id: int, organization_id: int) -> int | None:
    return db.session.scalar(
        sa.select(Alias.id).where(
            Alias.person_id == person_id, Alias.organization_id == organization_id
        )
    )


def minutes_of(post: Opportunity) -> int:
    """All the time of one person on this post."""
    return int(
        db.session.scalar(sa.select(_minutes()).where(Opportunity.id == post.id)) or 0
    )


def _minutes() -> sa.ScalarSelect[int]:
    beside = sum(
        (
            sa.func.coalesce(each, 0)
            for each in (
                Opportunity.preparation_minutes,
                Opportunity.travel_minutes,
                Opportunity.debrief_minutes,
            )
        ),
        start=sa.literal(0),
    )
    each = WorkSession.minutes + beside
    return (
        sa.select(sa.func.coalesce(sa.func.sum(each), 0))
        .where(WorkSession.opportunity_id == Opportunity.id)
        .correlate(Opportunity)
        .scalar_subquery()
    )
