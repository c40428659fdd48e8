"""Several at a time: never more than allowed, never faster, and nobody left out."""

import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from engage.core.at_once import for_each_at_once
from engage.core.db import Unreachable, db, transaction
from engage.organizations.models import Organization
from tests import make

FAST = 10_000.0


class Work:
    """Notes when each item began, and how many were at work together."""

    def __init__(self, seconds: float = 0.02) -> None:
        self.seconds, self.lock = seconds, threading.Lock()
        self.began: list[float] = []
        self.done: list[int] = []
        self.now = self.most = 0

    def __call__(self, item: int) -> None:
        with self.lock:
            self.began.append(time.monotonic())
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.seconds)
        with self.lock:
            self.now -= 1
            self.done.append(item)


@pytest.mark.parametrize("most", [1, 2, 4])
def test_all_are_done_and_never_more_at_a_time(bare_app: Flask, most: int) -> None:
    work = Work()
    with bare_app.app_context():
        for_each_at_once(range(12), work, most=most, per_second=FAST)
    assert sorted(work.done) == list(range(12))
    assert work.most == most


@pytest.mark.parametrize("most", [1, 4])
def test_none_begins_before_its_time(bare_app: Flask, most: int) -> None:
    work = Work(0)
    with bare_app.app_context():
        for_each_at_once(range(6), work, most=most, per_second=50)
    assert work.began[-1] - work.began[0] >= 5 / 50 - 0.01
    assert min(b - a for a, b in pairwise(work.began)) >= 0


@pytest.mark.parametrize("most", [1, 4])
def test_one_that_fails_holds_nobody_up(bare_app: Flask, most: int) -> None:
    work = Work(0)

    def act(item: int) -> None:
        if item == 2:
            raise ValueError("two")
        work(item)

    with bare_app.app_context(), pytest.raises(ValueError, match="two"):
        for_each_at_once(range(6), act, most=most, per_second=FAST)
    assert sorted(work.done) == [0, 1, 3, 4, 5]


@pytest.mark.parametrize("most", [1, 2])
def test_a_database_that_is_away_ends_it(bare_app: Flask, most: int) -> None:
    begun: list[int] = []

    def act(item: int) -> None:
        begun.append(item)
        time.sleep(0.01)
        raise OperationalError("", {}, Exception("away"))

    with bare_app.app_context(), pytest.raises(Unreachable):
        for_each_at_once(range(20), act, most=most, per_second=FAST)
    assert len(begun) <= 2 * most


@pytest.mark.parametrize("most", [1, 3])
def test_an_item_is_taken_only_when_it_can_begin(bare_app: Flask, most: int) -> None:
    work = Work()
    ahead: list[int] = []

    def items() -> Iterator[int]:
        for item in range(9):
            ahead.append(item - len(work.done))
            yield item

    with bare_app.app_context():
        for_each_at_once(items(), work, most=most, per_second=FAST)
    assert max(ahead) <= most


def test_each_has_a_session_of_its_own(fresh_app: Flask) -> None:
    sessions: set[int] = set()

    def act(number: int) -> None:
        sessions.add(id(db.session()))
        with transaction() as session:
            session.get_one(Organization, ids[number]).name = f"New {number}"

    with fresh_app.app_context():
        ids = [make.organization().id for _ in range(8)]
        mine = id(db.session())
        for_each_at_once(range(8), act, most=4, per_second=FAST)
        names = {db.session.get_one(Organization, each).name for each in ids}
    assert mine not in sessions
    assert names == {f"New {number}" for number in range(8)}
