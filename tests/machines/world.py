"""Two organizations and four consultants, a clock, and the book beside them."""

import random
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.engagements import jobs as engagement_jobs
from engage.funding.models import FundingLine
from engage.hours import jobs as hour_jobs
from engage.offers import jobs as offer_jobs
from engage.offers import waves
from engage.opportunities import actions as posts
from engage.opportunities import jobs as post_jobs
from engage.organizations.models import Organization
from engage.panels import jobs as panel_jobs
from engage.people.models import Person
from engage.workload import jobs as workload_jobs
from engage.workload.rules import Limits
from tests import make
from tests.filled import undone
from tests.machines import holds
from tests.machines.book import Book
from tests.machines.lives import DAY, HOLIDAYS, HOUR, LIMITS, STARTS, WORK, ZONES
from tests.machines.raw import TABLES, Raw

JOBS: tuple[Callable[[datetime], object], ...] = (
    workload_jobs.tidy,
    offer_jobs.close_due,
    offer_jobs.settle_due,
    offer_jobs.deliver,
    post_jobs.follow_dates,
    engagement_jobs.finish_due,
    hour_jobs.approve_due,
    hour_jobs.pay_preparation,
    hour_jobs.settle,
    panel_jobs.raise_past_plans,
)


class World(RuleBasedStateMachine):
    """One example: all that it writes is undone at its end."""

    app: ClassVar[Flask]
    met: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.undoing = ExitStack()
        self.undoing.enter_context(undone(self.app))
        # What fails once has to fail again: the waves' own chance is fixed as well.
        self.undoing.callback(setattr, waves, "_random", waves._random)
        waves._random = random.Random(1)
        self.book = Book(HOLIDAYS)
        self.raw: Raw | None = None
        self.is_new = True
        sa.event.listen(db.engines[None], "before_cursor_execute", self._sent)

    def _sent(self, *seen: Any) -> None:
        """Only what was written to a table of the book is worth another look."""
        verb, *words = seen[2].replace('"', " ").split(maxsplit=3)
        if verb in {"INSERT", "UPDATE", "DELETE"}:
            self.is_new |= not set(words[:2]).isdisjoint(TABLES)

    def teardown(self) -> None:
        self.met.update(self.book.met)
        self.undoing.close()

    # The world

    @initialize(
        start=st.sampled_from(STARTS),
        places=st.lists(st.sampled_from(ZONES), min_size=2, max_size=2),
        homes=st.lists(st.sampled_from(ZONES), min_size=4, max_size=4),
        limits=st.lists(LIMITS, min_size=3, max_size=3),
        weekday=st.sampled_from([0, 5, 6]),
        balance=st.sampled_from([60_000_00, 3_000_00]),
        first=st.lists(WORK, min_size=2, max_size=2),
    )
    def begin(
        self,
        start: datetime,
        places: list[str],
        homes: list[str],
        limits: list[Limits],
        weekday: int,
        balance: int,
        first: list[dict[str, Any]],
    ) -> None:
        self.now = start
        self.clock = self.undoing.enter_context(time_machine.travel(start, tick=False))
        self.places = [make.organization(zone=zone).id for zone in places]
        rows = [db.session.get_one(Organization, each) for each in self.places]
        self.authors = [make.coordinator(each).id for each in rows]
        self.line = make.funding_line(*rows, balance_cents=balance).id
        self.people = []
        for number, zone in enumerate(homes):
            who = make.consultant(zone=zone, week_start=(weekday + number) % 7)
            self.people.append(who.id)
            for place in rows:
                make.alias(who, place, is_listed=True)
            if number < len(limits):
                make.limits(who, **vars(limits[number]))
        self.look()
        for number, work in enumerate(first):
            self.put_up(number, work)
        self.pass_on(24)

    def look(self, **raised: Any) -> None:
        db.session.remove()
        if self.is_new:
            self.raw = self.book.look(self.now, **raised)
            self.is_new = False
            db.session.remove()

    def act(self, act: Callable[[], object], **raised: Any) -> None:
        """One press of somebody; a refusal is an answer too."""
        try:
            act()
        except (Refused, NotFound):
            db.session.rollback()
        self.look(**raised)

    def person(self, number: int) -> Person:
        return db.session.get_one(Person, self.people[number % len(self.people)])

    def some(self, model: Any, number: int, *where: Any) -> Any:
        ids = db.session.scalars(sa.select(model.id).where(*where).order_by(model.id))
        found = ids.all()
        return db.session.get_one(model, found[number % len(found)]) if found else None

    @invariant()
    def it_holds(self) -> None:
        if self.raw is not None:
            holds.check(self.book, self.raw)

    def pass_on(self, hours: int) -> None:
        for stride in [24] * (hours // 24) + [hours % 24] * (hours % 24 > 0):
            self.now += stride * HOUR
            self.clock.move_to(self.now)
            for job in JOBS:
                job(self.now)
                self.look()

    def put_up(self, place: int, work: dict[str, Any]) -> None:
        number = place % len(self.places)
        organization = db.session.get_one(Organization, self.places[number])
        author = db.session.get_one(Person, self.authors[number])
        line = db.session.get_one(FundingLine, self.line)
        values = dict(work)
        first = self.now.replace(minute=0) + values.pop("first") * DAY
        first = first.replace(hour=values.pop("hour"))
        minutes, starts = values.pop("minutes"), [first]
        for gap in values.pop("gaps"):
            starts.append(starts[-1] + gap * DAY)
        days = values.pop("answer_days")
        draft = make.opportunity(
            organization,
            line=line,
            sessions=tuple((each, minutes) for each in starts),
            status="draft",
            posted_at=None,
            reply_by=min(self.now + days * DAY, first - HOUR),
            **values,
        )
        self.act(
            lambda: posts.post(draft.id, warnings_seen=True, by=author, now=self.now)
        )
