"""Two people press at the same moment; each test can fail, as its control shows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm.exc import StaleDataError

from engage.core.db import db
from engage.core.errors import Refused
from engage.hours import actions, deciding
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger import queries as ledger
from engage.ledger.models import Payable
from engage.people.models import Person
from engage.workload.models import WorkMinutes
from tests.conftest import JULY
from tests.hours.work import Work, agreed, log

ROUNDS = 6


def together(app: Flask, *acts: Callable[[], Any]) -> list[str]:
    """Run each in a thread with a session of its own; how each ended."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        with app.app_context():
            barrier.wait(20)
            try:
                act()
            except (Refused, StaleDataError) as refused:
                return type(refused).__name__
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def work(fresh_app: Flask) -> Work:
    with time_machine.travel(JULY, tick=False), fresh_app.app_context():
        return agreed(JULY, minutes=(600,))


def ids(app: Flask, work: Work) -> tuple[int, int, int]:
    """(entry, consultant, coordinator) of one new entry, free of any session."""
    with app.app_context():
        found = [db.session.merge(each) for each in (work.person, work.engagement)]
        entry = log(work._replace(person=found[0], engagement=found[1]), 60)
        return entry.id, found[0].id, db.session.merge(work.coordinator).id


def approve(entry: int, by: int, work: Work) -> None:
    member = db.session.get_one(Person, by)
    actions.approve([entry], by=member, now=work.done, no_interest=True)


def withdraw(entry: int, by: int, work: Work) -> None:
    actions.withdraw(entry, by=db.session.get_one(Person, by), now=work.done)


def test_approved_or_taken_back_but_never_both(fresh_app: Flask, work: Work) -> None:
    for _ in range(ROUNDS):
        entry, person, member = ids(fresh_app, work)
        ended = together(
            fresh_app,
            lambda e=entry, m=member: approve(e, m, work),
            lambda e=entry, p=person: withdraw(e, p, work),
        )
        assert sorted(ended) == ["Refused", "done"]
        with fresh_app.app_context():
            found = db.session.get_one(HoursEntry, entry)
            owed = db.session.scalars(
                sa.select(Payable.id).where(Payable.source == f"hours:{found.uid}")
            ).all()
            counted = db.session.scalars(
                sa.select(WorkMinutes.id).where(
                    WorkMinutes.source == f"hours:{found.uid}"
                )
            ).all()
            is_approved = found.status is HoursStatus.APPROVED
            assert (len(owed), len(counted)) == ((1, 1) if is_approved else (0, 0))
            assert ledger.problems() == []


def test_two_approvers_owe_once(fresh_app: Flask, work: Work) -> None:
    entry, _, member = ids(fresh_app, work)
    act = lambda: approve(entry, member, work)  # noqa: E731
    assert sorted(together(fresh_app, act, act, act)) == ["Refused", "Refused", "done"]
    with fresh_app.app_context():
        assert len(db.session.scalars(sa.select(Payable)).all()) == 1


def test_the_last_agreed_minutes_are_logged_once(fresh_app: Flask, work: Work) -> None:
    with fresh_app.app_context():
        engagement = db.session.merge(work.engagement).id
        person = db.session.merge(work.person).id

    def act() -> None:
        own = db.session.get_one(Person, person)
        repeat = {"session_number": 1, "activity": "session"}
        actions.repeat(engagement, **repeat, by=own, now=work.done)

    assert sorted(together(fresh_app, act, act, act)) == ["Refused", "Refused", "done"]


@pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)]
)
def test_without_the_locks_both_would_go_through(
    fresh_app: Flask, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: a decision that locks nothing is not simply refused in words."""
    monkeypatch.setattr(deciding, "lock", lambda *_: [])
    monkeypatch.setattr(actions, "lock_one", lambda *_: None)
    seen = set()
    for _ in range(ROUNDS * 3):
        entry, person, member = ids(fresh_app, work._replace())
        seen |= set(
            together(
                fresh_app,
                lambda e=entry, m=member: approve(e, m, work),
                lambda e=entry, p=person: withdraw(e, p, work),
            )
        )
        if "StaleDataError" in seen:
            break
    assert "StaleDataError" in seen
