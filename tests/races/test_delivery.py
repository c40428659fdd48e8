"""F15 at the wave: a wish that is set while people are asked is the one that counts."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.offers import actions, waves
from engage.offers import jobs as offer_jobs
from engage.offers.models import Offer
from engage.people.models import Person
from engage.workload import wishes
from engage.workload.models import AskCount
from engage.workload.rules import Limits
from tests import make
from tests.races.rounds import CONTROL_ROUNDS, DONE, ROUNDS, Act, played
from tests.races.test_cap import CAP, midweek, work_alone

HOUR = timedelta(hours=1)


class Wave:
    """One post that is about to ask one person, who has another offer of that week."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            who = make.consultant()
            make.limits(who, week_minutes=CAP)
            start = midweek()
            post, other = work_alone(start), work_alone(start + 3 * HOUR)
            post.posted_at = clock.now() - timedelta(days=2)
            make.save(post)
            self.post_id, self.other = post.id, make.offer(other, who).id
            self.person_id = who.id

    def asks(self) -> int:
        query = sa.select(sa.func.count(Offer.id))
        return db.session.scalars(
            query.where(Offer.opportunity_id == self.post_id)
        ).one()

    def race(self, rounds: int) -> Counter[str]:
        """Did an ask arrive after a wish was set, and is all of it there?"""
        seen = {"after the wish": 0, "round": 0}

        def set_wish() -> None:
            # A little later each round, so that no step of the wave is left out.
            time.sleep(seen["round"] % 10 * 0.004)
            seen["round"] += 1
            wish = WISHES[seen["round"] % len(WISHES)]
            wish(self, db.session.get_one(Person, self.person_id))
            seen["after the wish"] = self.asks()

        def verdict(ends: list[str]) -> str:
            counted = db.session.scalars(sa.select(AskCount.count)).all()
            if ends != [DONE, DONE] or sum(counted) != self.asks():
                return str(ends)
            return "in time" if self.asks() == seen["after the wish"] else "late"

        acts: list[Act] = [lambda: offer_jobs.deliver(clock.now()), set_wish]
        return played(self.app, rounds, lambda number: acts, verdict)


def pause(wave: Wave, by: Person) -> None:
    wishes.set_pause(by, None, now=clock.now())


def lower(wave: Wave, by: Person) -> None:
    wishes.set_limits(by, Limits(week_minutes=0), sure=True, now=clock.now())


def fill_the_week(wave: Wave, by: Person) -> None:
    actions.accept(wave.other, by=by, now=clock.now(), counted=False, raised=False)


WISHES = (pause, lower, fill_the_week)


@ROUNDS
def test_no_ask_arrives_after_the_wish_against_it(
    fresh_app: Flask, rounds: int
) -> None:
    assert Wave(fresh_app).race(rounds) == {"in time": rounds}


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.postgres
@CONTROL_ROUNDS
def test_without_the_lock_asks_arrive_late(
    fresh_app: Flask, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_read(model: Any, ids: Any) -> Any:
        return db.session.scalars(sa.select(model).where(model.id.in_(set(ids)))).all()

    put = waves._put

    def slowly(*ask: Any) -> None:
        time.sleep(0.1)  # between weighing and asking, where the lock would be held
        put(*ask)

    monkeypatch.setattr(waves, "lock", only_read)
    monkeypatch.setattr(waves, "_put", slowly)
    assert Wave(fresh_app).race(rounds)["late"] > rounds / 10
