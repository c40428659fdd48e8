"""The life of one ask that ends without a yes, and all that its coordinator can see."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.access import Role
from engage.core.db import db
from engage.offers import actions, jobs, waves
from engage.offers.models import Offer
from engage.opportunities import queries as opportunities
from engage.people.models import Person
from tests import make, pages, scenes
from tests.clients import Browser
from tests.filled import browser_of, undone
from tests.statements import counting

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DELIVERED = ("passed", "silent", "dissolved")
CAUSES = (
    *DELIVERED,
    "at_limit",
    "paused",
    "filtered",
    "no_police",
    "enough_asks",
    "notice",
    "closed",
)
UID = re.compile(r"\b[2-9a-hjkmnp-z]{20}\b")
TOKEN = re.compile(r'(name="csrf_token" value|nonce|data-options)="[^"]*"')
# An event of a calendar is known by a random number of its own.
EVENT = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
NUMBERED = re.compile(r"\bstaff\d+\b")
# A day and an hour of the life at which something happens, and what does.
Step = tuple[datetime, Callable[["Life", datetime], object]]


class Sight(NamedTuple):
    """One answer as its reader has it, and what it asked of the database."""

    text: str
    statements: int


class Transcript(NamedTuple):
    """`pages` by moment and address; `ticks` are statements of each run of the jobs."""

    pages: list[dict[str, Sight]]
    ticks: list[list[str]]
    told: list[str]
    logged: list[str]
    counts: list[tuple[str, int]]


class Life:
    """One ask with its cause, in a house where nothing else happens."""

    def __init__(self, cause: str, now: datetime, *, is_pool: bool) -> None:
        self.cause, self.is_pool, self.begin = cause, is_pool, now
        self.place = make.organization("Harbor task force")
        self.by = make.coordinator(self.place, staff_name="Sam Rivera")
        payer = make.organization("Fiscal agent", is_payer=True)
        self.post = scenes.posted(
            self.place,
            line=make.funding_line(self.place, name="Line", payer=payer),
            seats=1,
            asks_pool=is_pool,
            has_law_enforcement=True,
            title="Review of a form",
            reply_by=now + 5 * DAY,
        )
        self.who = make.consultant()
        if cause not in {"at_limit", "enough_asks", "notice"}:
            make.limits(self.who)
        self.alias = make.alias(self.who, self.place, "Juniper", is_listed=True)
        scenes.keep_away(self.who, self.post, cause)

    def ask(self, now: datetime) -> None:
        if not self.is_pool:
            until = now + 5 * DAY
            waves.name_one(self.post.id, self.alias.uid, until, by=self.by, now=now)

    def answer(self, now: datetime) -> None:
        offer = db.session.scalar(sa.select(Offer))
        assert (offer is not None) is (self.cause in DELIVERED), self.cause
        by = db.session.get_one(Person, self.who.id)
        if offer is not None and self.cause == "passed":
            actions.not_this_time(offer.id, by=by)
        if offer is not None and self.cause == "dissolved":
            actions.accept_if_second(
                offer.id, counted=True, raised=False, by=by, now=now
            )

    def steps(self) -> list[Step]:
        wave, end = opportunities.next_wave(self.begin, make.ZONE), self.begin + 5 * DAY
        return [
            (self.begin, Life.ask),
            (wave, run_jobs),
            (wave + HOUR, Life.answer),
            (end - HOUR, run_jobs),
            (end + HOUR, run_jobs),
            (self.begin + 12 * DAY, run_jobs),
        ]


def run_jobs(_: Life, now: datetime) -> None:
    jobs.settle_due(now)
    jobs.close_due(now)
    jobs.deliver(now)


def play(
    app: Flask, cause: str, now: datetime, *, is_pool: bool, looks: tuple[int, ...]
) -> Transcript:
    """One life from the ask to a week after its end; `looks` are the steps after which
    every page is opened."""
    seen, ticks = [], []
    with lived(app, cause, now, is_pool=is_pool) as life:
        for number, (moment, step) in enumerate(life.steps()):
            with time_machine.travel(moment, tick=False), counting(app) as counter:
                step(life, moment)
                db.session.remove()
                ticks.append(list(counter.statements))
            if number in looks:
                with time_machine.travel(moment, tick=False):
                    seen.append(sights(app, life))
        return Transcript(seen, ticks, told(life), logged(life), counts(life))


@contextmanager
def lived(app: Flask, cause: str, now: datetime, *, is_pool: bool) -> Iterator[Life]:
    """The life at its beginning; all of it is undone in the end."""
    with undone(app), time_machine.travel(now, tick=False):
        life = Life(cause, now, is_pool=is_pool)
        # What another session of the same moment would read afresh.
        for row in (life.place, life.by, life.post, life.who, life.alias):
            db.session.refresh(row)
            db.session.expunge(row)
        yield life


def addresses(app: Flask, life: Life) -> list[str]:
    """Every address that a coordinator may open with GET, about this ask's things."""
    line = db.session.scalars(sa.text("SELECT uid FROM funding_line")).one()
    group = db.session.scalars(sa.text("SELECT uid FROM panel")).one()
    known = {
        "/work": life.post.uid,
        "/groups": group,
        "/names": life.alias.uid,
        "/lines": line,
    }
    found = set()
    for rule in pages.rules(app):
        if Role.COORDINATOR not in pages.roles_of(app, rule):
            continue
        if rule.endpoint == "people.leave":
            continue  # it ends the sign-in
        if not rule.arguments:
            found.add(rule.rule)
        elif rule.arguments == {"uid"} and pages.prefix(rule) in known:
            found.add(rule.rule.replace("<uid>", known[pages.prefix(rule)]))
    return sorted(found, key=lambda each: UID.sub("UID", each))


