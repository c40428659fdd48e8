"""Rate limits: counted in the database, exactly, whoever asks and however many."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db
from engage.core.limits import DatabaseStorage, RateCount, limiter
from tests.conftest import JULY, running


@pytest.fixture
def limited(own_address: str, tmp_path: Path) -> Iterator[Flask]:
    """An application that counts; everywhere else in the tests nothing does."""
    with running(tmp_path, own_address) as app:
        limiter.enabled = True
        yield app
        limiter.enabled = False


def test_threads_count_exactly(limited: Flask) -> None:
    def many(_: int) -> None:
        with limited.app_context():
            for _ in range(25):
                DatabaseStorage().incr("key", 60)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(many, range(8)))
    with limited.app_context():
        assert DatabaseStorage().get("key") == 200


def test_a_window_ends_and_a_new_one_begins(limited: Flask) -> None:
    storage = DatabaseStorage()
    with limited.app_context(), time_machine.travel(JULY, tick=False) as clock:
        assert [storage.incr("key", 60) for _ in range(3)] == [1, 2, 3]
        assert storage.get_expiry("key") == JULY.timestamp() + 60
        clock.shift(timedelta(seconds=61))
        assert storage.get("key") == 0
        assert storage.incr("key", 60) == 1


def test_a_key_can_be_cleared_and_is_never_kept_as_it_is(limited: Flask) -> None:
    storage = DatabaseStorage()
    with limited.app_context():
        storage.incr("address:192.0.2.7", 60)
        kept = db.session.scalars(sa.select(RateCount.key)).all()
        db.session.remove()
        assert "192.0.2.7" not in "".join(kept)
        storage.clear("address:192.0.2.7")
        assert storage.get("address:192.0.2.7") == 0
        storage.incr("other", 60)
        assert storage.reset() == 1


def test_writes_are_counted_and_the_one_too_many_is_told_so(limited: Flask) -> None:
    client = limited.test_client()
    codes = [client.post("/none").status_code for _ in range(121)]
    assert 429 not in codes
    answers = [client.post("/in/none") for _ in range(3)]
    assert {each.status_code for each in answers} <= {404, 429}
    assert client.get("/in").status_code == 200


def test_what_only_reads_has_a_budget_where_it_asks_for_one(limited: Flask) -> None:
    client = limited.test_client()
    codes = [client.get("/days/none.ics").status_code for _ in range(32)]
    assert codes == [404] * 30 + [429] * 2
    other = client.get("/days/none.ics", environ_base={"REMOTE_ADDR": "192.0.2.8"})
    assert other.status_code == 404
