from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core import calendar
from engage.workload import rules
from engage.workload.rules import (
    DayException,
    Limits,
    Pause,
    Session,
    Standing,
    Window,
    Work,
)

NEW_YORK = "America/New_York"
MONDAY = date(2026, 7, 6)
TODAY = date(2026, 7, 1)


def at(day: date, hour: int, minutes: int = 60) -> Session:
    return Session(calendar.local_moment_utc(day, hour * 60, NEW_YORK), minutes)


def standing(**values: object) -> Standing:
    plain = Standing(zone=NEW_YORK, first_weekday=0, limits=Limits(), load={})
    return replace(plain, **values)


def fits(session: Session, windows: list[Window], *exceptions: DayException) -> bool:
    return rules.fits_windows([session], NEW_YORK, windows, exceptions)


def test_without_windows_every_hour_is_free():
    assert fits(at(MONDAY, 3), [])


@pytest.mark.parametrize(
    ("hour", "minutes", "is_fitting"),
    [(9, 180, True), (9, 181, False), (8, 60, False), (11, 60, True)],
)
def test_a_session_lies_whole_within_a_window(hour, minutes, is_fitting):
    windows = [Window(0, 9 * 60, 12 * 60)]

    assert fits(at(MONDAY, hour, minutes), windows) is is_fitting


def test_windows_that_touch_count_as_one():
    windows = [Window(0, 12 * 60, 15 * 60), Window(0, 9 * 60, 12 * 60)]

    assert fits(at(MONDAY, 10, 240), windows)
    assert not fits(at(MONDAY, 10, 240), [Window(0, 9 * 60, 11 * 60), windows[0]])


def test_a_session_over_midnight_needs_both_days():
    late, early = Window(0, 20 * 60, 24 * 60), Window(1, 0, 2 * 60)

    assert fits(at(MONDAY, 23, 120), [late, early])
    assert not fits(at(MONDAY, 23, 120), [late])


def test_a_dated_exception_wins_over_the_week():
    windows = [Window(0, 9 * 60, 12 * 60)]

    assert not fits(at(MONDAY, 9), windows, DayException(MONDAY, False))
    assert not fits(at(MONDAY, 9), [], DayException(MONDAY, False))
    assert fits(at(MONDAY, 20), windows, DayException(MONDAY, True))
    both = (DayException(MONDAY, False), DayException(MONDAY, True))
    assert not fits(at(MONDAY, 9), windows, *both)


def test_the_repeated_hour_needs_both_of_its_halves():
    # 1:30 to the second 1:15 on the wall: the clock shows all of 1:00 to 2:00
    session = Session(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), 45)

    assert fits(session, [Window(6, 60, 120)])
    assert not fits(session, [Window(6, 75, 120)])


def test_the_skipped_hour_need_not_be_free():
    session = Session(datetime(2026, 3, 8, 6, 30, tzinfo=UTC), 60)

    assert fits(session, [Window(6, 90, 120), Window(6, 180, 210)])


@given(st.integers(0, 1439), st.integers(1, 720))
def test_a_whole_free_week_fits_every_session(minute, minutes):
    session = Session(calendar.local_moment_utc(MONDAY, minute, NEW_YORK), minutes)

    assert fits(session, [Window(weekday, 0, 1440) for weekday in range(7)])


@given(st.integers(0, 1439), st.integers(1, 720))
def test_the_end_of_the_window_is_exact(minute, minutes):
    session = Session(calendar.local_moment_utc(MONDAY, minute, NEW_YORK), minutes)
    windows = [Window(0, minute, 1440), Window(1, 0, 1440)]
    end = minute + minutes

    assert fits(session, windows)
    short = Window(0, minute, end - 1) if end <= 1440 else Window(1, 0, end - 1441)
    assert not fits(session, [windows[0], short] if end > 1440 else [short])


