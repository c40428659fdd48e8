"""The whole way of one piece of work, from a draft to money, through the pages alone.

Wide in English and narrow in Spanish, the other two in the proof; no script runs.
"""

import re

import pytest

from tests.browsing import NARROW, WIDE
from tests.journeys.cast import Cast, Someone
from tests.journeys.paying import log_and_approve, pay
from tests.journeys.posting import (
    CARD,
    RECORDING,
    begin_work,
    offer_of,
    panel_of,
    somebody_asked,
    write_card,
)
from tests.journeys.story import TITLE, Desk, Story, uid_in

pytestmark = pytest.mark.browser
LONG = pytest.mark.prove
SHAPES = [
    pytest.param("en", WIDE, id="en-wide", marks=LONG),
    pytest.param("es", NARROW, id="es-narrow"),
    pytest.param("en", NARROW, id="en-narrow", marks=LONG),
    pytest.param("es", WIDE, id="es-wide", marks=LONG),
]


@pytest.mark.parametrize(("language", "size"), SHAPES)
def test_work_is_asked_for_agreed_done_and_paid(story: Story, cast: Cast) -> None:
    post = post_the_work(story, cast)
    panel = panel_of(story, post)
    set_own_limits(story, cast)
    story.work()
    answer(story, cast, post, panel)
    named = ask_by_name(story, cast, post)
    leave(story, cast, panel)
    story.wait(days=6)
    read_the_nos(story, cast, named)
    gina = plan_and_find_another(story, cast, post, panel)
    log_and_approve(story, cast, gina)
    pay(story, cast, gina)


# --- (1) the coordinator writes, is told what is missing, mends and posts


def post_the_work(story: Story, cast: Cast) -> str:
    with story.as_(cast.coordinator.uid) as desk:
        post = begin_work(desk, cast, TITLE)
        write_card(desk, story, days=12, reply_days=4)
        desk.fill(seats_wanted="1", seat_role="member")
        for number, name in enumerate(("Hospital social work", "Police department")):
            desk.fill(**{f"seats__{number}__organization": name})
            desk.tick(desk.page.locator(f"#seats-{number}-is_salaried_elsewhere"))
        desk.save_and_check()
        desk.reads("Say whether anything is recorded or photographed.")
        desk.reads(
            "With one survivor seat this panel would have only one survivor voice."
        )
        assert not desk.page.locator('form[action$="/post"]').count()
        desk.send("/two")
        desk.reads("Now there are two seats.")
        desk.open(f"/work/{post}/edit").fill(recording=RECORDING).save_and_check()
        desk.reads("This draft is complete. Read the card once more, then post it.")
        desk.send("/post")
        desk.reads("Posted. The money is set aside, and people will be asked.")
        desk.open(f"/work/{post}/people")
        desk.reads("%(found)s of %(seats)s found, still asking", found=0, seats=2)
    return post


# --- (2) those with room are asked; two yeses on a condition settle each other


def set_own_limits(story: Story, cast: Cast) -> None:
    with story.as_(cast.cleo.uid) as desk:
        desk.open("/room").fill(week_minutes="1").send("/room")
        assert desk.open("/room").page.input_value("#week_minutes") == "1"
    with story.as_(cast.dora.uid) as desk:
        desk.open("/room/pause").send("/room/pause")
        desk.open("/").reads("You are paused.")


def answer(story: Story, cast: Cast, post: str, panel: str) -> None:
    for who in (cast.cleo, cast.dora):
        with story.as_(who.uid) as desk:
            assert TITLE not in desk.open("/asks").text()
        assert offer_of(story, post, who) is None
    with story.as_(cast.eve.uid) as desk:
        read_the_offer(desk, offer_of(story, post, cast.eve))
        desk.answer("not_this_time")
        desk.reads("That is fine. You will hear nothing more about it.")
        assert TITLE not in desk.text()
    with story.as_(cast.fay.uid) as desk:
        read_the_offer(desk, offer_of(story, post, cast.fay))
    with story.as_(cast.ana.uid) as desk:
        read_the_offer(desk, offer_of(story, post, cast.ana))
        desk.tick(desk.page.locator("#counted"))
        desk.answer("if_second").reads("Your yes is noted.")
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/work/{post}/people")
        desk.reads("%(found)s of %(seats)s found, still asking", found=0, seats=2)
        desk.open(f"/groups/{panel}")
        desk.reads("No survivor voice is known so far, still asking")
    with story.as_(cast.bea.uid) as desk:
        read_the_offer(desk, offer_of(story, post, cast.bea))
        desk.tick(desk.page.locator("#counted"))
        desk.answer("if_second")
        assert "/plans/" in desk.page.url
    with story.as_(cast.ana.uid) as desk:
        desk.open("/").news("A second person joined. Your yes now stands.")
        desk.open("/plans").reads(TITLE)
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/work/{post}/people")
        desk.reads("%(found)s of %(seats)s found", found=2, seats=2)
        assert cast.ana.alias not in desk.text()
        desk.open(f"/groups/{panel}")
        desk.reads("This panel has the survivor voices it asks for")
        desk.reads("Who said yes is shown here once the time to answer is over.")


