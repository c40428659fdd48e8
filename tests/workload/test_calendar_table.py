"""200 and more instants in 12 zones against offsets worked out from the laws alone.

Nothing here asks the time zone database or the house's calendar what it then checks:
offsets come from the rules as they are written (second Sunday in March, and so on).
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from engage.core import calendar
from engage.core.db import db
from engage.engagements import actions as engagements
from engage.workload import actions, own, queries, rules
from engage.workload.minutes import Activity, Session, load_of, spread
from engage.workload.models import WorkMinutes
from engage.workload.rules import OverLimit, Work
from tests import make
from tests.hours import work as agreed_work

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SUNDAY = 7

# Zone: minutes from UTC in winter, in summer, and which law moves it.
ZONES = {
    "America/New_York": (-300, -240, "us"),
    "America/Chicago": (-360, -300, "us"),
    "America/Phoenix": (-420, -420, ""),
    "America/Los_Angeles": (-480, -420, "us"),
    "America/Anchorage": (-540, -480, "us"),
    "Pacific/Honolulu": (-600, -600, ""),
    "America/Puerto_Rico": (-240, -240, ""),
    "America/St_Johns": (-210, -150, "us"),
    "Europe/London": (0, 60, "eu"),
    "Australia/Lord_Howe": (630, 660, "lord howe"),
    "Pacific/Kiritimati": (840, 840, ""),
    "Etc/GMT+12": (-720, -720, ""),
}


def sunday(year: int, month: int, which: int) -> datetime:
    """Midnight of the which-th Sunday of a month; -1 is the last."""
    days = (datetime(year, month, 1) + DAY * each for each in range(31))  # noqa: DTZ001
    found = [one for one in days if one.month == month and one.isoweekday() == SUNDAY]
    return found[which if which < 0 else which - 1]


@cache
def turns(year: int, winter: int, law: str) -> tuple[datetime, datetime]:
    """When summer time begins and ends in a year, in UTC without a zone."""
    off = MINUTE * winter
    if law == "us":  # at 2 o'clock of the time that is on the wall
        begins, ends = sunday(year, 3, 2) + 2 * HOUR, sunday(year, 11, 1) + HOUR
        return begins - off, ends - off
    if law == "eu":  # at 1 o'clock in London's winter time, everywhere at once
        return sunday(year, 3, -1) + HOUR, sunday(year, 10, -1) + HOUR
    # Lord Howe: at 2 o'clock, by half an hour, and over the turn of the year
    ends = sunday(year, 4, 1) + 2 * HOUR - 30 * MINUTE - off
    return sunday(year, 10, 1) + 2 * HOUR - off, ends


def offset(utc: datetime, zone: str) -> timedelta:
    winter, summer, law = ZONES[zone]
    if not law:
        return MINUTE * winter
    begins, ends = turns((utc + MINUTE * winter).year, winter, law)
    is_summer = begins <= utc < ends if begins < ends else not ends <= utc < begins
    return MINUTE * (summer if is_summer else winter)


def wall(moment: datetime, zone: str) -> datetime:
    """What a clock there shows, without a zone."""
    utc = moment.replace(tzinfo=None)
    return utc + offset(utc, zone)


def instants() -> list[datetime]:
    """Around every turn of the clock of a year, and around midnights that matter."""
    found = set()
    for winter, _, law in ZONES.values():
        for turn in turns(2026, winter, law) if law else ():
            found |= {turn + MINUTE * each for each in (-31, -1, 0, 29, 59)}
    nights = (
        (2026, 7, 19),  # a Sunday begins
        (2026, 7, 20),  # a Monday begins
        (2027, 1, 1),  # in ISO week 53 of 2026
        (2027, 1, 4),  # the week after week 53
        (2028, 2, 29),
        (2028, 3, 1),
    )
    for night in nights:
        midnight = datetime(*night)  # noqa: DTZ001 - on the wall
        for winter, summer, _ in ZONES.values():
            for off in {winter, summer}:
                found |= {midnight - MINUTE * off, midnight - MINUTE * (off + 1)}
    return sorted(one.replace(tzinfo=UTC) for one in found)


TABLE = instants()
# New York turns its clock within a session; a leap day; the far ends of the world.
LENGTHS = (1, 59, 90, 1441)


def minute_by_minute(start: datetime, minutes: int, zone: str) -> Counter[date]:
    return Counter(wall(start + MINUTE * each, zone).date() for each in range(minutes))


def monday_week(day: date, first: int) -> date:
    """The first day of the week, counted back by hand."""
    while day.isoweekday() - 1 != first:
        day -= DAY
    return day


def test_the_table_has_at_least_200_instants_and_12_zones():
    assert len(TABLE) >= 200
    assert len(ZONES) == 12
    assert {off for zone in ZONES.values() for off in zone[:2]} >= {840, -720, 630}


@pytest.mark.parametrize("zone", ZONES)
def test_every_instant_is_on_the_day_that_the_law_says(zone):
    for instant in TABLE:
        there = wall(instant, zone)
        assert calendar.local_time(instant, zone).replace(tzinfo=None) == there
        assert calendar.local_day(instant, zone) == there.date()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("minutes", LENGTHS)
def test_no_minute_is_lost_or_doubled(zone, minutes):
    for instant in TABLE[:: 5 if minutes > 100 else 1]:
        found: Counter[date] = Counter()
        for day, begins, part in calendar.minutes_by_day(instant, minutes, zone):
            assert wall(begins, zone).date() == day
            found[day] += part
        assert found == minute_by_minute(instant, minutes, zone), instant


@pytest.mark.parametrize("first", range(7))
def test_weeks_begin_where_the_person_says_and_keep_seven_days(first):
    for instant in TABLE:
        day = wall(instant, "Etc/GMT+12").date()
        start, end = calendar.week_of(day, first)
        assert (start, (end - start).days) == (monday_week(day, first), 6)
        assert start <= day <= end
        if first == 0:
            year, week, _ = day.isocalendar()
            assert start == date.fromisocalendar(year, week, 1)


def test_week_53_lies_over_two_years_and_two_months():
    week = calendar.week_of(date(2027, 1, 1), 0)

    assert week == (date(2026, 12, 28), date(2027, 1, 3))
    assert calendar.month_of(date(2027, 1, 1))[0] == date(2027, 1, 1)
    assert calendar.month_of(date(2028, 2, 10))[1] == date(2028, 2, 29)


@given(
    st.datetimes(datetime(2021, 1, 1), datetime(2030, 12, 28)),  # noqa: DTZ001
    st.sampled_from(list(ZONES)),
    st.integers(1, 720),
    st.integers(0, 6),
)
def test_any_session_in_any_zone_adds_up(moment, zone, minutes, first):
    start = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    whole = Session(start, minutes, preparation=100, travel=30, debrief=15)
    load = load_of(spread([whole], zone, date(2020, 1, 1)))
    session = load_of(
        each
        for each in spread([whole], zone, date(2020, 1, 1))
        if each.activity is Activity.SESSION
    )

    assert session == minute_by_minute(start, minutes, zone)
    assert sum(load.values()) == minutes + 145
    weeks = Counter[date]()
    for day, each in load.items():
        weeks[monday_week(day, first)] += each
    assert rules.week_totals(load, first) == weeks
    assert sum(rules.month_totals(load).values()) == minutes + 145


@given(
    st.dates(date(2021, 1, 1), date(2030, 12, 28)),
    st.integers(0, 1439),
    st.sampled_from(list(ZONES)),
)
def test_a_time_on_the_wall_is_the_earlier_of_two_or_after_the_jump(day, minute, zone):
    there = datetime.combine(day, time(*divmod(minute, 60)))
    winter, summer, _ = ZONES[zone]
    moments = [there - MINUTE * each for each in (winter, summer)]
    shown = [one for one in moments if one + offset(one, zone) == there]
    expected = min(shown) if shown else there - MINUTE * winter

    found = calendar.local_moment_utc(day, minute, zone)

    assert found == expected.replace(tzinfo=UTC)


# --- the consultant's zone changes in the middle of a week: minutes stay on the days on
# which they were agreed, the week of the limit is the one on their wall now.


def move(who, zone: str) -> None:
    who.zone = zone
    make.save(who)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("zone", ZONES)
def test_a_move_loses_and_doubles_no_minute(zone, july):
    who = make.consultant(week_start=0)
    make.limits(who, week_minutes=480)
    late = Session(
        datetime(2026, 7, 17, 2, 30, tzinfo=UTC), 180
    )  # 10:30 PM on the 16th
    actions.hold(who, "engagement:one", Work([late]), now=july)
    before = dict(queries.standing(who.id, july).load)
    assert before == {date(2026, 7, 16): 90, date(2026, 7, 17): 90}

    move(who, zone)

    standing = queries.standing(who.id, july)
    assert (standing.load, standing.zone) == (before, zone)
    week = calendar.week_of(wall(july, zone).date(), 0)
    assert own.room(who, july).week.used == 180
    assert week == (date(2026, 7, 13), date(2026, 7, 19))
    again = Session(datetime(2026, 7, 18, 12, 0, tzinfo=UTC), 300)
    actions.check_room(who, Work([again]), now=july, raised=False)
    longer = Session(again.starts_at, 301)
    with pytest.raises(OverLimit):
        actions.check_room(who, Work([longer]), now=july, raised=False)
    actions.hold(who, "engagement:two", Work([again]), now=july)
    actions.release("engagement:one")
    assert sum(queries.standing(who.id, july).load.values()) == 300


@pytest.mark.usefixtures("app")
def test_the_week_of_the_limit_turns_with_the_persons_own_wall(july):
    """Sunday evening in Honolulu is Monday in Kiritimati: a week with its room."""
    who = make.consultant(zone="Pacific/Honolulu", week_start=0)
    make.limits(who, week_minutes=60)
    sunday_night = datetime(2026, 7, 20, 5, 0, tzinfo=UTC)
    actions.hold(who, "engagement:one", Work([Session(sunday_night, 60)]), now=july)
    assert own.room(who, sunday_night).week.left == 0

    move(who, "Pacific/Kiritimati")

    assert own.room(who, sunday_night).week.left == 60
    assert dict(queries.standing(who.id, july).load) == {date(2026, 7, 19): 60}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("begun", [False, True])
def test_who_leaves_after_a_move_is_free_of_all_that_had_not_begun(
    zone: str, begun: bool, app: Flask, july: datetime
) -> None:
    done = agreed_work.agreed(july, minutes=(120, 60))
    first = july + 7 * DAY
    move(done.person, zone)

    now = first + MINUTE if begun else first - 2 * HOUR
    engagements.leave(done.engagement.id, by=done.person, now=now)

    sessions = sa.select(sa.func.sum(WorkMinutes.minutes)).where(
        WorkMinutes.activity == Activity.SESSION
    )
    assert db.session.scalar(sessions) == (120 if begun else None)
    later = [
        day
        for day in queries.standing(done.person.id, now).load
        if day > now.date() + DAY
    ]
    assert later == []
