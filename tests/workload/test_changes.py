from datetime import date, timedelta

import pytest

from engage.core.errors import Refused
from engage.core.money import Minutes
from engage.workload import changes
from engage.workload.availability import DayException, Span, Window, spans
from engage.workload.rules import PRESETS, Limits, Preset

TODAY = date(2026, 7, 15)
DAY = timedelta(days=1)
STEADY = PRESETS[Preset.STEADY]


@pytest.mark.parametrize(
    ("before", "after", "is_raise"),
    [
        (Limits(week_minutes=480), Limits(week_minutes=481), True),
        (Limits(week_minutes=480), Limits(week_minutes=479), False),
        (Limits(week_minutes=480), Limits(), True),
        (Limits(), Limits(week_minutes=480), False),
        (Limits(at_once=1), Limits(at_once=2), True),
        (Limits(invitations_30=2), Limits(invitations_30=0), False),
        (Limits(notice_days=5), Limits(notice_days=4), True),
        (Limits(notice_days=5), Limits(), True),
        (Limits(notice_days=5), Limits(notice_days=6), False),
        (Limits(notice_days=0), Limits(), False),
        (Limits(week_minutes=480, at_once=1), Limits(week_minutes=60, at_once=2), True),
        (STEADY, STEADY, False),
        (STEADY, PRESETS[Preset.LIGHT], False),
        (STEADY, PRESETS[Preset.FULL], True),
    ],
)
def test_what_lets_more_through_is_a_raise(before, after, is_raise):
    assert changes.is_raise(before, after) is is_raise
    if is_raise:
        with pytest.raises(Refused):
            changes.check_limits(before, after, sure=False)
    changes.check_limits(before, after, sure=True)


def test_changes_name_what_differs_and_nothing_else():
    before, after = Limits(480, 960, notice_days=None), Limits(480, None, notice_days=0)

    (one,) = changes.changes(before, after)

    assert (one.name, one.before, one.after, one.is_time) == (
        "month_minutes",
        960,
        None,
        True,
    )


@pytest.mark.parametrize("name", changes.MOST)
def test_each_figure_has_its_bounds(name):
    most = changes.MOST[name]
    changes.check_limits(Limits(), Limits(**{name: most}), sure=True)
    changes.check_limits(Limits(), Limits(**{name: 0}), sure=True)

    for wrong in (-1, most + 1):
        with pytest.raises(Refused) as refused:
            changes.check_limits(Limits(), Limits(**{name: wrong}), sure=True)
        assert refused.value.field == name


def test_hours_are_refused_in_hours():
    with pytest.raises(Refused) as refused:
        changes.check_limits(Limits(), Limits(week_minutes=99999), sure=True)

    assert refused.value.values == {"most": Minutes(168 * 60)}


def test_midnight_may_end_a_time_and_not_begin_nothing():
    assert changes.check_window(540, 0) == 1440
    assert changes.check_window(0, 0) == 1440
    for start, end in ((540, 540), (1200, 120)):
        with pytest.raises(Refused):
            changes.check_window(start, end)


def test_times_that_overlap_or_touch_become_one():
    nine, noon = Window(0, 540, 720), Window(0, 720, 900)

    assert changes.meets(nine, noon)
    assert changes.joined(nine, noon) == Window(0, 540, 900)
    assert not changes.meets(nine, Window(0, 721, 900))
    assert not changes.meets(nine, Window(1, 540, 720))


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (TODAY - DAY, TODAY, "first"),
        (TODAY, TODAY - DAY, "last"),
        (TODAY, TODAY + 92 * DAY, "last"),
        (TODAY + 700 * DAY, TODAY + 731 * DAY, "last"),
    ],
)
def test_days_are_refused_beside_their_field(first, last, field):
    with pytest.raises(Refused) as refused:
        changes.check_days(first, last, TODAY)

    assert refused.value.field == field


def test_days_may_be_today_and_92_at_once():
    changes.check_days(TODAY, TODAY, TODAY)
    changes.check_days(TODAY, TODAY + 91 * DAY, TODAY)


def test_a_pause_may_end_today_and_not_before():
    changes.check_pause(None, TODAY)
    changes.check_pause(TODAY, TODAY)
    with pytest.raises(Refused):
        changes.check_pause(TODAY - DAY, TODAY)


def test_days_alike_in_a_row_are_one_stretch():
    days = [(0, False), (1, False), (2, True), (4, True), (5, True)]

    found = spans(DayException(TODAY + step * DAY, free) for step, free in days)

    assert found == [
        Span(TODAY, TODAY + DAY, False),
        Span(TODAY + 2 * DAY, TODAY + 2 * DAY, True),
        Span(TODAY + 4 * DAY, TODAY + 5 * DAY, True),
    ]