def read_the_offer(desk: Desk, offer: str | None) -> None:
    """Everything on one page: the card, the pictures, the pay, the room."""
    assert offer is not None
    desk.open(f"/asks/{offer}").show_amounts()
    for words in (*CARD.values(), RECORDING, "$75.00"):
        assert words in desk.text()
    desk.reads("Paid no later than")
    desk.reads(
        "Right now you would be the only survivor voice among %(seats)s seats.",
        seats=4,
    )
    assert desk.page.locator("figure.picture svg").count() >= 2
    assert desk.page.locator("#counted").count() == 1
    assert desk.page.locator("#answer button").count() == 3


# --- (6) every no reads the same, and not before its time


def ask_by_name(story: Story, cast: Cast, post: str) -> str:
    asked = (cast.cleo, cast.dora, cast.eve, cast.fay)
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/work/{post}").send("/copy")
        named = uid_in(desk.page.url)
        desk.fill(title="Four talks by name", seats_wanted="5", recording=RECORDING)
        write_card(desk, story, days=20, reply_days=4)
        desk.fill(asks="named").save_and_check().send("/post")
        for who in asked:
            desk.open(f"/work/{named}/ask")
            desk.tick(desk.page.get_by_label(who.alias, exact=True))
            desk.fill(reply_by=story.today(4).isoformat()).send("/ask")
        story.work()
    with story.as_(cast.eve.uid) as desk:
        offer = offer_of(story, named, cast.eve)
        desk.open(f"/asks/{offer}").answer("not_this_time")
    with story.as_(cast.coordinator.uid) as desk:
        words = story.say("Waiting for the reply-by date")
        assert answers(desk, named, asked) == {words}
    return named


def read_the_nos(story: Story, cast: Cast, named: str) -> None:
    story.work()
    with story.as_(cast.coordinator.uid) as desk:
        asked = (cast.cleo, cast.dora, cast.eve, cast.fay)
        assert answers(desk, named, asked) == {story.say("Not available")}


def answers(desk: Desk, post: str, asked: tuple[Someone, ...]) -> set[str]:
    """The rows of those asked by name, their names left out: all must be alike."""
    desk.open(f"/work/{post}/people")
    rows = desk.page.locator("tbody tr").all_inner_texts()
    assert len(rows) == len(asked)
    found = set()
    for row, who in zip(rows, asked, strict=True):
        assert who.alias in row
        found.add(re.sub(r"\s+", " ", row.replace(who.alias, "")).strip())
    assert len(found) == 1, found
    return {desk.page.locator("tbody tr").first.locator("td").last.inner_text()}


# --- (3) one leaves; the one who stays is told; the panel is planned for and mended


def leave(story: Story, cast: Cast, panel: str) -> None:
    with story.as_(cast.bea.uid) as desk:
        desk.open("/plans").page.get_by_role("link", name=TITLE).first.click()
        desk.send("/leave")
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/groups/{panel}")
        desk.reads("Only one survivor voice so far, still asking for one more")
        assert not desk.page.locator('form[action$="/plan"]').count()
    with story.as_(cast.ana.uid) as desk:
        desk.open("/")
        desk.news("You are now the only survivor voice in a group. You may leave too.")


def plan_and_find_another(story: Story, cast: Cast, post: str, panel: str) -> Someone:
    plan = "Ask once more, with three days to answer."
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/groups/{panel}").reads("Only one survivor voice")
        desk.send("/plan").reads("Please fill this in.")
        desk.fill(plan=plan, plan_by=story.today(4).isoformat()).send("/plan")
        desk.reads("Your plan is in place. Carry it out by its day.")
        desk.open(f"/work/{post}/ask-again")
        desk.fill(seats="0", reply_by=story.today(3).isoformat())
        desk.send_page()
    story.work()
    gina = somebody_asked(story, post, cast.fay, cast.eve)
    with story.as_(gina.uid) as desk:
        desk.open(f"/asks/{offer_of(story, post, gina)}")
        desk.tick(desk.page.locator("#counted"))
        desk.answer("yes").reads("It is agreed. This is your offer letter.")
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/groups/{panel}")
        desk.reads("This panel has the survivor voices it asks for")
        desk.reads("What was before")
        assert plan in desk.text()
        assert story.say("Cleared") in desk.page.locator("tbody").last.inner_text()
    return gina
