"""Speaking and rest, topics, and what a limit never does: from the ask to the log."""

import re
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.engagements import actions as engagements
from engage.engagements import queries as agreed
from engage.offers import actions as offers
from engage.offers import jobs
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus, next_wave_at
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import Story, WorkActivity, is_story_near
from engage.people.models import Person
from engage.workload import actions, own, queries, rules, wishes
from engage.workload.filters import Filters
from engage.workload.minutes import Activity, Kept
from engage.workload.models import AvoidedTopics, StoryMark
from engage.workload.rules import Limits, OverLimit, StoryDays
from engage.workload.story import shortest_rest, story_count, story_days_of
from tests import make, scenes
from tests.hours import work

DAY = timedelta(days=1)
TODAY = date(2026, 7, 15)
SPEAKING = {"activity": WorkActivity.SPEAKING, "story": Story.NONE}
MARKS = sa.select(StoryMark).order_by(StoryMark.group)
offsets = st.integers(-200, 200)


def asked(post: Opportunity) -> set[int]:
    offers = sa.select(Offer.person_id).where(Offer.opportunity_id == post.id)
    return set(db.session.scalars(offers))


def deliver(post: Opportunity) -> set[int]:
    assert post.posted_at is not None
    jobs.deliver(next_wave_at(post.posted_at, make.ZONE))
    return asked(post)


def accept(post: Opportunity, who: Person, now: datetime, *, raised: bool = False):
    offer = make.offer(post, who)
    return offers.accept(offer.id, counted=True, raised=raised, by=who, now=now)


def marks() -> list[tuple[str, bool]]:
    return [(each.group, each.is_own) for each in db.session.scalars(MARKS)]


def without_tokens(page: str) -> str:
    return re.sub(r'(value|nonce)="[^"]*"', "", page)


# --- the rules


@pytest.mark.parametrize("activity", WorkActivity)
@pytest.mark.parametrize("story", [*Story, None])
def test_the_card_alone_says_what_is_near_a_story(activity, story):
    expected = activity is WorkActivity.SPEAKING or story is Story.WELCOME

    assert is_story_near(activity, story) is expected


@given(st.lists(offsets, max_size=8), offsets)
def test_the_fullest_ninety_days_are_found_as_by_trying_all(others, last):
    others = [TODAY + DAY * each for each in others]
    day = TODAY + DAY * last
    every = [*others, day]
    tried = (
        sum(start <= one < start + 90 * DAY for one in every)
        for start in (day - DAY * back for back in range(90))
    )

    assert story_count([day], StoryDays(True, tuple(others))) == max(tried)
    assert story_count([day], StoryDays(False, tuple(others))) == 0


@given(
    st.lists(offsets, max_size=6),
    st.lists(offsets, max_size=6),
    st.lists(offsets, min_size=1, max_size=4),
    st.booleans(),
)
def test_rest_is_counted_from_every_telling_to_every_later_session(
    told, sessions, new, is_near
):
    dates = [
        sorted(TODAY + DAY * each for each in those) for those in (told, sessions, new)
    ]
    story = StoryDays(is_near, tuple(dates[0]), tuple(dates[1]))
    rests = {(day - one).days - 1 for one in dates[0] for day in dates[2] if day > one}
    if is_near:
        last = dates[2][-1]
        rests |= {(day - last).days - 1 for day in dates[1] if day > last}

    found = shortest_rest(dates[2], story)

    assert (found[0] if found else None) == min(rests, default=None)


def test_an_engagement_stands_on_its_last_agreed_session_and_once():
    def row(days: int, group: str, is_story: bool, **more: object) -> Kept:
        kept = Kept(TODAY + DAY * days, 60, Activity.SESSION, group, False, is_story)
        return kept._replace(**more)

    rows = [
        row(9, "one", True),
        row(2, "one", True),
        row(30, "one", True, activity=Activity.PREPARATION),
        row(40, "one", True, is_logged=True),
        row(5, "two", False),
        row(7, "two", False, activity=Activity.REVIEW),
    ]
    found = story_days_of(rows)

    assert found.story_days == (TODAY + 9 * DAY,)
    assert found.session_days == tuple(TODAY + DAY * days for days in (2, 5, 7, 9))


