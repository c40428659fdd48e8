"""Agreed work with a consultant and a coordinator who may write to each other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from engage.core.db import db
from engage.engagements.models import Engagement
from engage.offers import actions as offers
from engage.organizations.models import Organization
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]


class Talk(NamedTuple):
    engagement: Engagement
    who: Person
    by: Person
    place: Organization


def begun(now: datetime, *, is_shown: bool = True, **values: object) -> Talk:
    """Work that one person has said yes to; their name is known, or not yet."""
    place = make.organization()
    post = scenes.posted(place, **values)
    (who,) = scenes.consultants(1)
    offer = make.offer(post, who)
    engagement = offers.accept(offer.id, counted=False, raised=False, by=who, now=now)
    if is_shown:
        engagement.shown_from = None
        make.save(engagement)
    by = make.coordinator(place)
    return Talk(engagement, who, by, db.session.get_one(Organization, place.id))
