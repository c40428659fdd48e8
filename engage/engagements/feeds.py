"""Turning a private calendar address on and off; its secret is shown once."""

from datetime import datetime

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core import crypto
from engage.core.db import lock_one, transaction
from engage.core.errors import NotFound
from engage.engagements import feed_entries
from engage.engagements.models import CalendarFeed
from engage.people import reopening
from engage.people.models import Person


def turn_on(*, has_reply_days: bool, by: Person, now: datetime) -> str:
    """Make the address and return its secret, which is stored nowhere."""
    token = crypto.new_token()
    with transaction() as session:
        lock_one(Person, by.id)
        feed = feed_entries.feed_of(by.id)
        if feed is None:
            feed = CalendarFeed(person_id=by.id)
            session.add(feed)
        feed.token_hash = crypto.token_hash(token)
        feed.has_reply_days = has_reply_days
        _record("on", feed, by, now)
    return token


def renew(*, by: Person, now: datetime) -> str:
    """A new address; the old one answers from this moment as if it had never been."""
    token = crypto.new_token()
    with transaction():
        feed = _locked(by)
        feed.token_hash = crypto.token_hash(token)
        _record("renewed", feed, by, now)
    return token


def change(*, has_reply_days: bool, by: Person, now: datetime) -> None:
    with transaction():
        feed = _locked(by)
        feed.has_reply_days = has_reply_days
        _record("changed", feed, by, now)


def turn_off(*, by: Person, now: datetime) -> None:
    """No row is left: the address is like one that nobody ever had."""
    with transaction() as session:
        feed = _locked(by)
        _record("off", feed, by, now)
        session.delete(feed)


def end_for(person_id: int) -> None:
    """Of an account that was opened anew: others may have the address."""
    with transaction() as session:
        session.execute(
            sa.delete(CalendarFeed).where(CalendarFeed.person_id == person_id)
        )


reopening.ENDS_TOO.append(end_for)


def _locked(by: Person) -> CalendarFeed:
    lock_one(Person, by.id)
    feed = feed_entries.feed_of(by.id)
    if feed is None:
        raise NotFound
    return feed


def _record(verb: str, feed: CalendarFeed, by: Person, now: datetime) -> None:
    audit.record(
        f"calendar.{verb}",
        subject=by.subject,
        thing=f"calendar_feed:{feed.uid}",
        by=by,
        now=now,
    )
