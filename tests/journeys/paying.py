"""The second half of the story: hours are logged and approved, money is sent."""

import csv
import io
import re

from tests.journeys.cast import Cast, Someone, payee
from tests.journeys.story import TITLE, Desk, Story, uid_in

# --- (4) hours: pressed, written, sent back, mended, approved, left alone


def log_and_approve(story: Story, cast: Cast, gina: Someone) -> None:
    session_day = story.begun_day(12)
    story.wait_until(session_day, 20)
    story.work()
    with story.as_(cast.ana.uid) as desk:
        work = desk.open("/time").page.locator("section.card", has_text=TITLE)
        work.locator('form:has([name="activity"][value="session"]) button').click()
        desk.reads("Logged as it was agreed.")
    with story.as_(gina.uid) as desk:
        desk.open("/plans").page.get_by_role("link", name=TITLE).first.click()
        plan = uid_in(desk.page.url)
        day = session_day.isoformat()
        desk.open(f"/plans/{plan}/time")
        desk.fill(day=day, minutes="9:00", activity="preparation").send("/time")
        assert desk.page.locator("#problems").count() == 1
        desk.fill(day=day, minutes="1:00", activity="preparation").send("/time")
        desk.reads("Logged.")
        desk.open(f"/plans/{plan}/time")
        desk.fill(day=day, minutes="0:30", activity="debrief").send("/time")
    with story.as_(cast.coordinator.uid) as desk:
        desk.open("/time/waiting")
        tick(desk, cast.ana.alias)
        desk.tick(desk.page.locator("#no_interest"))
        desk.send("/time/waiting").reads("Approved. It is owed now.")
        prepared = desk.page.locator("tr", has_text=story.say("Preparation"))
        prepared.filter(has_text=TITLE).get_by_role("link").click()
        desk.fill(check="minutes")
        desk.page.locator('button[value="return"]').click()
        desk.reads("Sent back once, with what to check.")
    with story.as_(gina.uid) as desk:
        desk.open("/").news("Some hours came back. Please check one thing.")
        desk.open("/time").page.locator("main li a").first.click()
        desk.fill(minutes="0:45").send_page()
        desk.reads("Sent again.")
    story.wait(days=9)
    story.work()
    with story.as_(cast.coordinator.uid) as desk:
        desk.open("/time/waiting").reads("As attested, without a look")
        assert desk.page.locator("tr", has_text=TITLE).count() == 0


def tick(desk: Desk, words: str) -> None:
    row = desk.page.locator("tr", has_text=words).filter(has_text=TITLE)
    desk.tick(row.locator("[type=checkbox]").first)


# --- (5) money: two people, the worker, one payment by hand, the books, the record


def pay(story: Story, cast: Cast, gina: Someone) -> None:
    for who, rail in ((cast.ana, "demo"), (gina, "manual")):
        with story.as_(who.uid) as desk:
            desk.open("/record")
            desk.page.locator('a[href*="/record/how/"]').first.click()
            desk.fill(rail=rail).send_page()
            desk.reads("Saved. Your next payment goes this way.")
    with story.app.app_context():
        ana, hand = payee(cast.ana).handle, payee(gina).handle
    run = prepare_and_release(story, cast, (ana, hand))
    story.work()
    story.work()
    with story.as_(cast.maker.uid) as desk:
        desk.open(f"/runs/{run}")
        row = desk.page.locator("tr", has_text=ana)
        assert story.say("Paid") in row.inner_text()
        desk.page.get_by_role("link", name=hand).click()
        desk.fill(kind="check", reference="4471")
        desk.fill(paid_on=story.today().isoformat()).send_page()
        desk.reads("You recorded this payment. Now another person has to confirm it.")
        payment = desk.page.url
    with story.as_(cast.checker.uid) as desk:
        desk.open(payment).send("/confirm")
        desk.open(f"/runs/{run}")
        assert story.say("Paid") in desk.page.locator("tr", has_text=hand).inner_text()
    assert "The ledger and the payouts agree." in story.run("check-ledger")
    read_the_record(story, cast.ana)


def prepare_and_release(story: Story, cast: Cast, handles: tuple[str, str]) -> str:
    with story.as_(cast.maker.uid) as desk:
        desk.open("/runs/new?none=1")
        for handle in handles:
            for box in desk.page.locator("tr", has_text=handle).all():
                desk.tick(box.locator("[type=checkbox]"))
        desk.send_page()
        run = uid_in(desk.page.url)
        assert not desk.page.locator('form[action$="/release"]').count()
    with story.as_(cast.checker.uid) as desk:
        desk.open(f"/runs/{run}")
        desk.tick(desk.page.locator("#no_interest"))
        same_pay = desk.page.locator("[name=repeated][value=same_pay]")
        if same_pay.count():
            desk.tick(same_pay)
        desk.send("/release")
    return run


def read_the_record(story: Story, who: Someone) -> None:
    with story.as_(who.uid) as desk:
        assert "$" not in desk.open("/record").text()
        desk.open("/record?show=1")
        earned, paid, owed = (
            amount(text)
            for text in desk.page.locator("dd.amount").all_inner_texts()[:3]
        )
        sheet = desk.page.request.get("/record.csv")
        rows = list(csv.reader(io.StringIO(sheet.body().decode("utf-8-sig"))))[1:]
    cents = [(row, amount(row[4])) for row in rows]
    assert earned == sum(each for _, each in cents)
    assert paid == sum(each for row, each in cents if row[8])
    assert earned - paid == owed
    with_title = [each for row, each in cents if row[0] == str(story.begun_day(12))]
    assert with_title == [75_00]


def amount(text: str) -> int:
    return round(float(re.sub(r"[^\d.]", "", text)) * 100)