@pytest.mark.parametrize(
    ("pause", "is_paused"),
    [
        (None, False),
        (Pause(TODAY), True),
        (Pause(TODAY, TODAY), True),
        (Pause(TODAY + timedelta(1)), False),
        (Pause(TODAY - timedelta(9), TODAY - timedelta(1)), False),
    ],
)
def test_both_ends_of_a_pause_are_paused(pause, is_paused):
    assert rules.is_paused(pause, TODAY) is is_paused


def test_an_ask_that_fits_is_delivered():
    person = standing(
        limits=Limits(480, 1440, 3, 8, 5, 1, 2),
        windows=(Window(0, 9 * 60, 12 * 60),),
        load={MONDAY: 420},
        engagements_now=2,
        asks_30d=7,
    )

    assert rules.may_deliver(person, Work([at(MONDAY, 9)]), TODAY)


@pytest.mark.parametrize(
    "cause",
    [
        {"load": {MONDAY: 421}, "limits": Limits(480)},
        {"load": {date(2026, 7, 31): 421}, "limits": Limits(month_minutes=480)},
        {"engagements_now": 1, "limits": Limits(at_once=1)},
        {"asks_30d": 2, "limits": Limits(invitations_30=2)},
        {"limits": Limits(notice_days=6)},
        {"windows": (Window(1, 0, 1440),)},
        {"exceptions": (DayException(MONDAY, False),)},
        {"pause": Pause(TODAY, TODAY)},
        {"pause": Pause(MONDAY)},
        {"limits": Limits(story_90=0)},
        # over a limit this week, though the ask is for the next
        {"load": {TODAY: 481}, "limits": Limits(480)},
        {"load": {TODAY: 481}, "limits": Limits(month_minutes=480)},
    ],
)
def test_each_cause_holds_the_ask_back_and_none_speaks(cause):
    work = Work([at(MONDAY, 9)], is_story_near=True)

    assert rules.may_deliver(standing(**cause), work, TODAY) is False


def test_a_filter_holds_the_ask_back():
    assert not rules.may_deliver(
        standing(), Work([at(MONDAY, 9)]), TODAY, is_filtered=True
    )


def test_over_the_limit_no_asks_come_for_any_week():
    far = Work([at(date(2026, 9, 7), 9)])
    over = standing(limits=Limits(480), load={TODAY: 481})
    full = standing(limits=Limits(480), load={TODAY: 480})

    assert not rules.may_deliver(over, far, TODAY)
    assert rules.may_deliver(full, far, TODAY)


def test_more_engagements_than_the_limit_is_over_it():
    assert rules.is_over(standing(limits=Limits(at_once=1), engagements_now=2), TODAY)
    assert not rules.is_over(
        standing(limits=Limits(at_once=2), engagements_now=2), TODAY
    )


@pytest.mark.parametrize("preset", rules.Preset)
def test_a_preset_sets_every_limit_and_a_week_fits_its_month(preset):
    chosen = rules.PRESETS[preset]

    assert None not in vars(chosen).values()
    assert chosen.week_minutes <= chosen.month_minutes <= 5 * chosen.week_minutes


@given(
    st.lists(st.tuples(st.integers(0, 27), st.integers(30, 300)), max_size=30),
    st.integers(60, 900),
    st.integers(120, 3000),
)
def test_offers_taken_in_turn_never_pass_a_limit(offers, week, month):
    own, load = Limits(week_minutes=week, month_minutes=month), {}
    for day, minutes in offers:
        session = at(date(2026, 8, 1) + timedelta(days=day), 9, minutes)
        person = standing(limits=own, load=load)
        if rules.may_deliver(person, Work([session]), TODAY):
            rules.check_accept(person, Work([session]), TODAY, raised=False)
            load = rules.load_of(rules.spread([session], NEW_YORK, TODAY), load)

    assert all(total <= week for total in rules.week_totals(load, 0).values())
    assert all(total <= month for total in rules.month_totals(load).values())