def sights(app: Flask, life: Life) -> dict[str, Sight]:
    browser = browser_of(app, life.by.id)
    every = addresses(app, life)
    return {UID.sub("UID", each): look(app, browser, each) for each in every}


def look(app: Flask, browser: Browser, address: str) -> Sight:
    with counting(app) as counter:
        answer = browser.get(address)
    text = UID.sub("UID", answer.get_data(as_text=True))
    head = sorted((key, UID.sub("UID", value)) for key, value in answer.headers)
    kept = [each for each in head if each[0] not in {"Set-Cookie", "ETag"}]
    whole = f"{answer.status_code} {kept} {text}"
    whole = re.sub(r"nonce-[\w-]+", "NONCE", TOKEN.sub("TOKEN", whole))
    return Sight(NUMBERED.sub("STAFF", EVENT.sub("EVENT", whole)), len(counter))


def told(life: Life) -> list[str]:
    """Every notice and mail of the coordinator, in order."""
    return _rows("SELECT kind, \"values\", created_at, mail FROM notice"
                 " WHERE person_id = :id ORDER BY id", life.by.id)  # fmt: skip


def logged(life: Life) -> list[str]:
    """Every entry of the log that speaks of the organization or its coordinator."""
    return _rows("SELECT kind, verb, thing, by_role, at FROM audit_entry"
                 " WHERE organization_id = :id AND subject LIKE 'organization:%'"
                 " ORDER BY id", life.place.id)  # fmt: skip


def _rows(query: str, number: int) -> list[str]:
    rows = db.session.execute(sa.text(query), {"id": number})
    return [UID.sub("UID", str(tuple(row))) for row in rows]


def counts(life: Life) -> list[tuple[str, int]]:
    """How many rows of each kind an organization's figures could be made from."""
    tables = ("named_ask", "engagement", "seat", "reservation", "voice_flag")
    found: list[tuple[str, Any]] = []
    for name in tables:
        number = sa.text(f"SELECT count(*) FROM {name}")  # noqa: S608 - names above
        found.append((name, db.session.scalars(number).one()))
    return found
