"""How an organization's asks are spread: one figure, never asks by name.

Whom it asked by name counts as it asked, whether or not the ask was delivered: the
figure must not tell. What the pool was asked is let in by groups of five people, so
that nobody whom it reached shows. Only asks whose day is over count, up to last night.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.offers.models import NamedAsk, Offer
from engage.offers.queries import KEPT_CLOSED
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.shares import LEAST, half_share
from engage.people.models import Alias

# Offers are forgotten after a while; what is nearly forgotten is left out.
WINDOW = KEPT_CLOSED - timedelta(days=2)


def concentration(place: Organization, now: datetime) -> int | None:
    """Percent of asks that went to the half asked most; None below five people."""
    today = calendar.local_day(now, place.zone)
    until = calendar.local_midnight_utc(today, place.zone)
    named = (
        sa.select(NamedAsk.opportunity_id, Alias.person_id)
        .join(Alias, Alias.id == NamedAsk.alias_id)
        .join(Opportunity, Opportunity.id == NamedAsk.opportunity_id)
        .where(
            Opportunity.organization_id == place.id,
            NamedAsk.reply_by < until,
            NamedAsk.reply_by >= until - WINDOW,
        )
    )
    pool = (
        sa.select(Offer.opportunity_id, Offer.person_id)
        .join(Opportunity, Opportunity.id == Offer.opportunity_id)
        .where(
            Opportunity.organization_id == place.id,
            Offer.reply_by < until,
            Offer.reply_by >= until - WINDOW,
        )
        .order_by(Offer.reply_by, Offer.id)
    )
    by_name = {(work, person_id) for work, person_id in db.session.execute(named)}
    reached = [(work, person_id) for work, person_id in db.session.execute(pool)]
    others = _by_fives(
        person_id for work, person_id in reached if (work, person_id) not in by_name
    )
    people = [person_id for _, person_id in by_name]
    return half_share(Counter([*people, *others]).values())


def _by_fives(people: Iterable[int]) -> list[int]:
    """The oldest asks first; those that make up no group of five people wait."""
    let_in: list[int] = []
    group: list[int] = []
    for person_id in people:
        group.append(person_id)
        if len(set(group)) >= LEAST:
            let_in, group = let_in + group, []
    return let_in