@given(st.sets(st.sampled_from("abcd")), st.sets(st.sampled_from("abcd")))
def test_one_avoided_topic_of_several_keeps_work_away(avoided, topics):
    kept = Filters(topics=avoided)
    away = kept.keeps_away(1, law_enforcement=True, travel=True, topics=topics)

    assert away is bool(avoided & topics)


# --- from the ask to the end


@pytest.mark.parametrize(
    ("why", "card", "is_asked"),
    [
        ("story", SPEAKING, False),
        ("story", {"story": Story.WELCOME}, False),
        ("story", {"story": Story.NONE}, True),
        ("rest", {"story": Story.NONE}, False),
        ("topic", {"topics": ["courts", "youth"]}, False),
    ],
)
def test_what_would_break_it_is_never_delivered(
    why: str, card: dict, is_asked: bool, app: Flask, july: datetime
) -> None:
    post = scenes.posted(make.organization(), **card)
    who = make.consultant()
    scenes.keep_away(who, post, why)

    assert deliver(post) == ({who.id} if is_asked else set())


@pytest.mark.parametrize(("rest", "is_asked"), [(20, False), (19, True)])
def test_telling_shortly_before_what_is_agreed_is_not_delivered_either(
    rest: int, is_asked: bool, app: Flask, july: datetime
) -> None:
    """The telling ends in 28 days, an agreed session comes in 48: 19 days between."""
    post = scenes.posted(make.organization(), **SPEAKING)
    who = make.consultant()
    make.limits(who, rest_days=rest)
    piece = rules.Piece(TODAY + 48 * DAY, 60, Activity.SESSION)
    actions.write_down(
        who.id, group="engagement:x", source="engagement:x", pieces=[piece]
    )

    assert deliver(post) == ({who.id} if is_asked else set())


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"story_90": 1}, "in 90 days is 1"), ({"rest_days": 40}, "in days: 40")],
)
def test_a_yes_over_it_needs_the_persons_own_raise(
    limits: dict, words: str, app: Flask, july: datetime
) -> None:
    post = scenes.posted(make.organization(), **SPEAKING)
    who = make.consultant()
    scenes.near_a_story(who, days_off=-1, **limits)

    with pytest.raises(OverLimit, match=words):
        accept(post, who, july)
    accept(scenes.posted(make.organization(), **SPEAKING), who, july, raised=True)
    assert len(marks()) == 2


def test_a_yes_on_condition_counts_as_speaking_until_it_ends(
    app: Flask, july: datetime
) -> None:
    posts = [scenes.posted(make.organization(), **SPEAKING) for _ in range(2)]
    who = make.consultant()
    make.limits(who, story_90=1)
    offer = make.offer(posts[0], who)
    offers.accept_if_second(offer.id, counted=True, raised=False, by=who, now=july)
    assert offer.status is OfferStatus.CONDITIONAL
    assert marks() == [(f"offer:{offer.uid}", False)]

    with pytest.raises(OverLimit):
        accept(posts[1], who, july)
    offers.withdraw(offer.id, by=who)

    assert marks() == []
    accept(scenes.posted(make.organization(), **SPEAKING), who, july)
    assert len(queries.standing(who.id, july).story.story_days) == 1


def test_a_settled_yes_moves_its_mark_with_it(app: Flask, july: datetime) -> None:
    post = scenes.posted(make.organization(), **SPEAKING)
    first, second = scenes.consultants(2)
    waiting = make.offer(post, first)
    offers.accept_if_second(waiting.id, counted=True, raised=False, by=first, now=july)

    found = accept(post, second, july)

    groups = {group.partition(":")[0] for group, _ in marks()}
    assert (len(marks()), groups) == (2, {"engagement"})
    assert queries.standing(second.id, july).story.story_days != ()
    engagements.leave(found.id, by=second, now=july)
    assert queries.standing(second.id, july).story == StoryDays()


def test_a_person_may_say_so_afterwards_and_take_it_back(
    app: Flask, july: datetime, sign_in
) -> None:
    done = work.agreed(july)
    who, page = done.person, f"/plans/{done.engagement.uid}"
    browser = sign_in(who)
    assert "This came close to my own story" in browser.get(page).text

    desk, path = sign_in(done.coordinator), f"/agreed/{done.engagement.uid}"
    before = without_tokens(desk.get(path).text)

    browser.post(f"{page}/near", data={"on": "1"})

    assert marks() == [(agreed.group(done.engagement), True)]
    assert queries.standing(who.id, july).story.story_days == (TODAY + 7 * DAY,)
    assert without_tokens(desk.get(path).text) == before
    browser.post(f"{page}/near", data={"on": ""})
    assert marks() == []


