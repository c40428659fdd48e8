"""A consultant's own limits, letter, messages and calendar, pressed through the pages.

The commit run takes two of the eight ways: wide in English with scripts, narrow in
Spanish without; `make prove` takes them all. Each page has no barrier, asks no other
machine, and fits its width.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
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
from tests.browsing import NARROW, WIDE, Server, axe, note_complaint, note_foreign
from tests.filled import Filled, browser_of
from tests.journeys.story import LOCALES, Desk, Story
from tests.pages import person_of
from tests.site import serve

pytestmark = pytest.mark.browser
EVERY = list(product(("en", "es"), (WIDE, NARROW), (True, False)))
IN_COMMIT_RUN = [("en", WIDE, True), ("es", NARROW, False)]
WAYS = [
    pytest.param(
        each,
        id=f"{each[0]}-{each[1][0]}-{'script' if each[2] else 'plain'}",
        marks=[] if each in IN_COMMIT_RUN else [pytest.mark.prove],
    )
    for each in EVERY
]
OVER = "document.documentElement.scrollWidth - innerWidth"


class Visit:
    """One way of looking at the pages: language, width, with scripts or without."""

    def __init__(self, story: Story, *, script: bool) -> None:
        self.story, self.script = story, script

    @contextmanager
    def as_(self, person_id: int) -> Iterator[Desk]:
        """Somebody signed in; a complaint of the browser fails at the end."""
        story, url = self.story, self.story.server.url
        context = story.chromium.new_context(
            base_url=url,
            locale=LOCALES[story.language],
            viewport={"width": story.size[0], "height": story.size[1]},
            java_script_enabled=self.script,
        )
        context.set_default_timeout(20_000)
        browser = browser_of(story.app, person_id)
        browser.remember(language=story.language)
        name = story.app.config["SESSION_COOKIE_NAME"]
        cookie = browser.get_cookie(name)
        assert cookie is not None
        context.add_cookies([{"name": name, "value": cookie.value, "url": url}])
        page, wrong = context.new_page(), []
        page.on("request", lambda asked: note_foreign(asked.url, url, wrong))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda line: note_complaint(line, wrong))
        try:
            yield Desk(story, page)
        finally:
            context.close()
        assert wrong == []

    def look(self, desk: Desk) -> None:
        """No barrier, and no page wider than its window."""
        if self.script:
            assert axe(desk.page) == []
        assert desk.page.evaluate(OVER) <= 0


@pytest.fixture(params=WAYS)
def visit(
    request: pytest.FixtureRequest, filled: Filled, chromium: Any
) -> Iterator[Visit]:
    language, size, script = request.param
    app: Flask = filled("small", own=f"journey-{request.param_index}")
    with serve(app) as url:
        story = Story(Server(url, {}), app, chromium, language, size)
        yield Visit(story, script=script)


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


def test_a_consultant_sets_reads_writes_and_takes_along(visit: Visit) -> None:
    person_id, plan, coordinator = plan_of(visit.story.app)
    with visit.as_(person_id) as desk:
        change_a_limit(visit, desk)
        guard_earnings(visit, desk)
        read_the_letter(visit, desk, plan)
        turn_on_a_calendar(visit, desk)
        desk.open(f"/plans/{plan}/messages").fill(words="Which door is it?")
        visit.look(desk)
        desk.send_page()
        assert "Which door is it?" in desk.text()
    with visit.as_(coordinator) as desk:
        desk.open(f"/agreed/{plan}/messages")
        assert "Which door is it?" in desk.text()
        visit.look(desk)


def change_a_limit(visit: Visit, desk: Desk) -> None:
    """One press, and the picture of the next weeks stands beside it."""
    desk.open("/room")
    visit.look(desk)
    assert desk.page.locator("main svg").count()
    week = desk.page.locator("form:has(#week_minutes)")
    week.locator("#week_minutes").fill("2")
    week.locator(".actions button").first.click()
    assert desk.open("/room").page.input_value("#week_minutes") == "2"
    week.locator('button[value="less"]').click()
    assert desk.open("/room").page.input_value("#week_minutes") != "2"


def guard_earnings(visit: Visit, desk: Desk) -> None:
    desk.open("/room/earnings").fill(limit="1,234")
    visit.look(desk)
    desk.page.locator("main form:has([name=limit]) .actions button").click()
    assert "1,234" in desk.text()
    assert "1,234" not in desk.open("/room/earnings").text()


def read_the_letter(visit: Visit, desk: Desk, plan: str) -> None:
    desk.open(f"/plans/{plan}/letter")
    visit.look(desk)
    answer = desk.page.request.get(f"/plans/{plan}/letter.pdf")
    assert answer.status == 200
    assert answer.body().startswith(b"%PDF-")


def turn_on_a_calendar(visit: Visit, desk: Desk) -> None:
    """The address is shown once; a new one ends the old one."""
    desk.open("/account/calendar")
    if desk.page.locator('form[action$="/calendar/new"]').count():
        desk.send("/calendar/off").open("/account/calendar")
    visit.look(desk)
    desk.page.locator("main form:not(.press) .actions button").first.click()
    visit.look(desk)
    desk.open("/account/calendar").send("/calendar/new")
    visit.look(desk)
    desk.open("/account/calendar").send("/calendar/off")
    assert not desk.page.locator('form[action$="/calendar/new"]').count()
