from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core import calendar
from engage.core.money import Minutes
from engage.workload import rules
from engage.workload.rules import (
    Activity,
    Limits,
    OverLimit,
    Pause,
    Piece,
    Session,
    Standing,
    StoryDays,
    Work,
)

ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "Asia/Kathmandu",
]
NEW_YORK = ZONES[0]
MONDAY = date(2026, 7, 6)
TODAY = date(2026, 7, 1)

# F20: 200 moments around what clocks and calendars do at their edges
EDGES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York springs forward
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # and falls back
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe gains half an hour
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # and loses it
    datetime(2026, 4, 23, 22, tzinfo=UTC),  # Cairo skips midnight
    datetime(2027, 1, 1, tzinfo=UTC),  # week 53
    datetime(2028, 2, 29, tzinfo=UTC),  # leap day
    datetime(2026, 8, 1, tzinfo=UTC),  # month turn
]
INSTANTS = [edge + timedelta(minutes=30 * step) for edge in EDGES for step in range(25)]
moments = st.sampled_from(INSTANTS).flatmap(
    lambda moment: st.integers(-720, 720).map(
        lambda minutes: moment + timedelta(minutes=minutes)
    )
)
sessions = st.builds(
    Session,
    starts_at=moments,
    minutes=st.integers(0, 720),
    preparation=st.integers(0, 600),
    travel=st.integers(0, 300),
    debrief=st.integers(0, 120),
)
loads = st.dictionaries(
    st.dates(date(2026, 6, 1), date(2026, 8, 31)), st.integers(0, 600), max_size=20
)
pieces = st.lists(
    st.builds(
        Piece,
        day=st.dates(date(2026, 6, 1), date(2026, 8, 31)),
        minutes=st.integers(1, 600),
        activity=st.sampled_from(Activity),
    ),
    max_size=8,
)
limits = st.builds(
    Limits,
    week_minutes=st.none() | st.integers(0, 3000),
    month_minutes=st.none() | st.integers(0, 9000),
    at_once=st.none() | st.integers(0, 5),
    invitations_30=st.none() | st.integers(0, 5),
)


def at(day: date, hour: int, minutes: int = 60, **parts: int) -> Session:
    moment = calendar.local_moment_utc(day, hour * 60, NEW_YORK)
    return Session(moment, minutes, **parts)


def standing(**values: object) -> Standing:
    plain = Standing(zone=NEW_YORK, first_weekday=0, limits=Limits(), load={})
    return replace(plain, **values)


def minute_by_minute(session: Session, zone: str) -> Counter[date]:
    """An independent count: look at the wall clock for every single minute."""
    wall = ZoneInfo(zone)
    return Counter(
        (session.starts_at + timedelta(minutes=offset)).astimezone(wall).date()
        for offset in range(session.minutes)
    )


def test_there_are_two_hundred_instants_and_twelve_zones():
    assert (len(set(INSTANTS)), len(set(ZONES))) == (200, 12)


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_falls_on_its_own_local_day(zone):
    for moment in INSTANTS:
        session = Session(moment, 300)

        load = rules.load_of(rules.spread([session], zone, date(2026, 1, 1)))

        assert load == minute_by_minute(session, zone)


@given(st.lists(sessions, max_size=4), st.sampled_from(ZONES))
def test_spreading_loses_and_doubles_nothing(given_sessions, zone):
    spread = rules.spread(given_sessions, zone, date(2026, 1, 1))

    total = Counter()
    for piece in spread:
        assert piece.minutes > 0
        total[piece.activity] += piece.minutes
    assert total[Activity.SESSION] == sum(one.minutes for one in given_sessions)
    assert total[Activity.PREPARATION] == sum(o.preparation for o in given_sessions)
    assert total[Activity.TRAVEL] == sum(one.travel for one in given_sessions)
    assert total[Activity.DEBRIEF] == sum(one.debrief for one in given_sessions)


@given(sessions, st.sampled_from(ZONES), st.integers(-3, 30))
def test_preparation_lies_in_the_seven_days_before_and_not_in_the_past(
    session, zone, days_ahead
):
    first = calendar.local_day(session.starts_at, zone)
    today = first - timedelta(days=days_ahead)

    spread = rules.spread([session], zone, today)

    on = [piece for piece in spread if piece.activity is Activity.PREPARATION]
    assert sum(piece.minutes for piece in on) == session.preparation
    if days_ahead <= 0:
        assert {piece.day for piece in on} <= {first}
        return
    assert all(max(today, first - timedelta(7)) <= p.day < first for p in on)
    assert not on or max(p.minutes for p in on) - min(p.minutes for p in on) <= 1