def test_what_the_card_says_cannot_be_taken_back(
    app: Flask, july: datetime, sign_in
) -> None:
    done = work.agreed(july, **SPEAKING)
    page = f"/plans/{done.engagement.uid}"
    browser = sign_in(done.person)

    assert "By its card this is speaking" in browser.get(page).text
    for on in ("1", ""):
        browser.post(f"{page}/near", data={"on": on})
    assert marks() == [(agreed.group(done.engagement), False)]


def test_nobody_else_says_it(app: Flask, july: datetime, sign_in) -> None:
    done = work.agreed(july)
    for other in (make.consultant(), done.coordinator):
        answer = sign_in(other).post(f"/plans/{done.engagement.uid}/near")
        assert answer.status_code == 404
    assert marks() == []


# --- topics to avoid


def test_topics_are_sealed_and_read_by_nobody_else(app: Flask, july: datetime) -> None:
    who, other = make.consultant(), make.consultant()
    wishes.set_filters(
        who, organization_ids=[], law_enforcement=False, travel=False,
        topics=["courts", "youth"], now=july,
    )  # fmt: skip

    row = db.session.get_one(AvoidedTopics, who.id)
    assert b"courts" not in row.topics_sealed
    found = queries.filters_of([who.id, other.id])
    assert found == {who.id: Filters(topics={"courts", "youth"})}


def test_topics_that_cannot_be_read_keep_every_topic_away(
    app: Flask, july: datetime
) -> None:
    who = make.consultant()
    row = AvoidedTopics(person_id=who.id)
    row.write(make.consultant().subject, ["courts"])
    make.save(row)

    kept = queries.filters_of([who.id])[who.id]
    assert kept.keeps_away(1, law_enforcement=False, travel=False, topics=["work"])
    assert not kept.keeps_away(1, law_enforcement=False, travel=False)


# --- what holds for every limit


def test_a_pause_wins_over_an_ask_that_is_not_delivered_yet(
    app: Flask, july: datetime
) -> None:
    post = scenes.posted(make.organization())
    who, paused = scenes.consultants(2)
    there = make.offer(scenes.posted(make.organization()), paused)
    wishes.set_pause(paused, None, now=july)

    assert deliver(post) == {who.id}
    offers.accept(there.id, counted=True, raised=False, by=paused, now=july)


@pytest.mark.parametrize("name", ["week_minutes", "month_minutes", "at_once"])
def test_a_lower_limit_undoes_nothing_and_lets_nothing_new_in(
    name: str, app: Flask, july: datetime
) -> None:
    who = make.consultant()
    make.limits(who)
    sessions = ((july + 2 * DAY, 240),)
    accept(scenes.posted(make.organization(), sessions=sessions, seats=1), who, july)
    before = queries.standing(who.id, july)

    wishes.set_limits(who, Limits(**{name: 0}), sure=False, now=july)

    after = queries.standing(who.id, july)
    assert (after.load, after.engagements_now) == (before.load, 1)
    assert own.room(who, july).is_over
    assert deliver(scenes.posted(make.organization(), seats=1)) == set()


def test_work_that_was_done_is_logged_whatever_the_limits_are(
    app: Flask, july: datetime
) -> None:
    done = work.agreed(july, **SPEAKING)
    zero = Limits(0, 0, 0, 0, 90, 0, 90)
    wishes.set_limits(done.person, zero, sure=True, now=july)
    wishes.set_pause(done.person, None, now=july)

    entry = work.log(done)

    assert entry.minutes == 120


def test_a_mark_is_for_consultants_and_its_change_for_its_owner(
    app: Flask, july: datetime
) -> None:
    who, other = make.consultant(), make.consultant()
    group = scenes.near_a_story(who, days_off=1)
    with transaction() as session:
        session.get_one(StoryMark, group).is_own = True

    wishes.mark_near(other, group, is_near=False, now=july)
    assert marks() == [(group, True)]
    with pytest.raises((NotFound, Refused)):
        wishes.mark_near(
            make.coordinator(make.organization()), group, is_near=True, now=july
        )
