from calendar import THURSDAY, monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core import calendar

ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
]
DAYS = st.dates(date(2019, 1, 1), date(2040, 12, 31))
MOMENTS = st.datetimes(
    datetime(2019, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds
    datetime(2040, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def test_holidays_of_2026_as_published():
    # opm.gov, federal holidays 2026: July 4 is a Saturday, observed on Friday
    assert sorted(calendar.federal_holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2026, 7, 3),
        date(2026, 9, 7),
        date(2026, 10, 12),
        date(2026, 11, 11),
        date(2026, 11, 26),
        date(2026, 12, 25),
    ]


def test_holidays_of_2027_move_to_friday_and_monday():
    holidays = calendar.federal_holidays(2027)

    assert date(2027, 6, 18) in holidays
    assert date(2027, 7, 5) in holidays
    assert date(2027, 12, 24) in holidays
    # January 1, 2028 is a Saturday
    assert date(2027, 12, 31) in holidays
    assert date(2028, 1, 1) not in calendar.federal_holidays(2028)


def test_juneteenth_begins_in_2021():
    assert not any(day.month == 6 for day in calendar.federal_holidays(2020))
    assert date(2021, 6, 18) in calendar.federal_holidays(2021)
    assert date(2022, 6, 20) in calendar.federal_holidays(2022)


@given(st.integers(1990, 2100))
def test_no_holiday_falls_on_a_weekend(year):
    holidays = calendar.federal_holidays(year)

    assert all(day.weekday() < 5 and day.year == year for day in holidays)
    assert 9 <= len(holidays) <= 12


@given(st.integers(1990, 2100))
def test_thanksgiving_is_the_fourth_thursday(year):
    thursdays = [
        date(year, 11, day)
        for day in range(1, 31)
        if date(year, 11, day).weekday() == THURSDAY
    ]

    assert thursdays[3] in calendar.federal_holidays(year)
    assert not {*thursdays[:1], thursdays[2]} & calendar.federal_holidays(year) - {
        date(year, 11, 11)
    }


def test_business_days_pass_over_a_long_weekend():
    assert calendar.add_business_days(date(2026, 7, 1), 2) == date(2026, 7, 6)
    assert calendar.add_business_days(date(2026, 7, 6), -2) == date(2026, 7, 1)
    assert calendar.business_days_between(date(2026, 7, 1), date(2026, 7, 6)) == 2


def test_no_business_days_is_the_day_itself():
    assert calendar.add_business_days(date(2026, 7, 4), 0) == date(2026, 7, 4)


@given(DAYS, st.integers(-60, 60))
def test_adding_and_counting_business_days_undo_each_other(day, count):
    other = calendar.add_business_days(day, count)

    assert calendar.business_days_between(day, other) == count
    assert count == 0 or calendar.is_business_day(other)


@given(DAYS, st.integers(1, 60))
def test_business_days_are_counted_one_by_one(day, count):
    other = day
    left = count
    while left:
        other += timedelta(days=1)
        weekend = other.strftime("%a") in ("Sat", "Sun")
        left -= not weekend and other not in calendar.federal_holidays(other.year)

    assert calendar.add_business_days(day, count) == other


@given(DAYS, st.integers(0, 6))
def test_a_week_is_seven_days_and_holds_its_day(day, first_weekday):
    start, end = calendar.week_of(day, first_weekday)

    assert start <= day <= end
    assert (end - start).days == 6
    assert start.weekday() == first_weekday
    assert calendar.week_of(start, first_weekday) == (start, end)
    assert calendar.week_of(end, first_weekday) == (start, end)


def test_week_53_belongs_to_both_years():
    assert calendar.week_of(date(2027, 1, 1), 0) == (
        date(2026, 12, 28),
        date(2027, 1, 3),
    )


@given(DAYS)
def test_a_month_ends_on_its_last_day(day):
    first, last = calendar.month_of(day)

    assert (first.day, last.day) == (1, monthrange(day.year, day.month)[1])
    assert (first.year, first.month) == (last.year, last.month) == (day.year, day.month)


def test_a_leap_day_ends_february():
    assert calendar.month_of(date(2028, 2, 3))[1] == date(2028, 2, 29)


@given(MOMENTS, st.sampled_from(ZONES))
def test_a_moment_lies_within_its_local_day(moment, zone):
    day = calendar.local_day(moment, zone)

    assert calendar.local_midnight_utc(day, zone) <= moment
    assert moment < calendar.end_of_local_day_utc(day, zone)


@given(DAYS, st.sampled_from(ZONES))
def test_midnight_is_the_first_instant_of_the_day(day, zone):
    midnight = calendar.local_midnight_utc(day, zone)

    assert calendar.local_day(midnight, zone) == day
    assert calendar.local_day(
        midnight - timedelta(microseconds=1), zone
    ) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 8), "America/New_York", 23),
        (date(2026, 11, 1), "America/New_York", 25),
        (date(2026, 3, 8), "America/Phoenix", 24),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(2026, 10, 4), "Australia/Lord_Howe", 23.5),
        (date(2026, 4, 24), "Africa/Cairo", 23),  # the clock jumps over midnight
    ],
)
def test_a_day_is_as_long_as_its_clock_says(day, zone, hours):
    start = calendar.local_midnight_utc(day, zone)

    assert calendar.end_of_local_day_utc(day, zone) - start == timedelta(hours=hours)


def test_a_skipped_wall_time_moves_on_by_the_jump():
    moment = calendar.local_moment_utc(date(2026, 3, 8), 150, "America/New_York")

    assert moment == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    wall = calendar.local_time(moment, "America/New_York")
    assert (wall.hour, wall.minute) == (3, 30)


def test_a_repeated_wall_time_is_the_first_of_both():
    moment = calendar.local_moment_utc(date(2026, 11, 1), 90, "America/New_York")

    assert moment == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_day_that_a_zone_left_out_has_no_length():
    day = date(2011, 12, 30)  # Samoa went to the other side of the date line

    assert calendar.local_midnight_utc(
        day, "Pacific/Apia"
    ) == calendar.end_of_local_day_utc(day, "Pacific/Apia")


def test_a_naive_moment_is_an_error():
    with pytest.raises(ValueError, match="time zone"):
        calendar.local_day(datetime(2026, 1, 1), "America/New_York")  # noqa: DTZ001


@given(MOMENTS, st.integers(0, 3000), st.sampled_from(ZONES))
def test_minutes_by_day_lose_and_double_nothing(moment, minutes, zone):
    moment = moment.replace(second=0, microsecond=0)

    parts = calendar.minutes_by_day(moment, minutes, zone)

    counted: dict[date, int] = {}
    for offset in range(minutes):
        wall = (moment + timedelta(minutes=offset)).astimezone(ZoneInfo(zone))
        counted[wall.date()] = counted.get(wall.date(), 0) + 1
    assert {day: count for day, _, count in parts} == counted
    assert len(parts) == len(counted)


def test_minutes_end_where_a_clock_went_back_over_midnight():
    # until 2011 St. John's turned 00:01 back to 23:01 of the day before
    start = datetime(2010, 11, 7, 1, 0, tzinfo=UTC)

    parts = calendar.minutes_by_day(start, 600, "America/St_Johns")

    assert sum(minutes for _, _, minutes in parts) == 600
