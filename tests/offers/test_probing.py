"""An attacker with several organizations asks one person, over and over, in many sizes.

What is measured: how many of the possible answers to "how many hours a week has this
person?" the attacker's whole transcript tells apart.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import Refused
from engage.offers import actions, answering, jobs, rules, waves
from engage.offers.models import Offer, TermsChange
from engage.offers.rules import OfferStatus
from engage.opportunities import queries as opportunities
from engage.people.models import Person
from tests import make, scenes
from tests.conftest import Kept
from tests.filled import browser_of, undone
from tests.offers.alike import look
from tests.offers.changing import Agreed, agreed, ask_more

PLACES, ROUNDS, EVERY = 3, 6, timedelta(days=15)  # 90 days, each pause long enough
LARGEST = PLACES * ROUNDS
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SOME = (0, 8, 13, 16, 18)
ALL = tuple(range(21))
# Names that a builder of rows has numbered, and what their length makes of a page's.
NUMBERED = re.compile(
    r"(Task force|Line|Fiscal agent|Staff) \d+|\('Content-Length', '\d+'\)"
)
HOURS = pytest.mark.parametrize(
    "hypotheses", [SOME, pytest.param(ALL, marks=pytest.mark.prove)], ids=len
)


class Attack:
    """Asks from the largest size down, spread over the places, until the first yes."""

    def __init__(self, app: Flask, hours: int, *, says_yes: bool = True) -> None:
        self.app, self.says_yes = app, says_yes
        self.who = make.consultant()
        make.limits(self.who, week_minutes=hours * 60)
        self.places = [make.organization(f"Place {n}") for n in range(PLACES)]
        self.by = [
            make.coordinator(each, staff_name="Sam Rivera").id for each in self.places
        ]
        payer = make.organization("Fiscal agent", is_payer=True)
        self.line = make.funding_line(
            *self.places, payer=payer, name="Line", balance_cents=10**9
        )
        self.aliases = [
            make.alias(self.who, each, "Juniper", is_listed=True).uid
            for each in self.places
        ]
        self.seen: list[str] = []
        self.pages: list[tuple[int, str]] = []

    def post(self, place: int, hours: int, now: datetime, **values: Any) -> Any:
        """Work of so many hours on two days of one week, three weeks off."""
        first = now + 20 * DAY
        first += (1 - first.weekday()) % 7 * DAY
        post = scenes.posted(
            self.places[place],
            line=self.line,
            seats=1,
            sessions=((first, hours * 30), (first + 2 * DAY, hours * 30)),
            preparation_minutes=0,
            debrief_minutes=0,
            title="Review of a form",
            **{"asks_pool": False, **values},
        )
        self.pages.append((self.by[place], f"/work/{post.uid}/people"))
        return post

    def name(self, place: int, hours: int, now: datetime) -> None:
        post = self.post(place, hours, now)
        by = db.session.get_one(Person, self.by[place])
        until = now + 5 * DAY
        waves.name_one(post.id, self.aliases[place], until, by=by, now=now)

    def run(self, begin: datetime) -> tuple[str, ...]:
        """The transcript: every page of every ask, at each round's end."""
        for number in range(ROUNDS):
            now = begin + number * EVERY
            with time_machine.travel(now, tick=False):
                for place in range(PLACES):
                    self.name(place, LARGEST - PLACES * number - place, now)
            if self.round_ends(now):
                break
        return tuple(self.seen)

    def round_ends(self, now: datetime) -> bool:
        """The wave, the answers, the day to answer; was there a yes?"""
        wave = opportunities.next_wave(now, make.ZONE)
        with time_machine.travel(wave, tick=False):
            jobs.deliver(wave)
            is_yes = self.answer(wave)
        end = now + 6 * DAY
        with time_machine.travel(end, tick=False):
            jobs.close_due(end)
            jobs.deliver(end)
            for by, address in self.pages:
                text = look(self.app, browser_of(self.app, by), address).text
                self.seen.append(NUMBERED.sub(r"\1", text))
        return is_yes

    def answer(self, now: datetime) -> bool:
        """Yes to whatever arrives and fits, or a no to everything."""
        found = []
        waiting = sa.select(Offer.id).where(Offer.status == OfferStatus.WAITING)
        for offer_id in db.session.scalars(waiting.order_by(Offer.id)).all():
            by = db.session.get_one(Person, self.who.id)
            try:
                if self.says_yes:
                    actions.accept(
                        offer_id, by=by, now=now, counted=False, raised=False
                    )
                    found.append(offer_id)
            except Refused:
                continue
            if not self.says_yes:
                actions.not_this_time(offer_id, by=by)
        return bool(found)


