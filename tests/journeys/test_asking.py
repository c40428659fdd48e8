"""What stands between a post and the people it reaches, pressed through the pages.

The guard on earnings and its sums, topics offered and avoided, a yes that waits for a
second one, and a person asked by name who is not there to be asked.
"""

import re

import pytest

from tests.journeys.cast import Cast
from tests.journeys.posting import offer_of, post_work
from tests.journeys.story import WIDE_WITH_SCRIPTS, Desk, Story, ways

pytestmark = pytest.mark.browser
TITLE = "Board on first jobs"
NAMED = "Talk on a quiet day"
ADVICE = (
    "This is arithmetic and not advice."
    " A benefits counselor can tell you what a program counts."
)
AMOUNT = re.compile(r"\$([\d,]+\.\d\d)")


@ways(WIDE_WITH_SCRIPTS)
def test_a_post_reaches_whom_it_fits_and_two_yeses_settle(
    story: Story, cast: Cast
) -> None:
    say_what_fits(story, cast)
    with story.as_(cast.coordinator.uid) as desk:
        post = post_work(desk, cast, TITLE, topics="youth")
        named = ask_by_name(desk, cast)
    story.work()
    for who in (cast.bea, cast.eve):
        assert offer_of(story, post, who) is None
        with story.as_(who.uid) as desk:
            assert TITLE not in desk.open("/asks").text()
    guarded_yes(story, cast, post)
    second_yes(story, cast, post)
    wait_for_the_reply_by(story, cast, named)


def say_what_fits(story: Story, cast: Cast) -> None:
    for who, topic in ((cast.ana, "youth"), (cast.eve, "courts"), (cast.fay, "youth")):
        with story.as_(who.uid) as desk:
            offer_only(desk, cast.place, topic)
            if who is cast.ana:
                desk.open("/room/earnings")
                desk.fill(kind="month", limit="100", basis="worked", mode="warn")
                form = desk.page.locator("main form:has([name=limit])")
                form.locator(".actions button").click()
                desk.look().reads("Saved.")
    with story.as_(cast.bea.uid) as desk:
        desk.open("/room/filters").fill(topics="youth").send_page().reads("Saved.")
    with story.as_(cast.dora.uid) as desk:
        desk.open("/room/pause").send("/room/pause")
        desk.open("/").reads("You are paused.")


def offer_only(desk: Desk, place: str, topic: str) -> None:
    """Their name for this place offers this topic and no other."""
    desk.open(f"/account/names/{place}")
    ticked = desk.page.locator("[name=topics]:checked")
    while ticked.count():
        name = ticked.first.get_attribute("id")
        desk.page.locator(f'label[for="{name}"]').click()
    desk.fill(topics=topic).send_page()


def guarded_yes(story: Story, cast: Cast, post: str) -> None:
    """The sums are on the offer; above a limit that warns, the yes is still theirs."""
    with story.as_(cast.ana.uid) as desk:
        desk.open(f"/asks/{offer_of(story, post, cast.ana)}")
        above = story.say("It goes above one of your limits on pay")
        sums = desk.page.locator("details", has_text=above)
        sums.locator("summary").click()
        desk.look()
        lines = sums.locator("li").all_inner_texts()
        assert lines
        for line in lines:
            before, more, after, most = (
                float(each.replace(",", "")) for each in AMOUNT.findall(line)
            )
            assert before + more == after
            assert most == 100
        desk.reads(ADVICE)
        desk.tick(desk.page.locator("#counted"))
        desk.answer("if_second").reads("Your yes is noted.")
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/work/{post}/people")
        desk.reads("%(found)s of %(seats)s found, still asking", found=0, seats=2)


def second_yes(story: Story, cast: Cast, post: str) -> None:
    with story.as_(cast.fay.uid) as desk:
        desk.open(f"/asks/{offer_of(story, post, cast.fay)}")
        assert not desk.page.get_by_text("$100.00", exact=False).count()
        desk.tick(desk.page.locator("#counted"))
        desk.answer("if_second")
        assert "/plans/" in desk.page.url
    with story.as_(cast.ana.uid) as desk:
        desk.open("/").news("A second person joined. Your yes now stands.")
        desk.open("/plans").reads(TITLE)
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/work/{post}/people")
        desk.reads("%(found)s of %(seats)s found", found=2, seats=2)


def ask_by_name(desk: Desk, cast: Cast) -> str:
    post = post_work(desk, cast, NAMED, asks="named")
    desk.open(f"/work/{post}/ask")
    desk.tick(desk.page.get_by_label(cast.dora.alias, exact=True))
    desk.fill(reply_by=desk.story.today(4).isoformat()).send("/ask")
    return post


def wait_for_the_reply_by(story: Story, cast: Cast, named: str) -> None:
    """Nothing is put to the one who is paused, and the answer comes on its day."""
    assert answer_to(story, cast, named) == story.say("Waiting for the reply-by date")
    with story.as_(cast.dora.uid) as desk:
        assert NAMED not in desk.open("/asks").text()
        assert NAMED not in desk.open("/").text()
    assert offer_of(story, named, cast.dora) is None
    story.wait_until(story.begun_day(4), 23)
    story.work()
    assert answer_to(story, cast, named) == story.say("Waiting for the reply-by date")
    story.wait_until(story.begun_day(5), 1)
    story.work()
    assert answer_to(story, cast, named) == story.say("Not available")


def answer_to(story: Story, cast: Cast, named: str) -> str:
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/work/{named}/people")
        row = desk.page.locator("tr", has_text=cast.dora.alias)
        return str(row.locator("td").last.inner_text())