def test_travel_is_on_the_first_day_and_debrief_on_the_last():
    session = at(MONDAY, 23, 120, travel=30, debrief=20)

    spread = rules.spread([session], NEW_YORK, TODAY)

    tuesday = MONDAY + timedelta(days=1)
    assert spread == [
        Piece(MONDAY, 60, Activity.SESSION),
        Piece(tuesday, 60, Activity.SESSION),
        Piece(MONDAY, 30, Activity.TRAVEL),
        Piece(tuesday, 20, Activity.DEBRIEF),
    ]


def test_a_document_review_keeps_its_activity():
    review = replace(at(MONDAY, 9), activity=Activity.REVIEW)

    assert rules.spread([review], NEW_YORK, TODAY) == [
        Piece(MONDAY, 60, Activity.REVIEW)
    ]


@given(loads, pieces)
def test_adding_pieces_leaves_the_load_as_it_was(load, added):
    before = dict(load)

    after = rules.load_of(added, load)

    assert load == before
    assert sum(after.values()) == sum(load.values()) + sum(p.minutes for p in added)


@given(loads, st.integers(0, 6))
def test_totals_keep_the_sum_and_begin_on_the_right_day(load, first_weekday):
    weeks = rules.week_totals(load, first_weekday)
    months = rules.month_totals(load)

    assert sum(weeks.values()) == sum(months.values()) == sum(load.values())
    assert all(start.weekday() == first_weekday for start in weeks)
    assert all(start.day == 1 for start in months)


@given(loads, pieces, limits, st.integers(0, 6))
def test_the_picture_shows_what_a_yes_adds(load, added, own, first_weekday):
    shown = rules.effect(load, added, own, first_weekday)
    by_month = rules.month_effect(load, added, own)

    after = rules.week_totals(rules.load_of(added, load), first_weekday)
    assert {one.start: one.after for one in shown}.items() <= after.items()
    for picture, limit in ((shown, own.week_minutes), (by_month, own.month_minutes)):
        assert picture == sorted(picture, key=lambda one: one.start)
        assert all(one.limit == limit for one in picture)
        added_minutes = sum(one.after - one.before for one in picture)
        assert added_minutes == sum(piece.minutes for piece in added)


@given(loads, pieces, limits, st.integers(0, 6), st.integers(0, 6))
def test_no_yes_passes_a_limit_and_no_room_is_refused(
    load, added, own, first_weekday, engagements
):
    broken = rules.broken_limits(load, added, own, engagements, first_weekday)

    def passes(span: tuple[date, date], most: int | None) -> bool:
        def within(minutes: dict[date, int]) -> int:
            return sum(m for d, m in minutes.items() if span[0] <= d <= span[1])

        total = within(load) + within(rules.load_of(added))
        return most is not None and total > most

    days = {piece.day for piece in added}
    weeks = {calendar.week_of(day, first_weekday) for day in days}
    months = {calendar.month_of(day) for day in days}
    expected = {("week", span[0]) for span in weeks if passes(span, own.week_minutes)}
    expected |= {("month", s[0]) for s in months if passes(s, own.month_minutes)}
    if own.at_once is not None and engagements + 1 > own.at_once:
        expected.add(("at_once", None))
    assert {(one.kind, one.when) for one in broken} == expected
    assert all(one.would_be > one.limit for one in broken)


@pytest.mark.parametrize(("minutes", "is_broken"), [(60, False), (61, True)])
def test_the_limit_itself_still_fits(minutes, is_broken):
    added = [Piece(MONDAY, minutes, Activity.SESSION)]

    broken = rules.broken_limits({MONDAY: 420}, added, Limits(480), 0, 0)

    assert bool(broken) is is_broken


def test_a_pair_of_asks_for_the_last_hours_gets_one_yes():
    own, added = Limits(480), [Piece(MONDAY, 240, Activity.SESSION)]
    first = rules.broken_limits({MONDAY: 240}, added, own, 0, 0)
    second = rules.broken_limits(rules.load_of(added, {MONDAY: 240}), added, own, 0, 0)

    assert (bool(first), bool(second)) == (False, True)


