"""One person's choice to count, or not to, changes no byte that an attendee sees.

Read is every page and download that a member of the same panel, another consultant,
finance, an administrator or a signed-out person can open, before and after. The offer
page of somebody who is asked for this panel is no attendee's: it has the true numbers.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock, scope
from engage.core.access import Role
from engage.core.db import db
from engage.engagements import plans
from engage.engagements.models import Engagement
from engage.offers.models import Offer
from engage.opportunities.models import Opportunity
from engage.panels import actions, queries
from engage.panels.models import CountChoice, Panel, Seat
from engage.panels.rules import SeatStatus
from engage.people.models import Membership, Person
from engage.people.rules import PersonKind
from tests import pages
from tests.clients import Browser
from tests.filled import Filled, browser_of, undone

TOKEN = re.compile(r'(name="(?:csrf_token|once)" value|nonce|data-options)="[^"]*"')
PASSING = {"Content-Security-Policy", "Set-Cookie"}
MOST = 4  # rows of a kind that one reader opens
READERS = ("member", "other", "finance", "administrator", "signed out")


@pytest.fixture
def app(filled: Filled) -> Iterator[Flask]:
    app = filled("small")
    with time_machine.travel(clock.now(), tick=False):
        yield app


def board() -> Panel:
    """A panel that goes on with several survivor leaders, the fullest first."""
    held = sa.func.count(sa.distinct(Seat.person_id))
    return db.session.scalars(
        sa.select(Panel)
        .join(Seat, Seat.panel_id == Panel.id)
        .where(Seat.status == SeatStatus.HELD, Panel.ended_on.is_(None))
        .group_by(Panel.id)
        .having(held > 1)
        .order_by(held.desc(), Panel.id)
        .limit(1)
    ).one()


def members(panel: Panel) -> list[Person]:
    rows = sa.select(Person).where(
        Person.id.in_(sa.select(Seat.person_id).where(Seat.panel_id == panel.id))
    )
    return list(db.session.scalars(rows.order_by(Person.id)))


def reader_id(reader: str, panel: Panel) -> int | None:
    chosen, member = members(panel)[:2]
    if reader == "member":
        return member.id
    if reader == "other":
        beside = sa.select(Person.id).where(
            Person.kind == PersonKind.CONSULTANT,
            Person.id.not_in([each.id for each in members(panel)]),
        )
        return db.session.scalars(beside.order_by(Person.id).limit(1)).one()
    if reader == "finance":
        place = sa.select(Membership.person_id).where(Membership.role == "finance")
        return db.session.scalars(place.order_by(Membership.id).limit(1)).one()
    return pages.person_of(Role.ADMINISTRATOR) if reader == "administrator" else None


def addresses(app: Flask, person_id: int | None, panel: Panel) -> list[str]:
    """Every page of the map for whatever rows this reader may open, and more below."""
    asked = (
        sa.select(Offer.uid).join(Opportunity).where(Opportunity.panel_id == panel.id)
    )
    left_out = set(db.session.scalars(asked))
    own = (
        sa.select(Engagement.uid)
        .join(Seat)
        .where(Seat.panel_id == panel.id, Engagement.person_id == person_id)
    )
    first = set(db.session.scalars(own))
    found = []
    for rule in pages.rules(app):
        if rule.endpoint == "people.leave":
            continue
        if not rule.arguments:
            found += [rule.rule, f"{rule.rule}?show=1"]
            continue
        rows = pages.candidates(pages.prefix(rule))
        mine = {uid for uid, person, _ in rows if person == person_id} - left_out
        for uid in sorted(mine, key=lambda uid: (uid not in first, uid))[:MOST]:
            found.append(re.sub(r"<[^>]*>", uid, rule.rule, count=1))
    return [address for address in found if "<" not in address]


def read(browser: Browser, paths: list[str]) -> dict[str, tuple[Any, ...]]:
    found = {}
    for path in paths:
        answer = browser.get(path)
        headers = sorted(
            (key, value) for key, value in answer.headers if key not in PASSING
        )
        text = TOKEN.sub(r"\1", answer.get_data().decode("utf-8", "replace"))
        headers = [each for each in headers if each[0] != "Content-Length"]
        found[path] = (answer.status_code, headers, text)
    return found


def changed(app: Flask, reader: str) -> list[str]:
    """Paths whose answer to this reader is another after one person's other choice."""
    with undone(app):
        panel = board()
        person_id = reader_id(reader, panel)
        browser = browser_of(app, person_id)
        paths = addresses(app, person_id, panel)
        before = read(browser, paths)
        flip(panel)
        after = read(browser, paths)
    statuses = [status for status, _, _ in after.values()]
    assert statuses.count(200) > (2 if person_id is None else 5)
    return [path for path in paths if before[path] != after[path]]


def flip(panel: Panel) -> None:
    chosen = members(panel)[0]
    choice = queries.choice(panel.id, chosen.id)
    wish = not (choice is not None and choice.is_counted)
    actions.choose(panel.id, counted=wish, by=chosen, now=clock.now())


@pytest.mark.parametrize("reader", READERS)
def test_nobody_beside_sees_a_byte_of_it(app: Flask, reader: str) -> None:
    assert changed(app, reader) == []


def test_the_same_crawl_finds_a_mark_that_is_there(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: a list of seats that has to do with who counts is caught."""
    real = plans.companions

    def telling(engagement: Engagement) -> list[Seat]:
        with scope.unscoped("the planted fault climbs the wall first"):
            counted = set(
                db.session.scalars(
                    sa.select(CountChoice.person_id).where(CountChoice.is_counted)
                )
            )
        return [seat for seat in real(engagement) if seat.person_id not in counted]

    monkeypatch.setattr(plans, "companions", telling)
    assert changed(app, "member") != []


def test_the_coordinator_reads_the_new_state(app: Flask) -> None:
    """The choice did something: who runs the panel reads another voice, or number."""
    with undone(app):
        panel = board()
        before = queries.voices(panel.id).counted
        flip(panel)
        assert abs(queries.voices(panel.id).counted - before) == 1
