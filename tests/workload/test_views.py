from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.workload import actions, changes, own, queries, rules, wishes
from engage.workload.models import WorkLimits
from engage.workload.rules import PRESETS, Activity, Limits, Piece, Preset
from tests import make

TODAY = date(2026, 7, 15)
DAY = timedelta(days=1)
PAGES = ["/room", "/room/pause", "/room/times", "/room/days", "/room/filters"]
NINE_TO_FIVE = {"weekdays": ["0", "1"], "starts": "09:00", "ends": "5 pm"}
pytestmark = pytest.mark.usefixtures("app")
FULL = {
    "week_minutes": "20",
    "month_minutes": "64",
    "at_once": "6",
    "invitations_30": "16",
    "story_90": "3",
    "rest_days": "1",
    "notice_days": "3",
}
LIGHT = {
    "week_minutes": "4",
    "month_minutes": "12",
    "at_once": "1",
    "invitations_30": "4",
    "story_90": "1",
    "rest_days": "7",
    "notice_days": "10",
}


@pytest.fixture
def who(july):
    return make.consultant()


@pytest.fixture
def browser(who, sign_in):
    return sign_in(who)


def entries() -> int:
    return db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) or 0


def hold(who, minutes, day=TODAY):
    group = f"engagement:{minutes}"
    pieces = [Piece(day, minutes, Activity.SESSION)]
    actions.write_down(who.id, group=group, source=group, pieces=pieces)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_for_the_consultant_in_few_statements(page, browser, queries):
    queries.statements.clear()

    answer = browser.get(page)

    assert answer.status_code == 200
    assert len(queries) <= 12


@pytest.mark.parametrize("page", PAGES)
def test_nobody_else_has_these_pages(page, client, sign_in, july):
    place = make.organization()
    staff = (make.coordinator(place), make.finance(place), make.administrator())

    for member in staff:
        browser = sign_in(member)
        assert browser.get(page).status_code == 404
        assert browser.post(page, data=LIGHT).status_code == 404
    assert client.get(page).status_code == 303
    assert entries() == 0


def test_before_any_were_set_the_page_says_which_limits_hold(browser):
    page = browser.get("/room").text

    assert "You have not set any yet." in page
    assert "0 h of 8 h agreed this week" in page
    assert "In use" in page
    for name in changes.MOST:
        assert page.count(f'id="{name}"') == 1


def test_a_lower_limit_is_saved_at_once(browser, who):
    answer = browser.post("/room", data=LIGHT)

    assert (answer.status_code, answer.location) == (303, "/room")
    assert own.limits(who) == PRESETS[Preset.LIGHT]
    page = browser.get("/room").text
    assert "Saved. Nobody is told." in page
    assert "You have not set any yet." not in page


def test_a_higher_limit_asks_once_and_is_saved_with_the_yes(browser, who):
    asked = browser.post("/room", data=FULL)

    assert asked.status_code == 200
    assert "Raise this limit?" in asked.text
    assert "Keep it as it is" in asked.text
    assert own.limits(who) == PRESETS[Preset.STEADY]
    for name, typed in {**FULL, "sure": "yes"}.items():
        assert f'type="hidden" name="{name}" value="{typed}"' in asked.text

    assert browser.post("/room", data={**FULL, "sure": "yes"}).status_code == 303
    assert own.limits(who) == PRESETS[Preset.FULL]


def test_empty_lines_are_no_limit(browser, who):
    browser.post("/room", data={**dict.fromkeys(changes.MOST, ""), "sure": "yes"})

    assert own.limits(who) == Limits(rest_days=0, notice_days=0)
    page = browser.get("/room").text
    assert "0 h agreed this week, no limit" in page


@pytest.mark.parametrize("name", changes.MOST)
def test_any_one_limit_is_changed_in_one_press_and_no_other(name, browser, who):
    units = {each: 60 if each.endswith("_minutes") else 1 for each in changes.MOST}
    make.limits(who, **{each: 40 * unit for each, unit in units.items()})
    before = own.limits(who)
    lower, higher = (41, 39) if name in changes.DAYS else (39, 41)

    assert browser.post("/room", data={name: str(higher)}).status_code == 200
    assert own.limits(who) == before
    assert browser.post("/room", data={name: str(lower)}).status_code == 303
    assert own.limits(who) == replace(before, **{name: lower * units[name]})
    browser.post("/room", data={name: str(higher), "sure": "yes"})
    assert own.limits(who) == replace(before, **{name: higher * units[name]})


