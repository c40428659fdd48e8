"""Agreed work whose day moves, and to which time is added, through the pages alone."""

from typing import Any

import pytest
import sqlalchemy as sa

from engage.core.db import db
from engage.engagements.models import Engagement, EngagementSession
from engage.engagements.rules import LIVE
from tests.journeys.cast import Cast, Someone
from tests.journeys.posting import post_work, say_yes
from tests.journeys.story import NARROW_WITHOUT, Desk, Story, ways

pytestmark = pytest.mark.browser
TITLE = "Board on moving days"


@ways(NARROW_WITHOUT)
def test_a_day_moves_and_time_is_added_only_with_a_new_yes(
    story: Story, cast: Cast
) -> None:
    with story.as_(cast.coordinator.uid) as desk:
        post = post_work(desk, cast, TITLE)
    story.work()
    plans = {who.id: say_yes(story, post, who) for who in (cast.ana, cast.bea)}
    story.wait(days=5)
    story.work()
    with story.as_(cast.coordinator.uid) as desk:
        move_the_first_day(desk, post)
    story.work()
    answer_the_move(story, cast, plans)
    story.wait(days=4)
    story.work()
    with story.as_(cast.coordinator.uid) as desk:
        read_the_answers(desk, cast, post)
        ask_for_more(desk, plans[cast.bea.id])
    story.work()
    agree_to_more(story, cast.bea, plans[cast.bea.id])
    assert held(story, cast.bea, plans[cast.bea.id]) == 3
    assert held(story, cast.ana, plans[cast.ana.id]) == 1


def move_the_first_day(desk: Desk, post: str) -> None:
    story = desk.story
    desk.open(f"/work/{post}/dates")
    first = desk.page.locator("[name=which] option").nth(1).get_attribute("value")
    moment = f"{story.begun_day(13).isoformat()}T15:00"
    desk.fill(which=first, starts_at=moment, reply_by=story.today(3).isoformat())
    desk.send_page()
    desk.reads("Changed. Everybody who agreed is asked for a new yes.")
    waiting = story.say("Waiting for the reply-by date")
    assert desk.page.locator("tbody tr", has_text=waiting).count() == 2


def answer_the_move(story: Story, cast: Cast, plans: dict[int, str]) -> None:
    with story.as_(cast.ana.uid) as desk:
        open_change(desk, plans[cast.ana.id])
        desk.reads("I cannot come then")
        desk.answer("no")
        desk.reads("That is fine. What you agreed before stays as it is.")
        desk.open(f"/plans/{plans[cast.ana.id]}")
        assert desk.page.locator('form[action$="/leave"]').count() == 1
    assert held(story, cast.ana, plans[cast.ana.id]) == 1
    with story.as_(cast.bea.uid) as desk:
        open_change(desk, plans[cast.bea.id])
        desk.answer("yes").reads("It is agreed. Your plan has the new terms.")
    assert held(story, cast.bea, plans[cast.bea.id]) == 2


def open_change(desk: Desk, plan: str) -> None:
    desk.open(f"/plans/{plan}")
    desk.page.locator('main a[href*="/asks/changes/"]').click()
    desk.look().reads("What would change")


def held(story: Story, who: Someone, plan: str) -> int:
    """How many sessions stand on a plan that goes on."""
    with story.app.app_context():
        found = sa.select(sa.func.count(EngagementSession.id)).join(
            Engagement, Engagement.id == EngagementSession.engagement_id
        )
        found = found.where(
            Engagement.uid == plan,
            Engagement.person_id == who.id,
            Engagement.status.in_(LIVE),
            EngagementSession.is_held,
        )
        return db.session.scalar(found) or 0


def read_the_answers(desk: Desk, cast: Cast, post: str) -> None:
    """Names and answers, once the time to answer is over and not before."""
    desk.open(f"/work/{post}/dates")
    rows = desk.page.locator("tbody tr")
    assert desk.story.say("Not available") in row_of(rows, cast.ana)
    assert desk.story.say("Not available") not in row_of(rows, cast.bea)


def row_of(rows: Any, who: Someone) -> str:
    return str(rows.filter(has_text=who.alias).inner_text())


def ask_for_more(desk: Desk, plan: str) -> None:
    """A third session, a week after the last."""
    story = desk.story
    desk.open(f"/agreed/{plan}/terms")
    moment = f"{story.begun_day(33).isoformat()}T14:00"
    desk.fill(sessions__0__starts_at=moment, sessions__0__minutes="1:00")
    desk.fill(reply_by=story.today(4).isoformat()).send_page()
    desk.reads("Asked. You read the answer here when the time to answer is over.")


def agree_to_more(story: Story, who: Someone, plan: str) -> None:
    with story.as_(who.uid) as desk:
        open_change(desk, plan)
        desk.answer("yes").reads("It is agreed. Your plan has the new terms.")
        desk.open(f"/plans/{plan}/letter")
        desk.reads("This is the version that holds now.")
        desk.reads("Version %(number)s", number=2)
        desk.open(f"/plans/{plan}/letter?version=1")
        desk.reads("A later version holds now.")
        answer = desk.page.request.get(f"/plans/{plan}/letter.pdf?version=2")
        assert answer.body().startswith(b"%PDF-")
