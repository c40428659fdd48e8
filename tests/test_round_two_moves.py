"""Every "cannot come then" looks the same, on every page and for the money."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db
from engage.engagements import jobs as engagement_jobs
from engage.funding.models import FundingLine
from engage.offers import answering, jobs
from engage.organizations.models import Organization
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser
from tests.offers.changing import Agreed, agreed, change_of, move

SignIn = Callable[[Person], Browser]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CAUSES = ("silent", "passed", "paused", "at_limit")
UID = re.compile(r"\b([2-9a-hjkmnp-z]{20}|[0-9a-f]{64})\b")
EVENT = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
TOKEN = re.compile(r'(name="csrf_token" value|nonce|data-options)="[^"]*"')
NUMBERED = re.compile(r"(Task force|Line|Fiscal agent|Staff|Consultant|staff) ?\d+")


class Life:
    """Agreed work whose day is moved, with a cause for which no yes comes."""

    def __init__(self, cause: str, now: datetime, *, sessions: int) -> None:
        self.cause = cause
        who = make.consultant()
        days = tuple((now + (2 + 7 * n) * DAY, 60) for n in range(sessions))
        self.work: Agreed = agreed(
            now - 20 * DAY,
            who,
            has_law_enforcement=True,
            title="Review of a form",
            sessions=days,
            reply_by=now - DAY,
        )
        make.limits(who)
        self.finance = make.finance(self._payer())
        name = sa.text("UPDATE alias SET name = :name WHERE person_id = :id")
        self.name = f"Juniper{who.id}"
        db.session.execute(name, {"name": self.name, "id": who.id})
        db.session.commit()

    def _payer(self) -> Organization:
        line = db.session.get_one(FundingLine, self.work.engagement.funding_line_id)
        self.line = line.uid
        return db.session.get_one(Organization, line.payer_id)

    def begin(self, now: datetime) -> None:
        move(self.work, now, to=now + 30 * DAY)
        if self.cause in {"at_limit", "notice"}:
            db.session.execute(
                sa.text("DELETE FROM work_limits WHERE person_id = :id"),
                {"id": self.work.who.id},
            )
            db.session.commit()
        if self.cause not in {"silent", "passed"}:
            scenes.keep_away(self.work.who, self.work.post, self.cause)

    def answer(self) -> None:
        if self.cause == "passed":
            answering.refuse(change_of(self.work.engagement).id, by=self.work.who)

    def seen(self, sign_in: SignIn) -> dict[str, str]:
        uid, post = self.work.engagement.uid, self.work.post.uid
        paths = (
            f"/agreed/{uid}", f"/agreed/{uid}/terms", f"/agreed/{uid}/messages",
            f"/agreed/{uid}/letter", f"/agreed/{uid}/letter.json", "/agreed",
            f"/work/{post}", f"/work/{post}/people", f"/work/{post}/dates", "/work",
            f"/lines/{self.line}", "/lines", "/groups", "/groups/shares",
            "/groups/figures.csv", "/groups/sessions.ics", "/promises", "/",
            "/account/hand-over",
        )  # fmt: skip
        browser = sign_in(self.work.by)
        found = {path: self._plain(browser, path) for path in paths}
        browser = sign_in(self.finance)
        for path in (f"/lines/{self.line}", "/lines", "/"):
            found[f"finance {path}"] = self._plain(browser, path)
        return {UID.sub("UID", path): text for path, text in found.items()}

    def _plain(self, browser: Browser, path: str) -> str:
        answer = browser.get(path)
        text = TOKEN.sub("TOKEN", UID.sub("UID", answer.get_data(as_text=True)))
        text = NUMBERED.sub("NAME", EVENT.sub("EVENT", text))
        return f"{answer.status_code} {text.replace(self.name, 'ALIAS')}"


def run_jobs(now: datetime) -> None:
    jobs.remind(now)
    jobs.settle_due(now)
    jobs.close_due(now)
    jobs.deliver(now)
    engagement_jobs.finish_due(now)


@pytest.mark.parametrize("sessions", [1, pytest.param(2, marks=pytest.mark.prove)])
def test_whoever_cannot_come_then_looks_like_whoever_is_silent(
    app: Flask, july: datetime, sign_in: SignIn, sessions: int
) -> None:
    with time_machine.travel(july - 20 * DAY, tick=False):
        lives = [Life(cause, july, sessions=sessions) for cause in CAUSES]
    steps: list[tuple[datetime, Callable[[datetime], object]]] = [
        (july, lambda now: [life.begin(now) for life in lives]),
        (july + HOUR, lambda _: [life.answer() for life in lives]),
        (july + 4 * DAY + HOUR, run_jobs),
        (july + 5 * DAY, lambda _: None),
        (july + 5 * DAY + HOUR, run_jobs),
    ]
    for moment, step in steps:
        with time_machine.travel(moment, tick=False):
            step(moment)
            pages = {life.cause: life.seen(sign_in) for life in lives}
        assert pages["silent"]["/work"].startswith("200 ")
        for cause in CAUSES[1:]:
            for path, text in pages[cause].items():
                assert text == pages["silent"][path], f"{cause} {path} {moment}"
