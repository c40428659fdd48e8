from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engage.workload.minutes import Activity, Kept, counted_load

MONDAY = date(2026, 7, 6)
ONE, OTHER = "engagement:one", "engagement:other"
SESSION, DEBRIEF = Activity.SESSION, Activity.DEBRIEF

rows = st.lists(
    st.builds(
        Kept,
        day=st.dates(MONDAY, MONDAY + timedelta(days=13)),
        minutes=st.integers(1, 600),
        activity=st.sampled_from([SESSION, DEBRIEF]),
        group=st.sampled_from([ONE, OTHER]),
        is_logged=st.booleans(),
    ),
    max_size=14,
)


def agreed(day: date, minutes: int, group: str = ONE, activity: Activity = SESSION):
    return Kept(day, minutes, activity, group, False)


def logged(day: date, minutes: int, group: str = ONE, activity: Activity = SESSION):
    return Kept(day, minutes, activity, group, True)


def total(kept: list[Kept], *, is_logged: bool) -> Counter:
    sums: Counter = Counter()
    for row in kept:
        if row.is_logged is is_logged:
            sums[row.group, row.activity] += row.minutes
    return sums


@given(rows)
def test_no_day_ever_counts_less_than_what_was_logged_on_it(kept):
    load = counted_load(kept)

    on_day: Counter = Counter()
    for row in kept:
        if row.is_logged:
            on_day[row.day] += row.minutes
    assert all(minutes > 0 for minutes in load.values())
    assert all(load[day] >= minutes for day, minutes in on_day.items())


@given(rows)
def test_each_engagement_and_activity_counts_the_larger_of_agreed_and_logged(kept):
    plans, work = total(kept, is_logged=False), total(kept, is_logged=True)

    most = sum(max(plans[key], work[key]) for key in plans | work)

    assert sum(counted_load(kept).values()) == most


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_sum(kept, random):
    mixed = list(kept)
    random.shuffle(mixed)

    assert sum(counted_load(mixed).values()) == sum(counted_load(kept).values())


@given(rows)
def test_without_logged_minutes_all_that_is_agreed_counts(kept):
    plans = [row for row in kept if not row.is_logged]

    on_day: Counter = Counter()
    for row in plans:
        on_day[row.day] += row.minutes
    assert counted_load(plans) == on_day


def test_logging_takes_the_place_of_the_same_day_first():
    tuesday = MONDAY + timedelta(days=1)

    load = counted_load([agreed(MONDAY, 60), agreed(tuesday, 60), logged(tuesday, 60)])

    assert load == {MONDAY: 60, tuesday: 60}


def test_logging_more_than_the_day_had_takes_from_the_earliest_on():
    days = [MONDAY + timedelta(days=step) for step in range(3)]

    load = counted_load([*(agreed(day, 60) for day in days), logged(days[2], 90)])

    assert load == {days[0]: 30, days[1]: 60, days[2]: 90}


def test_another_engagement_and_another_activity_stay_as_agreed():
    kept = [
        agreed(MONDAY, 60),
        logged(MONDAY, 60, OTHER),
        logged(MONDAY, 15, ONE, DEBRIEF),
    ]

    assert counted_load(kept) == {MONDAY: 135}
