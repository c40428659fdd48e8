"""F16 and F17: a panel changed by two people at once, and two that share members."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, lock_one, transaction
from engage.engagements import actions as engagements
from engage.engagements.models import Engagement
from engage.offers import actions, settling
from engage.panels import actions as panels
from engage.panels.models import CountChoice, Panel, Seat, VoiceFlag
from engage.people.models import Person
from tests import make, scenes
from tests.races.rounds import CONTROL_ROUNDS, DONE, ROUNDS, Act, played

MATCH = "the flag is the panel's"
DEADLOCK_SEEN = "100ms"  # PostgreSQL looks for one only after this


class Board:
    """A panel of four, of whom two have agreed to work that they may leave."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            post = scenes.posted(make.organization(), seats=4)
            people = scenes.consultants(4)
            self.panel_id, self.people = post.panel_id, [each.id for each in people]
            panel = db.session.get_one(Panel, post.panel_id)
            for each in people[2:]:
                offer = make.offer(post, each)
                actions.accept(
                    offer.id, by=each, now=clock.now(), counted=True, raised=False
                )
            seats = db.session.scalars(
                sa.select(Seat).where(
                    Seat.panel_id == panel.id,
                    Seat.kind == "survivor",
                    Seat.status == "open",
                )
            ).all()
            with transaction():
                lock_one(Panel, panel.id)
                for each, seat in zip(people[:2], seats, strict=True):
                    panels.take_seat(
                        panel, seat, person=each, label="", counted=False, by=None,
                        now=clock.now(),
                    )  # fmt: skip
            found = db.session.scalars(sa.select(Engagement).order_by(Engagement.id))
            self.agreed = {each.person_id: each.id for each in found}

    def choose(self, place: int, counted: bool) -> None:
        by = db.session.get_one(Person, self.people[place])
        panels.choose(self.panel_id, counted=counted, by=by, now=clock.now())

    def leave(self, place: int) -> None:
        by = db.session.get_one(Person, self.people[place])
        engagements.leave(self.agreed[by.id], by=by, now=clock.now())

    def open_seat(self) -> None:
        with transaction():
            panel = lock_one(Panel, self.panel_id)
            panels.open_seat(panel, by=None, now=clock.now())

    def changes(self, number: int) -> list[Act]:
        """Two to four changes that matter to the flag, by the round's own chance."""
        chance = random.Random(number)
        every: list[Act] = [
            partial(self.choose, 0, True),
            partial(self.choose, 1, True),
            partial(self.leave, 2),
            partial(self.choose, 3, False),
            self.open_seat,
        ]
        return chance.sample(every, chance.choice([2, 2, 3, 4]))

    def verdict(self, ends: list[str]) -> str:
        if set(ends) != {DONE}:
            return str(ends)
        panel = db.session.get_one(Panel, self.panel_id)
        people = db.session.scalars(
            sa.select(Seat.person_id)
            .join(
                CountChoice,
                sa.and_(
                    CountChoice.panel_id == Seat.panel_id,
                    CountChoice.person_id == Seat.person_id,
                ),
            )
            .where(
                Seat.panel_id == panel.id, Seat.status == "held", CountChoice.is_counted
            )
        )
        number = len(set(people))
        state = {0: ["not_known"], 1: ["sole"]}.get(number, [])
        flags = db.session.scalars(
            sa.select(VoiceFlag.state).where(VoiceFlag.status != "cleared")
        )
        return MATCH if [str(each) for each in flags] == state else "stale"


