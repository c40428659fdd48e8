"""Two runs of one payer released at once: together they stay below the caps (F40)."""

import time
from collections.abc import Callable

import pytest
from flask import Flask

from engage.core import clock
from engage.payouts import actions, weighing
from engage.payouts.rules import Caps
from engage.people.models import Person
from tests import make
from tests.payouts.owing import owed, prepared
from tests.races.test_payouts import at_once, people_of

DAY = Caps(day_cents=100_00)


@pytest.fixture(autouse=True)
def _slow_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has read what went out today takes a moment before writing."""
    sums = weighing.released_sums

    def slow(*args: object) -> object:
        found = sums(*args)
        time.sleep(0.3)
        return found

    monkeypatch.setattr(weighing, "released_sums", slow)


def two_releases(app: Flask) -> list[str]:
    """How two releases of 75 dollars each ended, where 100 a day are allowed."""
    with app.app_context():
        payer = make.payer()
        maker = make.finance(payer)
        runs = [prepared(payer, maker, owed(payer, cents=75_00)).id for _ in range(2)]
        people = people_of(payer)

    def releases(batch_id: int) -> Callable[[Person], object]:
        return lambda person: actions.release(
            batch_id, by=person, now=clock.now(), caps=DAY, no_interest=True
        )

    return at_once(app, people, *map(releases, runs))


def test_f40_two_runs_released_at_once_stay_below_the_cap(fresh_app: Flask) -> None:
    assert two_releases(fresh_app) == ["done", "refused"]


def test_the_control_without_the_payers_lock_passes_the_cap(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "sqlite" in fresh_app.config["SQLALCHEMY_DATABASE_URI"]:
        pytest.skip("its one writer at a time hides the race")
    lock_one = actions.lock_one

    def loose(model: type, row_id: int) -> object:
        return None if model is actions.Organization else lock_one(model, row_id)

    monkeypatch.setattr(actions, "lock_one", loose)
    assert two_releases(fresh_app) == ["done", "done"]