def test_less_is_one_press_and_more_is_one_and_a_yes(browser, who):
    make.limits(who, week_minutes=480, at_once=None, rest_days=3)

    browser.post("/room", data={"week_minutes": "8", "step": "less"})
    assert own.limits(who).week_minutes == 420
    asked = browser.post("/room", data={"week_minutes": "7", "step": "more"})
    assert "Raise this limit?" in asked.text
    assert 'name="week_minutes" value="8"' in asked.text
    browser.post("/room", data={"at_once": "", "step": "less"})
    assert own.limits(who).at_once is None
    browser.post("/room", data={"rest_days": "3", "step": "more"})
    assert own.limits(who).rest_days == 4
    page = browser.get("/room").text
    assert page.count('value="less"') == page.count('value="more"') == 3


def test_a_wrong_figure_leaves_the_other_lines_as_they_are(browser, who):
    make.limits(who, week_minutes=450, at_once=3)

    page = browser.post("/room", data={"at_once": "many"}).text

    assert 'name="week_minutes" value="7:30"' in page
    assert 'name="at_once" value="many"' in page


def test_the_picture_tells_agreed_held_and_free_apart(browser, who):
    make.limits(who, week_minutes=480)
    hold(who, 120)
    held = [Piece(TODAY + 7 * DAY, 90, Activity.SESSION)]
    actions.write_down(who.id, group="offer:x", source="offer:x", pieces=held)

    page = browser.get("/room").text

    assert "This week: 2 h agreed, 6 h free." in page
    assert page.count("1 h 30 min") == 1
    assert "6 h 30 min" in page
    assert page.count('class="p-limit"') == 8
    assert "Held for you until a second person joins" in page


def test_rest_after_speaking_is_said_with_its_last_day(browser, who, july):
    make.limits(who, rest_days=3, story_90=2)
    hold(who, 60, TODAY - 2 * DAY)
    wishes.mark_near(who, "engagement:60", is_near=True, now=july)

    page = browser.get("/room").text

    assert "You are resting after speaking until Thursday, July 16, 2026" in page
    assert "In 90 days around today: 1 of 2" in page


def test_each_set_is_one_press_and_the_one_in_use_has_none(browser, who):
    page = browser.get("/room").text
    assert page.count("Take this set") == 2

    browser.post("/room", data=LIGHT)

    assert page.count('type="hidden" name="week_minutes" value="4"') == 1
    assert browser.get("/room").text.count("Take this set") == 2


def test_what_is_agreed_over_a_limit_is_said_in_words(browser, who):
    hold(who, 540)

    page = browser.get("/room").text

    assert "What is agreed stays agreed." in page
    assert "9 h of 8 h agreed this week" in page


@pytest.mark.parametrize(
    ("page", "sent", "sentence"),
    [
        ("/room", {**LIGHT, "week_minutes": "lots"}, "Write a length of time"),
        ("/room", {**LIGHT, "week_minutes": "169"}, "Write at most 168 h."),
        ("/room", {**LIGHT, "month_minutes": "-1"}, "Write a length of time"),
        ("/room", {**LIGHT, "at_once": "2.5"}, "Write a whole number"),
        ("/room", {**LIGHT, "invitations_30": "999"}, "Write a number from 0 to 200"),
        ("/room", {**LIGHT, "notice_days": "soon"}, "Write a whole number"),
        ("/room/pause", {"ends_on": "2026-07-14"}, "Choose today or a later day."),
        ("/room/pause", {"ends_on": "next week"}, "Write a day such as"),
        ("/room/times", {}, "Please fill this in."),
        ("/room/times", {}, "Choose at least one day."),
        ("/room/times", {**NINE_TO_FIVE, "weekdays": []}, "Choose at least one day."),
        ("/room/times", {**NINE_TO_FIVE, "weekdays": ["7"]}, "Please choose from"),
        ("/room/times", {**NINE_TO_FIVE, "starts": "25:00"}, "Write a time, such as"),
        ("/room/times", {**NINE_TO_FIVE, "starts": "13 pm"}, "Write a time, such as"),
        ("/room/times", {**NINE_TO_FIVE, "ends": "8 am"}, "later than the start"),
        ("/room/days", {"first": "2026-07-14", "kind": "busy"}, "Choose today or"),
        ("/room/days", {"first": "2026-07-20", "kind": "maybe"}, "Please choose from"),
        ("/room/days", {"kind": "busy"}, "Please fill this in."),
        ("/room/filters", {"organizations": ["nowhere"]}, "Please choose from"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_and_stays(
    page, sent, sentence, browser, who
):
    answer = browser.post(page, data=sent)

    assert answer.status_code == 422
    assert sentence in answer.text
    for typed in sent.values():
        if isinstance(typed, str) and sent.get("kind") != "maybe":
            assert f'value="{typed}"' in answer.text
    assert entries() == 0
    assert db.session.get(WorkLimits, who.id) is None


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("/room", LIGHT),
        ("/room/pause", {"ends_on": ""}),
        ("/room/pause", {"end": "yes"}),
        ("/room/times", NINE_TO_FIVE),
        ("/room/days", {"first": "2026-07-20", "last": "2026-07-24", "kind": "busy"}),
        ("/room/filters", {"travel": "y"}),
    ],
)
def test_the_same_form_sent_twice_has_one_effect(page, sent, browser):
    answers = [browser.post(page, data={**sent, "once": "the-same"}) for _ in "12"]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.location for answer in answers} == {page}
    assert entries() == 1