def told_apart(
    app: Flask, hypotheses: Sequence[int], attack: Callable[[int], tuple[str, ...]]
) -> int:
    """How many different transcripts there are, of as many lives as hypotheses."""
    found = set()
    for hours in hypotheses:
        with undone(app):
            found.add(attack(hours))
    return len(found)


def openly(hypotheses: Sequence[int]) -> int:
    """What as many open questions as the rate allows would tell, truly answered."""
    asked = [
        LARGEST - PLACES * number - place
        for number in range(rules.MOST_SIZES)
        for place in range(PLACES)
    ]
    return len({next((size for size in asked if size <= h), None) for h in hypotheses})


@HOURS
def test_an_attacker_learns_no_more_than_by_asking_openly(
    kept_app: Kept, july: datetime, hypotheses: tuple[int, ...], record_property: Any
) -> None:
    app = kept_app("sqlite")
    found = told_apart(app, hypotheses, lambda hours: Attack(app, hours).run(july))
    record_property("hypotheses", len(hypotheses))
    record_property("told apart", found)
    record_property("by asking openly", openly(hypotheses))
    assert found <= openly(hypotheses) <= rules.MOST_SIZES * PLACES + 1


@HOURS
def test_without_the_rate_limit_the_attack_tells_them_apart(
    kept_app: Kept,
    july: datetime,
    hypotheses: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
    record_property: Any,
) -> None:
    monkeypatch.setattr(rules, "may_ask_named", lambda *_: True)
    app = kept_app("sqlite")
    found = told_apart(app, hypotheses, lambda hours: Attack(app, hours).run(july))
    record_property("told apart without the limit", found)
    assert found == len({min(hours, LARGEST) for hours in hypotheses})


@HOURS
def test_who_passes_on_everything_tells_nothing_in_any_way_of_asking(
    kept_app: Kept, july: datetime, hypotheses: tuple[int, ...]
) -> None:
    """By name, by the pool and for more time: one transcript for all hypotheses."""
    app = kept_app("sqlite")
    few = hypotheses if len(hypotheses) > len(SOME) else hypotheses[::3]
    assert told_apart(app, few, lambda hours: every_way(app, hours, july)) == 1


def every_way(app: Flask, hours: int, begin: datetime) -> tuple[str, ...]:
    attack = Attack(app, hours, says_yes=False)
    with time_machine.travel(begin - 20 * DAY, tick=False):
        work = agreed(
            begin - 20 * DAY,
            attack.who,
            title="Review of a form",
            sessions=((begin + 60 * DAY, 60), (begin + 67 * DAY, 60)),
            reply_by=begin - DAY,
        )
        alias = sa.text("UPDATE alias SET name = 'Juniper', is_listed = true")
        db.session.execute(alias)
        db.session.commit()
    for number, size in enumerate((16, 9, 3)):
        now = begin + number * EVERY
        with time_machine.travel(now, tick=False):
            attack.name(0, size, now)
            attack.post(1, size, now, asks_pool=True, reply_by=now + 5 * DAY)
            ask_for_more(attack, work, size, now)
        attack.round_ends(now)
    return tuple(attack.seen)


def ask_for_more(attack: Attack, work: Agreed, size: int, now: datetime) -> None:
    """More hours in one week; a no to them where they reached the person."""
    change = ask_more(work, now, added={now + 35 * DAY: size * 30})
    wave = calendar.local_moment_utc(now.date() + DAY, 9 * 60, make.ZONE)
    with time_machine.travel(wave, tick=False):
        jobs.deliver(wave)
        fresh = db.session.get_one(TermsChange, change.id, populate_existing=True)
        if fresh.is_delivered:
            by = db.session.get_one(Person, attack.who.id)
            answering.refuse(change.id, by=by)
    page = (work.by.id, f"/agreed/{work.engagement.uid}/terms")
    if page not in attack.pages:
        attack.pages.append(page)
