"""How an organization's asks are spread: one figure, never asks by name.

Whom it asked by name counts as it asked, whether or not the ask was delivered: the
figure must not tell. Only asks whose day is over count, up to last night.
"""

from collections import Counter
from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.offers.models import NamedAsk, Offer
from engage.offers.queries import KEPT_CLOSED
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.shares import half_share
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
    )
    rows = db.session.execute(sa.union(named, pool))  # once for each work and person
    return half_share(Counter(person_id for _, person_id in rows).values())