@ROUNDS
def test_the_flag_is_that_of_the_panel_that_was_saved(
    fresh_app: Flask, rounds: int
) -> None:
    board = Board(fresh_app)
    assert played(fresh_app, rounds, board.changes, board.verdict) == {MATCH: rounds}


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.postgres
@CONTROL_ROUNDS
def test_without_the_lock_on_the_panel_flags_go_stale(
    fresh_app: Flask, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Board(fresh_app)

    def only_read(model: Any, row_id: int) -> Any:
        return db.session.get_one(model, row_id)

    monkeypatch.setattr(panels, "lock_one", only_read)

    def acts(number: int) -> list[Act]:
        return [partial(board.choose, 2, False), partial(board.choose, 3, False)]

    found = played(fresh_app, rounds, acts, board.verdict)
    assert found[MATCH] < rounds / 2


class TwoBoards:
    """The same two people on two panels: each waits where the other now says yes."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            posts = [scenes.posted(make.organization()) for _ in range(2)]
            people = scenes.consultants(2)
            self.people = [each.id for each in people]
            self.posts = [each.id for each in posts]
            self.panels = [each.panel_id for each in posts]
            self.offers = {}
            for number, post in enumerate(posts):
                for place, who in enumerate(people):
                    self.offers[number, place] = make.offer(post, who).id
            for number in range(2):
                self.answer(number, 1 - number, is_plain=False)

    def answer(self, board: int, place: int, *, is_plain: bool = True) -> None:
        by = db.session.get_one(Person, self.people[place])
        verb = actions.accept if is_plain else actions.accept_if_second
        offer = self.offers[board, place]
        verb(offer, by=by, now=clock.now(), counted=True, raised=False)

    def lock_for_yes(self, board: int) -> None:
        """All locks of a yes on one panel, and of who settles with it, then let go."""
        person_id, post_id = self.people[board], self.posts[board]
        panel_id = self.panels[board]

        def work(is_last: bool) -> None:
            settling.ground(
                {person_id}, {post_id}, panel_id, clock.now(), is_last=is_last
            )

        settling.twice(work)

    def acts(self, number: int) -> list[Act]:
        """Whole yeses in every tenth round; else their locks, where the danger is."""
        if number % 10 == 0:
            return [partial(self.answer, 0, 0), partial(self.answer, 1, 1)]
        return [partial(self.lock_for_yes, 0), partial(self.lock_for_yes, 1)]

    def verdict(self, ends: list[str]) -> str:
        agreed = db.session.scalars(sa.select(sa.func.count(Engagement.id))).one()
        return "settled" if ends == [DONE, DONE] and agreed in {0, 4} else str(ends)


@ROUNDS
def test_two_panels_that_share_members_settle_in_bounded_time(
    fresh_app: Flask, rounds: int
) -> None:
    boards = TwoBoards(fresh_app)
    began = time.monotonic()
    found = played(fresh_app, rounds, boards.acts, boards.verdict)
    assert found == {"settled": rounds}
    assert time.monotonic() - began < rounds * 2


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.postgres
@CONTROL_ROUNDS
def test_locked_in_opposite_orders_they_end_in_a_deadlock(
    fresh_app: Flask, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    boards = TwoBoards(fresh_app)
    locked = settling.lock
    own_first = {0: 0, 1: 0}

    def in_any_order(model: Any, ids: set[int]) -> Sequence[Any]:
        if model is not Person or len(ids) < 2:
            return locked(model, ids)
        order = sorted(ids, reverse=bool(own_first[0] % 2))
        own_first[0] += 1
        rows = []
        for each in order:
            rows += locked(model, {each})
            time.sleep(0.02)
        return rows

    monkeypatch.setattr(settling, "lock", in_any_order)
    with deadlocks_seen_soon(fresh_app):
        found = played(fresh_app, rounds, boards.acts, boards.verdict)
    assert found["settled"] < rounds / 2


@contextmanager
def deadlocks_seen_soon(app: Flask) -> Iterator[None]:
    """PostgreSQL waits a second before it looks for a deadlock; here less."""

    def sooner(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET deadlock_timeout = '{DEADLOCK_SEEN}'")
        connection.commit()

    with app.app_context():
        engine = db.engine
    engine.dispose()
    sa.event.listen(engine, "connect", sooner)
    try:
        yield
    finally:
        sa.event.remove(engine, "connect", sooner)
        engine.dispose()
