"""A consultant's own limits, letter, messages and calendar, pressed through the pages.

The commit run takes two of the eight ways: wide in English with scripts, narrow in
Spanish without; `make prove` takes them all. Each page has no barrier, asks no other
machine, and fits its width.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.access import Role
from engage.core.db import db
from engage.engagements.models import Engagement
from engage.engagements.queries import shown
from engage.engagements.rules import LIVE
from engage.people.models import Membership, Person
from tests.browsing import Server
from tests.filled import Filled, browser_of
from tests.journeys.story import NARROW_WITHOUT, WIDE_WITH_SCRIPTS, Desk, Story, ways
from tests.pages import person_of
from tests.site import serve

pytestmark = pytest.mark.browser


class Visit:
    """One way of looking at the pages, by whoever the sample data has."""

    def __init__(self, story: Story) -> None:
        self.story = story

    @contextmanager
    def as_(self, person_id: int) -> Iterator[Desk]:
        """Somebody signed in; a complaint of the browser fails at the end."""
        story = self.story
        browser = browser_of(story.app, person_id)
        browser.remember(language=story.language)
        name = story.app.config["SESSION_COOKIE_NAME"]
        cookie = browser.get_cookie(name)
        assert cookie is not None
        with story.window() as desk:
            url = story.server.url
            kept = {"name": name, "value": cookie.value, "url": url}
            desk.page.context.add_cookies([kept])
            yield desk


@pytest.fixture
def visit(
    filled: Filled, chromium: Any, language: str, size: tuple[int, int], script: bool
) -> Iterator[Visit]:
    app: Flask = filled("small", own=f"journey-{language}-{size[0]}-{script}")
    with serve(app) as url:
        yield Visit(Story(Server(url, {}), app, chromium, language, size, script))


def plan_of(app: Flask) -> tuple[int, str, int]:
    """Agreed work that its coordinator sees by name: whose, which, and who asks."""
    with app.app_context():
        row = db.session.scalars(
            sa.select(Engagement)
            .where(Engagement.status.in_(LIVE), shown(clock.now()))
            .order_by(Engagement.id.desc())
            .limit(1)
        ).one()
        by = person_of_place(row.organization_id)
        return row.person_id, row.uid, by


def person_of_place(organization_id: int) -> int:
    return db.session.scalars(
        sa.select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role == "coordinator",
        )
        .order_by(Person.id)
    ).first() or person_of(Role.COORDINATOR)


@ways(WIDE_WITH_SCRIPTS, NARROW_WITHOUT)
def test_a_consultant_sets_reads_writes_and_takes_along(visit: Visit) -> None:
    person_id, plan, coordinator = plan_of(visit.story.app)
    with visit.as_(person_id) as desk:
        change_a_limit(desk)
        guard_earnings(desk)
        read_the_letter(desk, plan)
        turn_on_a_calendar(desk)
        desk.open(f"/plans/{plan}/messages").fill(words="Which door is it?")
        desk.send_page()
        assert "Which door is it?" in desk.text()
    with visit.as_(coordinator) as desk:
        desk.open(f"/agreed/{plan}/messages")
        assert "Which door is it?" in desk.text()


def change_a_limit(desk: Desk) -> None:
    """One press, and the picture of the next weeks stands beside it."""
    desk.open("/room")
    assert desk.page.locator("main svg").count()
    week = desk.page.locator("form:has(#week_minutes)")
    week.locator("#week_minutes").fill("2")
    week.locator(".actions button").first.click()
    assert desk.open("/room").page.input_value("#week_minutes") == "2"
    week.locator('button[value="less"]').click()
    assert desk.open("/room").page.input_value("#week_minutes") != "2"


def guard_earnings(desk: Desk) -> None:
    desk.open("/room/earnings").fill(limit="1,234")
    desk.page.locator("main form:has([name=limit]) .actions button").click()
    assert "1,234" in desk.text()
    assert "1,234" not in desk.open("/room/earnings").text()


def read_the_letter(desk: Desk, plan: str) -> None:
    desk.open(f"/plans/{plan}/letter")
    answer = desk.page.request.get(f"/plans/{plan}/letter.pdf")
    assert answer.status == 200
    assert answer.body().startswith(b"%PDF-")


def turn_on_a_calendar(desk: Desk) -> None:
    """The address is shown once; a new one ends the old one."""
    desk.open("/account/calendar")
    if desk.page.locator('form[action$="/calendar/new"]').count():
        desk.send("/calendar/off").open("/account/calendar")
    desk.page.locator("main form:not(.press) .actions button").first.click()
    desk.open("/account/calendar").send("/calendar/new")
    desk.open("/account/calendar").send("/calendar/off")
    assert not desk.page.locator('form[action$="/calendar/new"]').count()
