"""F14 and F15: many yeses for the last hours, and a wish that changes meanwhile."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core import db as database_of
from engage.core.db import db, transaction
from engage.engagements.models import Engagement
from engage.funding import actions as funding
from engage.funding import rules as money
from engage.offers import actions, settling
from engage.offers.models import Offer
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.people.models import Person
from engage.workload import wishes
from engage.workload.models import WorkMinutes
from engage.workload.rules import Limits
from tests import make
from tests.races.rounds import CONTROL_ROUNDS, DONE, REFUSED, ROUNDS, Act, played

CAP = 60
SIZES = (2, 2, 3, 2, 2) * 3 + (2, 2, 4, 7, 16)  # answers at once, round by round
KEPT, PASSED = "kept", "passed"


def work_alone(start: datetime) -> Opportunity:
    """An hour's work for one person, its money set aside, on a line of its own."""
    place = make.organization()
    post = make.opportunity(
        place,
        line=make.funding_line(place),
        sessions=((start, CAP),),
        preparation_minutes=0,
        debrief_minutes=0,
        seats_wanted=1,
    )
    post = opportunities.by_id(post.id)
    with transaction():
        cents = money.full_cents(opportunities.terms(post))
        source = opportunities.source(post)
        funding.set_aside(post.line, source, cents, by=None, now=clock.now())
    return post


def midweek() -> datetime:
    """A Wednesday afternoon some weeks off."""
    day = clock.now() + timedelta(days=21)
    day += (2 - day.weekday()) % 7 * timedelta(days=1)
    return day.replace(hour=15, minute=0, second=0, microsecond=0)


class Asked:
    """One person with time for one of many posts of many places, all of one week."""

    def __init__(self, app: Flask, posts: int) -> None:
        self.app = app
        with app.app_context():
            who = make.consultant()
            make.limits(who, week_minutes=CAP)
            start = midweek()
            made = [work_alone(start + timedelta(hours=n)) for n in range(posts)]
            self.offers = [make.offer(each, who).id for each in made]
            self.person_id = who.id

    def accept(self, offer_id: int) -> object:
        by = db.session.get_one(Person, self.person_id)
        return actions.accept(
            offer_id, by=by, now=clock.now(), counted=False, raised=False
        )

    def held(self) -> int:
        query = sa.select(sa.func.coalesce(sa.func.sum(WorkMinutes.minutes), 0))
        return int(db.session.scalars(query).one())

    def agreed(self) -> int:
        return db.session.scalars(sa.select(sa.func.count(Engagement.id))).one()

    def race(self, rounds: int, sizes: Sequence[int] = SIZES) -> Counter[str]:
        def acts(number: int) -> list[Act]:
            chosen = self.offers[: sizes[number % len(sizes)]]
            return [partial(self.accept, each) for each in chosen]

        def verdict(ends: list[str]) -> str:
            if self.held() > CAP or self.agreed() > 1:
                return PASSED
            right = sorted(ends) == [DONE] + [REFUSED] * (len(ends) - 1)
            return KEPT if right and self.held() == CAP else str(sorted(ends))

        return played(self.app, rounds, acts, verdict)


@ROUNDS
def test_of_many_yeses_at_the_cap_one_is_taken(fresh_app: Flask, rounds: int) -> None:
    assert Asked(fresh_app, max(SIZES)).race(rounds) == {KEPT: rounds}


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.postgres
@CONTROL_ROUNDS
def test_without_the_lock_most_rounds_pass_the_cap(
    fresh_app: Flask, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = settling.lock

    def only_read(model: type, ids: set[int]) -> Sequence[object]:
        if model is not Person:
            return locked(model, ids)
        return db.session.scalars(
            sa.select(model).where(model.id.in_(ids)).order_by(model.id)
        ).all()

    monkeypatch.setattr(settling, "lock", only_read)
    found = Asked(fresh_app, 4).race(rounds, sizes=(2, 3, 4))
    assert found[PASSED] > rounds / 2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", ["BEGIN", None])
@CONTROL_ROUNDS
def test_without_begin_immediate_sqlite_fails(
    fresh_app: Flask, rounds: int, way: str | None
) -> None:
    """A plain BEGIN turns losers away with an error and no words; Python's own way,
    which begins at the first write only, passes the cap."""
    with begins(way):
        found = Asked(fresh_app, 4).race(rounds, sizes=(2, 3, 4))
    assert found[KEPT] < rounds / 2
    if way is None:
        assert found[PASSED] > rounds / 2


@contextmanager
def begins(way: str | None) -> Iterator[None]:
    """SQLite begins another way than the house does; None leaves it to Python."""

    def begin(connection: sa.Connection) -> None:
        if way:
            connection.exec_driver_sql(way)
        else:
            connection.connection.driver_connection.isolation_level = ""

    sa.event.remove(sa.Engine, "begin", database_of._on_begin)
    sa.event.listen(sa.Engine, "begin", begin)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "begin", begin)
        sa.event.listen(sa.Engine, "begin", database_of._on_begin)


def lower(by: Person) -> None:
    wishes.set_limits(by, Limits(week_minutes=0), sure=True, now=clock.now())


def pause(by: Person) -> None:
    wishes.set_pause(by, None, now=clock.now())


@ROUNDS
def test_a_wish_that_changes_while_a_yes_commits_has_no_third_state(
    fresh_app: Flask, rounds: int
) -> None:
    """Either the yes stands with all that belongs to it, or nothing of it does."""
    asked = Asked(fresh_app, 1)

    def change(wish: Callable[[Person], None]) -> None:
        wish(db.session.get_one(Person, asked.person_id))

    def verdict(ends: list[str]) -> str:
        status = db.session.scalars(sa.select(Offer.status)).one()
        whole = {
            DONE: (DONE, "accepted", CAP, 1),
            REFUSED: (DONE, "waiting", 0, 0),
        }
        is_whole = whole.get(ends[0]) == (ends[1], status, asked.held(), asked.agreed())
        return "whole" if is_whole else str(ends)

    found = played(
        fresh_app,
        rounds,
        lambda number: [
            partial(asked.accept, asked.offers[0]),
            partial(change, (lower, pause)[number % 2]),
        ],
        verdict,
    )
    assert found == {"whole": rounds}
