"""Every no to more time looks the same: all causes are played, no byte may differ."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db
from engage.offers import answering, change_queries, jobs, more
from engage.offers.models import TermsChange
from engage.offers.rules import READS, OfferStatus, ReadsAs
from engage.opportunities import queries as opportunities
from engage.organizations.models import Organization
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser
from tests.offers.changing import DAY, HOUR, Agreed, agreed, ask_more

SignIn = Callable[[Person], Browser]
CAUSES = (
    "passed",
    "silent",
    "at_limit",
    "paused",
    "filtered",
    "no_police",
    "enough_asks",
    "notice",
    "closed",
    "asked_too_often",
)
DELIVERED = {"passed", "silent"}
NOT_AVAILABLE = "<span>Not available</span>"
UID = re.compile(r"\b[2-9a-hjkmnp-z]{20}\b")
TOKEN = re.compile(r'(name="csrf_token" value|nonce|data-options)="[^"]*"')


class Life:
    """One ask for more time, with its cause, as its coordinator watches it."""

    def __init__(self, cause: str, number: int, now: datetime) -> None:
        self.cause = cause
        who = make.consultant()
        self.work: Agreed = agreed(
            now - 20 * DAY,
            who,
            has_law_enforcement=True,
            title="Review of a form",
            sessions=((now + 21 * DAY, 60), (now + 28 * DAY, 60)),
            reply_by=now - DAY,
        )
        if cause not in {"at_limit", "enough_asks", "notice"}:
            make.limits(who)
        self.name = f"Juniper {number}"
        db.session.execute(
            sa.text("UPDATE alias SET name = :name WHERE person_id = :id"),
            {"name": self.name, "id": who.id},
        )
        db.session.commit()

    def ask(self, now: datetime) -> None:
        if self.cause == "asked_too_often":
            self._ask_before(now)
        scenes.keep_away(self.work.who, self.work.post, self.cause)
        ask_more(self.work, now)

    def _ask_before(self, now: datetime) -> None:
        """An ask for more some days ago that is over, and gone from the page."""
        change = ask_more(self.work, now)
        answering.settle(change.id, now=change.reply_by)
        change.asked_at, change.reply_by = now - 9 * DAY, now - 3 * DAY
        make.save(change)

    @property
    def change(self) -> TermsChange:
        return db.session.scalars(
            sa.select(TermsChange)
            .where(TermsChange.engagement_id == self.work.engagement.id)
            .order_by(TermsChange.id.desc())
            .limit(1)
        ).one()

    def answer(self, now: datetime) -> None:
        assert self.change.is_delivered is (self.cause in DELIVERED), self.cause
        if self.cause == "passed":
            answering.refuse(self.change.id, by=self.work.who)

    def pages(self, browser: Browser) -> dict[str, str]:
        uid = self.work.engagement.uid
        line = db.session.scalar(
            sa.text("SELECT uid FROM funding_line WHERE id = :id").bindparams(
                id=self.work.engagement.funding_line_id
            )
        )
        paths = {
            "terms": f"/agreed/{uid}/terms",
            "agreed": f"/agreed/{uid}",
            "all": "/agreed",
            "people": f"/work/{self.work.post.uid}/people",
            "dates": f"/work/{self.work.post.uid}/dates",
            "line": f"/lines/{line}",
            "months": f"/lines/{line}/months",
            "home": "/",
        }
        return {name: self._plain(browser, path) for name, path in paths.items()}

    def _plain(self, browser: Browser, path: str) -> str:
        answer = browser.get(path)
        text = TOKEN.sub("TOKEN", UID.sub("UID", answer.get_data(as_text=True)))
        for mine, same in (
            (self.work.place.name, "PLACE"),
            (self.name, "ALIAS"),
        ):
            text = text.replace(mine, same)
        text = re.sub(r"Line \d+", "LINE", text)
        text = re.sub(r"(Fiscal agent|Task force|Staff) \d+", "PLACE", text)
        return f"{answer.status_code} {text}"


def play(
    lives: list[Life], sign_in: SignIn, begin: datetime
) -> list[dict[str, dict[str, str]]]:
    """The whole life of each ask: what was seen at every moment."""
    wave = opportunities.next_wave(begin, make.ZONE)
    steps: list[tuple[datetime, Callable[[datetime], None]]] = [
        (begin, lambda now: [life.ask(now) for life in lives] and None),
        (wave, jobs.deliver),
        (wave + HOUR, lambda now: [life.answer(now) for life in lives] and None),
        (begin + 4 * DAY + HOUR, run_jobs),
        (begin + 5 * DAY - HOUR, run_jobs),
        (begin + 5 * DAY + HOUR, run_jobs),
        (begin + 12 * DAY, run_jobs),
    ]
    seen = []
    for moment, step in steps:
        with time_machine.travel(moment, tick=False):
            step(moment)
            seen.append(
                {life.cause: life.pages(sign_in(life.work.by)) for life in lives}
            )
    return seen


def run_jobs(now: datetime) -> None:
    jobs.remind(now)
    jobs.settle_due(now)
    jobs.close_due(now)
    jobs.deliver(now)


@pytest.fixture
def lives(app: Flask, july: datetime) -> list[Life]:
    with time_machine.travel(july - 20 * DAY, tick=False):
        return [Life(cause, number, july) for number, cause in enumerate(CAUSES, 10)]


def test_every_no_reads_the_same_at_every_moment(
    lives: list[Life], sign_in: SignIn, july: datetime
) -> None:
    seen = play(lives, sign_in, july)
    for moment, pages in enumerate(seen):
        first = pages[CAUSES[0]]
        assert first["terms"].startswith("200 ")
        for cause in CAUSES[1:]:
            for name, text in pages[cause].items():
                if cause == "asked_too_often" and name == "terms":
                    text = without_earlier(text)
                assert text == first[name], f"{cause} differs on {name} at {moment}"
    assert READS[ReadsAs.WAITING] in seen[4]["passed"]["terms"]
    assert NOT_AVAILABLE not in seen[4]["passed"]["terms"]
    assert NOT_AVAILABLE in seen[5]["passed"]["terms"]


def without_earlier(page: str) -> str:
    """Without the row of its earlier ask, which its organization made itself."""
    rows = re.findall(r"    <tr role=\"row\">.*?</tr>\n", page, re.DOTALL)
    earlier = [row for row in rows if "July 12" in row]
    assert len(earlier) == 1
    return page.replace(earlier[0], "")


def test_a_build_that_tells_a_no_early_is_caught(
    lives: list[Life],
    sign_in: SignIn,
    july: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = change_queries.words

    def early(change: TermsChange, now: datetime) -> str:
        closed = change.status is OfferStatus.CLOSED
        return READS[ReadsAs.NOT_AVAILABLE] if closed else honest(change, now)

    monkeypatch.setattr(change_queries, "words", early)
    pages = play(lives[:2], sign_in, july)[2]
    assert pages["passed"]["terms"] != pages["silent"]["terms"]


def test_an_ask_and_its_end_take_the_same_statements_whatever_the_cause(
    lives: list[Life], july: datetime, queries: object
) -> None:
    asked, ended = {}, {}
    for life in lives:
        if life.cause == "asked_too_often":
            continue
        scenes.keep_away(life.work.who, life.work.post, life.cause)
        db.session.expire_all()
        assert db.session.get_one(Organization, life.work.place.id).zone
        assert life.work.by.id
        assert life.work.engagement.terms
        queries.statements.clear()
        change = ask_more(life.work, july)
        asked[life.cause] = list(queries.statements)
        more.deliver(change.id, now=change.next_at)
        if life.cause == "passed":
            answering.refuse(change.id, by=life.work.who)
        db.session.expire_all()
        change_id, at = change.id, change.reply_by
        queries.statements.clear()
        answering.settle(change_id, now=at)
        ended[life.cause] = reads(queries.statements)
    assert len(asked) == len(CAUSES) - 1
    assert len(set(map(tuple, asked.values()))) == 1
    assert len(set(map(tuple, ended.values()))) == 1


def reads(statements: list[str]) -> list[str]:
    """What was read; one row has one column less to write, and one notice to delete."""
    return [one for one in statements if one.startswith("SELECT")]


def test_delivery_takes_the_same_statements_where_nothing_is_put(
    lives: list[Life], july: datetime, queries: object
) -> None:
    counts = {}
    for life in lives:
        if life.cause == "asked_too_often":
            continue
        scenes.keep_away(life.work.who, life.work.post, life.cause)
        change = ask_more(life.work, july)
        change_id, at = change.id, change.next_at
        db.session.expire_all()
        queries.statements.clear()
        more.deliver(change_id, now=at)
        if life.cause not in DELIVERED:
            counts[life.cause] = len(queries.statements)
    assert len(set(counts.values())) == 1, counts