@pytest.mark.parametrize(("asks", "is_broken"), [(None, False), (1, False), (2, True)])
def test_invitations_count_only_before_they_are_asked(asks, is_broken):
    broken = rules.broken_limits({}, [], Limits(invitations_30=2), 0, 0, asks)

    assert bool(broken) is is_broken


@pytest.mark.parametrize(
    ("days_apart", "is_broken"), [(89, True), (90, False), (-89, True), (-90, False)]
)
def test_one_story_in_ninety_days_counts_both_ways(days_apart, is_broken):
    story = StoryDays(True, (MONDAY + timedelta(days=days_apart),))
    added = [Piece(MONDAY, 60, Activity.SESSION)]

    broken = rules.broken_limits({}, added, Limits(story_90=1), 0, 0, story=story)

    assert bool(broken) is is_broken


def test_the_fullest_stretch_is_what_counts():
    around = tuple(MONDAY + timedelta(days=days) for days in (-60, 60))
    added = [Piece(MONDAY, 60, Activity.SESSION)]

    def broken(most: int) -> list[rules.Broken]:
        own = Limits(story_90=most)
        return rules.broken_limits({}, added, own, 0, 0, story=StoryDays(True, around))

    assert [one.would_be for one in broken(1)] == [2]
    assert broken(2) == []


@pytest.mark.parametrize(
    ("days_after", "is_broken"), [(1, True), (2, True), (3, False)]
)
def test_days_of_rest_follow_a_story(days_after, is_broken):
    own, told = Limits(rest_days=2), MONDAY - timedelta(days=days_after)
    added = [Piece(MONDAY, 60, Activity.SESSION)]
    before = StoryDays(False, (told,))
    after = StoryDays(True, (), (MONDAY + timedelta(days=days_after),))

    for story in (before, after):
        broken = rules.broken_limits({}, added, own, 0, 0, story=story)
        assert bool(broken) is is_broken


def test_preparation_is_no_breach_of_rest():
    added = [Piece(MONDAY, 60, Activity.PREPARATION)]
    story = StoryDays(False, (MONDAY - timedelta(days=1),))

    assert not rules.broken_limits({}, added, Limits(rest_days=5), 0, 0, story=story)


def test_room_is_what_is_left_and_never_below_nothing():
    week = calendar.week_of(MONDAY, 0)

    assert rules.room_left({MONDAY: 100}, Limits(480), week) == 380
    assert rules.room_left({MONDAY: 500}, Limits(480), week) == 0
    assert rules.room_left({MONDAY - timedelta(1): 100}, Limits(480), week) == 480
    assert rules.room_left({MONDAY: 100}, Limits(), week) is None


def test_a_yes_over_the_limit_asks_for_the_consultants_own_raise():
    person = standing(limits=Limits(480), load={MONDAY: 450})

    with pytest.raises(OverLimit) as refusal:
        rules.check_accept(person, Work([at(MONDAY, 9)]), TODAY, raised=False)

    assert str(refusal.value) == "Your limit is 8 h. Raise it for this one?"
    assert refusal.value.values == {"limit": Minutes(480)}
    assert [one.would_be for one in refusal.value.broken] == [510]
    rules.check_accept(person, Work([at(MONDAY, 9)]), TODAY, raised=True)


def test_a_yes_within_the_limit_needs_no_raise():
    person = standing(limits=Limits(480, notice_days=30), pause=Pause(TODAY))

    rules.check_accept(person, Work([at(MONDAY, 9)]), TODAY, raised=False)


@pytest.mark.parametrize(
    ("own", "story", "words"),
    [
        (Limits(month_minutes=30), StoryDays(), "30 min a month"),
        (Limits(at_once=0), StoryDays(), "at the same time is 0"),
        (Limits(story_90=0), StoryDays(True), "in 90 days is 0"),
        (Limits(rest_days=3), StoryDays(False, (date(2026, 7, 5),)), "in days: 3"),
    ],
)
def test_each_limit_has_its_own_words(own, story, words):
    person = standing(limits=own, story=story)
    work = Work([at(MONDAY, 9)], story.is_story_near)

    with pytest.raises(OverLimit, match=words):
        rules.check_accept(person, work, TODAY, raised=False)
