from datetime import timedelta

import pytest
import sqlalchemy as sa

from engage.core.db import db
from engage.workload import actions, jobs, queries
from engage.workload.models import AskCount, AvailabilityException, Pause
from tests import make

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


def days(column) -> list:
    return list(db.session.scalars(sa.select(column).order_by(column)))


def test_tidying_deletes_only_what_nothing_weighs_any_more(july):
    who, today = make.consultant(), july.date()
    for ago in (0, 89, 90, 200):
        actions.count_ask(who.id, today - ago * DAY)
    for ago in (-5, 0, 2, 3):
        make.save(AvailabilityException(person_id=who.id, day=today - ago * DAY))
    before = queries.asks_90d([who.id], july)

    jobs.tidy(july)
    jobs.tidy(july)

    assert days(AskCount.day) == [today - 89 * DAY, today]
    assert queries.asks_90d([who.id], july) == before == {who.id: 2}
    assert days(AvailabilityException.day) == [
        today - 2 * DAY,
        today,
        today + 5 * DAY,
    ]


def test_tidying_leaves_a_pause_without_an_end_and_takes_one_that_is_over(july):
    who, other, open_end = (make.consultant() for _ in range(3))
    today = july.date()
    for each, ends_on in ((who, today - 3 * DAY), (other, today), (open_end, None)):
        make.save(Pause(person_id=each.id, starts_on=today - 30 * DAY, ends_on=ends_on))

    jobs.tidy(july)

    assert days(Pause.person_id) == sorted([other.id, open_end.id])
