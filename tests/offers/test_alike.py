"""Every no looks the same: all its causes are played, and no byte may differ."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db
from engage.offers import actions, jobs, queries, waves
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus, ReadsAs
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.people.models import Alias, Person
from tests import make, scenes
from tests.clients import Browser

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SignIn = Callable[[Person], Browser]

CAUSES = (
    "passed",
    "silent",
    "dissolved",
    "at_limit",
    "paused",
    "filtered",
    "no_police",
    "enough_asks",
    "closed",
    "asked_too_often",
)
NOT_AVAILABLE = "<span>Not available</span>"
UID = re.compile(r"\b[2-9a-hjkmnp-z]{20}\b")
TOKEN = re.compile(r'(name="csrf_token" value|nonce|data-options)="[^"]*"')


class Life:
    """One ask by name, with its cause, as its coordinator watches it."""

    def __init__(self, cause: str, number: int, now: datetime) -> None:
        self.cause = cause
        self.place = make.organization(f"Task force {cause}")
        self.by = make.coordinator(self.place)
        self.post = scenes.posted(
            self.place,
            line=make.funding_line(self.place, name=f"Line {cause}"),
            asks_pool=False,
            has_law_enforcement=True,
            title="Review of a form",
        )
        self.who = make.consultant()
        if cause not in {"at_limit", "enough_asks"}:
            make.limits(self.who)
        self.alias = make.alias(
            self.who, self.place, f"Juniper {number}", is_listed=True
        )

    def ask(self, now: datetime) -> None:
        if self.cause == "asked_too_often":
            self._ask_before(now)
        scenes.keep_away(self.who, self.post, self.cause)
        waves.name_one(self.post.id, self.alias.uid, now + 5 * DAY, by=self.by, now=now)

    def _ask_before(self, now: datetime) -> None:
        """An ask of the same place, some days ago, that is over by now."""
        other = scenes.posted(self.place, asks_pool=False, title="Gone")
        ask = waves.name_one(
            other.id, self.alias.uid, now + 5 * DAY, by=self.by, now=now
        )
        ask.asked_at, ask.reply_by = now - 9 * DAY, now - 3 * DAY
        make.save(ask)

    def answer(self, now: datetime) -> None:
        offer = db.session.scalar(
            sa.select(Offer).where(Offer.opportunity_id == self.post.id)
        )
        was_delivered = self.cause in {"passed", "silent", "dissolved"}
        assert (offer is not None) is was_delivered
        if offer is not None and self.cause == "passed":
            actions.not_this_time(offer.id, by=self.who)
        if offer is not None and self.cause == "dissolved":
            actions.accept_if_second(
                offer.id, counted=True, raised=False, by=self.who, now=now
            )

    def pages(self, browser: Browser) -> dict[str, str]:
        work = f"/work/{self.post.uid}"
        panel = self.post.panel_id
        group = db.session.scalar(
            sa.text("SELECT uid FROM panel WHERE id = :id").bindparams(id=panel)
        )
        paths = {
            "people": f"{work}/people",
            "ask": f"{work}/ask",
            "work": work,
            "group": f"/groups/{group}",
            "agreed": "/agreed",
            "home": "/",
        }
        return {name: self._plain(browser, path) for name, path in paths.items()}

    def _plain(self, browser: Browser, path: str) -> str:
        answer = browser.get(path)
        text = TOKEN.sub("TOKEN", UID.sub("UID", answer.get_data(as_text=True)))
        for mine, same in (
            (self.place.name, "PLACE"),
            (self.alias.name, "ALIAS"),
            (f"Line {self.cause}", "LINE"),
        ):
            text = text.replace(mine, same)
        return f"{answer.status_code} {text}"


def watch(lives: list[Life], sign_in: SignIn) -> Iterator[dict[str, dict[str, str]]]:
    """The pages of each life, now."""
    yield {life.cause: life.pages(sign_in(life.by)) for life in lives}


def play(
    lives: list[Life], sign_in: SignIn, begin: datetime
) -> list[dict[str, dict[str, str]]]:
    """The whole life of each ask: what was seen at five moments."""
    seen = []
    wave = opportunities.next_wave(begin, make.ZONE)
    steps: list[tuple[datetime, Callable[[datetime], None]]] = [
        (begin, lambda now: [life.ask(now) for life in lives] and None),
        (wave, jobs.deliver),
        (wave + HOUR, lambda now: [life.answer(now) for life in lives] and None),
        (begin + 5 * DAY - HOUR, run_jobs),
        (begin + 5 * DAY + HOUR, run_jobs),
        (begin + 12 * DAY, run_jobs),
    ]
    for moment, step in steps:
        with time_machine.travel(moment, tick=False):
            step(moment)
            seen += watch(lives, sign_in)
    return seen


def run_jobs(now: datetime) -> None:
    jobs.settle_due(now)
    jobs.close_due(now)
    jobs.deliver(now)


@pytest.fixture
def lives(app: Flask, july: datetime) -> list[Life]:
    return [Life(cause, number, july) for number, cause in enumerate(CAUSES, 10)]


def test_every_no_reads_the_same_at_every_moment(
    lives: list[Life], sign_in: SignIn, july: datetime
) -> None:
    seen = play(lives, sign_in, july)

    for moment, pages in enumerate(seen):
        first = pages[CAUSES[0]]
        assert first["people"].startswith("200 ")
        for cause in CAUSES[1:]:
            for name, text in pages[cause].items():
                if cause == "asked_too_often" and name == "home":
                    continue  # its place has one more post, and can see it
                assert text == first[name], f"{cause} differs on {name} at {moment}"
    assert NOT_AVAILABLE not in seen[3]["passed"]["people"]
    assert NOT_AVAILABLE in seen[4]["passed"]["people"]


def test_a_build_that_tells_a_pass_early_is_caught(
    lives: list[Life],
    sign_in: SignIn,
    july: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = queries.reads

    def early(ask: object, agreed: object, now: datetime) -> ReadsAs:
        passed = db.session.scalar(
            sa.select(Offer.id)
            .join(Opportunity, Opportunity.id == Offer.opportunity_id)
            .join(Alias, Alias.person_id == Offer.person_id)
            .where(
                Offer.status == OfferStatus.CLOSED,
                Offer.opportunity_id == ask.opportunity_id,
            )
            .limit(1)
        )
        return ReadsAs.NOT_AVAILABLE if passed else honest(ask, agreed, now)

    monkeypatch.setattr(queries, "reads", early)
    pages = play(lives, sign_in, july)[2]
    assert pages["passed"]["people"] != pages["silent"]["people"]


def test_an_ask_takes_the_same_statements_whatever_the_cause(
    lives: list[Life], july: datetime, queries: object
) -> None:
    counts = {}
    for life in lives:
        if life.cause == "asked_too_often":
            continue
        scenes.keep_away(life.who, life.post, life.cause)
        db.session.expire_all()
        place = db.session.get_one(Organization, life.place.id)
        assert place.zone
        uid, post_id, by = life.alias.uid, life.post.id, life.by
        assert by.id
        queries.statements.clear()
        waves.name_one(post_id, uid, july + 5 * DAY, by=by, now=july)
        counts[life.cause] = list(queries.statements)
    assert len(counts) == len(CAUSES) - 1
    assert len(set(map(tuple, counts.values()))) == 1
