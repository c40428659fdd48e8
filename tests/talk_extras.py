"""Rows of the sample year that say something: a thread, a calendar, a hand-over."""

from datetime import timedelta

import sqlalchemy as sa

from engage.core.crypto import token_hash
from engage.core.db import db, transaction
from engage.demo.year import Year
from engage.engagements import feed_entries, feeds, messages
from engage.engagements.models import Engagement, Message
from engage.engagements.queries import shown
from engage.engagements.rules import LIVE
from engage.opportunities import looked_after
from engage.people import handing
from engage.people.models import Membership, Person

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
    for engagement_id, place_id, person in rows:
        by = year.cast.coordinators[place_id][0]
        messages.write(engagement_id, "Which room is it?", by=person, now=at)
        messages.write(engagement_id, answer, by=by, now=year.now)
    engagement_id, _, person = rows[-1]
    messages.choose(engagement_id, wish=False, by=person, now=year.now)


def _turn_on(year: Year) -> None:
    person_id = db.session.scalars(
        sa.select(Engagement.person_id)
        .join(Message, Message.engagement_id == Engagement.id)
        .order_by(Message.id)
        .limit(1)
    ).one()
    person = db.session.get_one(Person, person_id)
    feeds.turn_on(has_reply_days=True, by=person, now=year.now)
    with transaction():
        found = feed_entries.feed_of(person_id)
        assert found is not None
        found.token_hash = token_hash(SECRET)


def _hand_over(year: Year) -> None:
    """One coordinator is away for a week; a colleague stands in."""
    for place in year.cast.organizations:
        team = year.cast.coordinators[place.id]
        things = looked_after.own_keys({place.id}, team[0].id)
        if len(team) < 2 or not things:
            continue
        role = db.session.scalars(
            sa.select(Membership).where(
                Membership.person_id == team[1].id,
                Membership.organization_id == place.id,
                Membership.role == "coordinator",
            )
        ).one()
        today = year.now.date() + timedelta(days=1)
        away = handing.Away(today, today + timedelta(days=7))
        key = next(iter(things))
        handing.hand_over(
            {key: place.id}, role.uid, away=away, by=team[0], now=year.now
        )
        return
