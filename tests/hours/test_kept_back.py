"""Whose name is kept back while asking goes on is kept back with their hours."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import Refused
from engage.hours import actions, waiting
from engage.hours.rules import HoursStatus
from engage.notices import queries as notices
from engage.notices.models import Notice
from engage.workload.rules import Activity
from tests import make
from tests.hours.work import Work, agreed, log

pytestmark = pytest.mark.usefixtures("app")
DAY = timedelta(days=1)


def hidden(now: datetime) -> Work:
    """A yes to the pool whose name shows in ten days, with preparation before."""
    work = agreed(now)
    work.engagement.shown_from = now + 10 * DAY
    make.save(work.engagement)
    return work


def prepared(work: Work, now: datetime) -> str:
    entry = log(
        work, 30, activity=Activity.PREPARATION, day=now.date() + DAY, now=now + DAY
    )
    return entry.uid


def test_hours_of_a_hidden_name_cannot_be_approved_by_guessing(july: datetime) -> None:
    work = hidden(july)
    uid = prepared(work, july)
    places = {work.place.id}

    assert waiting.ids(places, [uid], july + DAY) == {}
    with pytest.raises(Refused):
        actions.approve_seen(
            {uid: 1}, places, by=work.coordinator, now=july + DAY, no_interest=True
        )
    assert list(waiting.ids(places, [uid], july + 10 * DAY)) == [uid]


def test_nobody_is_told_of_hours_before_the_name_shows(july: datetime) -> None:
    work = hidden(july)
    prepared(work, july)
    actions.ask_more(work.engagement.id, by=work.person, now=july + DAY)
    own = Notice.person_id == work.coordinator.id
    kinds = {"hours_waiting", "hours_more"}

    early = {one.kind for one in notices.inbox(work.coordinator.id, july + 9 * DAY)}
    assert not early & kinds
    due = db.session.scalars(sa.select(Notice.next_try_at).where(own))
    assert not [at for at in due if at is not None and at < july + 10 * DAY]
    late = {one.kind for one in notices.inbox(work.coordinator.id, july + 10 * DAY)}
    assert kinds <= late


def test_a_shown_name_is_told_at_once_beside_a_hidden_one(july: datetime) -> None:
    work = hidden(july)
    prepared(work, july)
    other = agreed(july, place=work.place, line=work.line)
    entry = log(
        other, 30, activity=Activity.PREPARATION, day=july.date(), now=july + DAY
    )
    assert entry.status is HoursStatus.SUBMITTED
    told = [one.kind for one in notices.inbox(work.coordinator.id, july + DAY)]
    assert "hours_waiting" in told
