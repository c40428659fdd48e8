"""Rows of the sample year that say something: a thread, a calendar, a hand-over."""

from datetime import timedelta

import sqlalchemy as sa

from engage.core.access import Role
from engage.core.crypto import token_hash
from engage.core.db import db, transaction
from engage.demo.year import Year
from engage.engagements import feed_entries, feeds, messages
from engage.engagements.models import Engagement
from engage.engagements.queries import shown
from engage.engagements.rules import LIVE
from engage.opportunities import looked_after
from engage.people import handing
from engage.people.models import Membership, Person
from tests import make

SECRET = "c" * 43  # as an address would carry it


def play(year: Year) -> None:
    _write(year)
    _turn_on(year)
    _hand_over(year)


def _write(year: Year) -> None:
    """A few messages on agreed work of two people, and one thread that was ended."""
    rows = db.session.execute(
        sa.select(Engagement.id, Engagement.organization_id, Person)
        .join(Engagement.person)
        .where(Engagement.status.in_(LIVE), shown(year.now))
        .order_by(Engagement.id)
        .limit(3)
    ).all()
    at, answer = year.now - timedelta(hours=2), "Room 4.\nThe door is on the left."
    for number, (engagement_id, place_id, person) in enumerate(rows):
        by = year.cast.coordinators[place_id][0]
        messages.write(engagement_id, "Which room is it?", by=person, now=at)
        messages.write(engagement_id, answer, by=by, now=year.now)
        if number == 1:
            messages.write(engagement_id, "Thank you.", by=person, now=year.now)
    engagement_id, _, person = rows[-1]
    messages.choose(engagement_id, wish=False, by=person, now=year.now)


def _turn_on(year: Year) -> None:
    """For whoever opens the pages of consultants in the tests of all pages."""
    from tests.pages import person_of

    person_id = person_of(Role.CONSULTANT)
    person = db.session.get_one(Person, person_id)
    feeds.turn_on(has_reply_days=True, by=person, now=year.now)
    with transaction():
        found = feed_entries.feed_of(person_id)
        assert found is not None
        found.token_hash = token_hash(SECRET)


def _hand_over(year: Year) -> None:
    """The busiest coordinator is away for a week, and a new colleague stands in."""
    place = year.cast.organizations[0]
    by = year.cast.coordinators[place.id][0]
    colleague = make.coordinator(place, staff_name="Dana Ortiz")
    role = db.session.scalars(
        sa.select(Membership).where(Membership.person_id == colleague.id)
    ).one()
    begin = year.now.date() + timedelta(days=1)
    handing.hand_over(
        looked_after.own_keys({place.id}, by.id),
        role.uid,
        is_all=True,
        away=handing.Away(begin, begin + timedelta(days=7)),
        by=by,
        now=year.now,
    )
