"""Applications on sample data: made once in a session, each test's writes undone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.people import actions as people
from engage.people.models import Person
from tests import sample, setup_extras
from tests.clients import Browser
from tests.sample import Sample

Filled = Callable[..., Flask]
STEADY = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # Sunday morning in New York


def fill_up(app: Flask, size: str) -> Flask:
    """Play a year of that size in it."""
    sample.play(app, size)
    return opened(app)


def opened(app: Flask) -> Flask:
    setup_extras.open_stripe(app)
    # A page that breaks is an answer like others here, to be counted and told of.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture(scope="session")
def filled(
    databases: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    """filled("small", "sqlite"): an application on sample data of that size.

    One of its `own` is shared with nobody: no page of it was looked at before. One of
    `steady` was played at the same hour of the same day in every run: it is for tests
    in `steady_day`, which ask what is there and not only what is done with it.
    """
    from tests.conftest import running

    made: dict[tuple[str, str, str, bool], Flask] = {}

    def played(size: str, steady: bool) -> Sample:
        kind, day = ("-steady", time_machine.travel(STEADY)) if steady else ("", None)
        base, name = tmp_path_factory.getbasetemp(), f"year-{size}{kind}"
        with sample.first_of_all(base, name) as folder:
            if folder is not None:
                address = databases.make("sqlite", folder)
                with running(folder, address) as app, day or nullcontext():
                    sample.play(app, size)
                    Sample(folder).keep(app.config["SETTINGS"])
        return Sample(sample.shared(base) / name)

    with ExitStack() as at_end:

        def get(
            size: str, database: str = "sqlite", own: str = "", steady: bool = False
        ) -> Flask:
            key = (size, database, own, steady)
            if key not in made:
                folder = tmp_path_factory.mktemp(f"{size}-{database}")
                address, year = databases.make(database, folder), played(size, steady)
                app = at_end.enter_context(running(folder, address, like=year))
                sample.bring(year, app)
                made[key] = opened(app)
            return made[key]

        yield get


@contextmanager
def steadily() -> Iterator[None]:
    """Soon after the year that is steady was played."""
    with time_machine.travel(STEADY + timedelta(hours=1)):
        yield


@pytest.fixture
def steady_day() -> Iterator[None]:
    with steadily():
        yield


@contextmanager
def undone(app: Flask) -> Iterator[None]:
    """What is written meanwhile, commits included, is taken back at the end."""
    with app.app_context():
        engine = db.engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection  # type: ignore[assignment]
            _join_by("create_savepoint")
            try:
                yield
            finally:
                db.session.remove()
                outer.rollback()
                db.engines[None] = engine
                _join_by("conditional_savepoint")


@contextmanager
def step_undone() -> Iterator[None]:
    """Inside `undone`: what is written in this one step is taken back, no more."""
    connection: Any = db.engines[None]
    db.session.commit()  # what was read before is over, or its end would end the step
    step = connection.begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        step.rollback()


def _join_by(mode: Any) -> None:
    db.session.remove()
    db.session.configure(join_transaction_mode=mode)


def browser_of(app: Flask, person_id: int | None) -> Browser:
    """A new browser, in which that person is signed in, or nobody."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    if person_id is not None:
        with app.app_context():
            person = db.session.scalar(sa.select(Person).where(Person.id == person_id))
            assert person is not None
            token = people.start_sign_in(person, now=clock.now())
        browser.remember(_user_id=token, _fresh=True)
    return browser