@pytest.mark.parametrize("page", PAGES)
def test_a_form_without_its_one_time_token_changes_nothing(page, browser):
    sent = {"week_minutes": "1", "first": "2026-07-20", "kind": "busy", **NINE_TO_FIVE}

    answer = browser.post(page, data={**sent, "sure": "yes", "once": ""})

    assert answer.status_code == 422
    assert "Please send this form again from its page." in answer.text
    assert entries() == 0


def test_a_pause_is_one_press_and_so_is_its_end(browser, who):
    browser.post("/room/pause", data={"ends_on": "2026-08-01"})
    assert "Until Saturday, August 1, 2026, that day too." in (
        browser.get("/room/pause").text
    )
    assert "You are paused." in browser.get("/room").text

    browser.post("/room/pause", data={"end": "yes"})

    assert "You are paused" not in browser.get("/room/pause").text
    assert "Not paused" in browser.get("/room").text


def test_the_limits_page_has_the_presses_that_pause_and_end_it(browser, who, july):
    page = browser.get("/room").text
    assert "Pause now" in page
    assert 'name="ends_on" value=""' in page

    browser.post("/room/pause", data={"ends_on": ""})
    page = browser.get("/room").text

    assert "Pause now" not in page
    assert 'name="end" value="yes"' in page


def test_weekly_times_are_added_and_taken_away(browser, who, july):
    browser.post("/room/times", data=NINE_TO_FIVE)

    page = browser.get("/room/times").text
    assert page.count("5:00\u202fPM") >= 2
    uid = own.windows(who)[0].uid
    assert queries.standing(who.id, july).windows == (
        rules.Window(0, 540, 1020),
        rules.Window(1, 540, 1020),
    )
    for _ in "12":
        sent = {"remove": uid, "once": "the-same"}
        assert browser.post("/room/times", data=sent).status_code == 303
    assert len(own.windows(who)) == 1


def test_days_are_shown_as_stretches_and_taken_away_whole(browser, who, july):
    sent = {"first": "2026-07-20", "last": "2026-07-24", "kind": "busy"}
    browser.post("/room/days", data=sent)

    page = browser.get("/room/days").text
    assert "Monday, July 20, 2026 to Friday, July 24, 2026" in page
    assert "5 days" in browser.get("/room").text
    ((uid, _),) = own.day_spans(who, july)
    browser.post("/room/days", data={"remove": uid})
    assert own.day_spans(who, july) == []


def test_filters_are_kept_as_ticked(browser, who):
    place = make.organization("Harbor County")
    make.organization("Sunrise")

    sent = {"law_enforcement": "y", "organizations": [place.uid], "topics": ["courts"]}
    browser.post("/room/filters", data=sent)

    kept = queries.Filters({place.id}, law_enforcement=True, topics={"courts"})
    assert own.filters(who) == kept
    assert browser.get("/room/filters").text.count("checked") == 3
    assert "3 choices" in browser.get("/room").text
    browser.post("/room/filters", data={})
    assert own.filters(who) == queries.Filters()


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        ("/room/times", lambda who, now: [one.uid for one in own.windows(who)]),
        ("/room/days", lambda who, now: [uid for uid, _ in own.day_spans(who, now)]),
    ],
)
def test_somebody_elses_rows_are_not_there(page, rows, browser, july):
    other = make.consultant()
    wishes.add_windows(other, [0], start_minute=540, end_minute=600, now=july)
    wishes.add_days(other, TODAY, None, is_free=True, now=july)
    (uid,) = rows(other, july)

    for named in (uid, "missing"):
        assert browser.post(page, data={"remove": named}).status_code == 404
    assert rows(other, july) == [uid]
    assert entries() == 2
