"""Properties of amounts: whole cents, lines rounded once, parts that add up."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.core.money import rate_times_minutes, split
from engage.engagements.letter_pay import pay_lines
from engage.funding import rules
from engage.funding.rules import (
    Line,
    PayKind,
    Terms,
    cents_by_session,
    check_terms,
    preparation_cents,
    seat_cents,
)
from engage.funding.rules import part_of_line as part
from engage.hours.rules import earned_cents
from engage.workload.rules import Activity

DAY = date(2026, 3, 10)
PLENTY = 10_000_000_00
PERIOD = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
RATES = st.integers(1, 500_00)
FIVES = st.integers(1, 144)


@st.composite
def hourly(draw: st.DrawFn) -> Terms:
    sessions = draw(st.lists(FIVES, min_size=1, max_size=6))
    minutes = st.integers(0, 24).map(lambda fives: fives * 5)
    return Terms(
        pay=PayKind.HOURLY,
        rate_cents=draw(RATES),
        sessions=tuple(
            (DAY + timedelta(n), each * 5) for n, each in enumerate(sessions)
        ),
        preparation_minutes=draw(minutes),
        travel_minutes=draw(minutes),
        debrief_minutes=draw(minutes),
        pays_preparation=draw(st.booleans()),
        pays_travel=draw(st.booleans()),
        pays_debrief=draw(st.booleans()),
    )


@given(RATES, st.lists(FIVES, min_size=1, max_size=40))
def test_parts_of_a_line_are_the_line_rounded_once(rate, parts):
    before = [0, *accumulate(parts)]
    cents = [part(rate, at, each) for at, each in zip(before, parts, strict=False)]
    assert sum(cents) == rate_times_minutes(rate, sum(parts))
    assert all(isinstance(each, int) and each >= 0 for each in cents)


@given(hourly(), st.data())
def test_what_is_logged_in_any_parts_never_passes_what_was_reserved(terms, data):
    """Every agreed minute of every activity, logged in whatever parts and order."""
    times = len(terms.sessions)
    agreed = {
        Activity.SESSION: sum(minutes for _, minutes in terms.sessions),
        Activity.PREPARATION: times * terms.preparation_minutes,
        Activity.TRAVEL: times * terms.travel_minutes,
        Activity.DEBRIEF: times * terms.debrief_minutes,
    }
    total = 0
    for activity, left in agreed.items():
        before = 0
        while left:
            minutes = min(left, 5 * data.draw(FIVES))
            total += earned_cents(terms, activity, minutes, minutes_before=before)
            before, left = before + minutes, left - minutes
    assert total == seat_cents(terms)


@given(hourly())
def test_sessions_and_lines_of_the_letter_add_up_to_the_seat(terms):
    assert sum(cents_by_session(terms)) == seat_cents(terms)
    assert min(cents_by_session(terms)) >= 0
    assert sum(line.cents for line in pay_lines(terms)) == seat_cents(terms)


@given(hourly(), st.integers(1, 5))
def test_all_seats_are_so_many_times_one(terms, seats):
    assert rules.full_cents(replace(terms, seats=seats)) == seats * seat_cents(terms)


@given(RATES, FIVES, FIVES)
def test_preparation_of_a_lost_session_joins_the_line_it_belongs_to(rate, kept, lost):
    terms = Terms(pay=PayKind.HOURLY, rate_cents=rate, sessions=((DAY, 60),))
    whole = rate_times_minutes(rate, 5 * (kept + lost))
    here = rate_times_minutes(rate, 5 * kept)
    assert here + preparation_cents(terms, 5 * lost, before=5 * kept) == whole


@given(st.integers(0, 10_000_000), st.integers(1, 40))
def test_a_split_is_whole_cents_and_loses_none(cents, parts):
    shares = split(cents, parts)
    assert sum(shares) == cents
    assert max(shares) - min(shares) <= 1


def of(rate: int, minutes: int, day: date = DAY) -> Terms:
    return Terms(pay=PayKind.HOURLY, rate_cents=rate, sessions=((day, minutes),))


def refusal(line: Line, terms: Terms) -> str:
    with pytest.raises(Refused) as caught:
        check_terms(line, terms, PLENTY)
    return str(caught.value)


@given(st.integers(1, 81_25), st.integers(1, 96))
def test_up_to_the_cap_every_rate_passes_and_above_it_none(rate, fives):
    line = Line(**PERIOD, cap_hourly_cents=81_25)
    check_terms(line, of(rate, fives * 5), PLENTY)
    assert "prior approval" in refusal(line, of(81_25 + rate, fives * 5))
    with_one = Line(**PERIOD, cap_hourly_cents=81_25, has_prior_approval=True)
    check_terms(with_one, of(81_25 + rate, fives * 5), PLENTY)


@given(st.integers(1, 12 * 12))
def test_a_floor_with_a_daily_cap_leaves_the_time_between_them(fives):
    """$57 an hour and $200 a day: 3.5 hours pass, 4 hours are refused as posted."""
    line = Line(**PERIOD, floor_hourly_cents=57_00, cap_daily_cents=200_00)
    if rate_times_minutes(57_00, fives * 5) <= 200_00:
        check_terms(line, of(57_00, fives * 5), PLENTY)
    else:
        assert "$200.00 a day" in refusal(line, of(57_00, fives * 5))
    assert "at least $57.00" in refusal(line, of(56_99, fives * 5))


def test_nine_hours_at_the_rate_are_more_than_a_day_pays():
    line = Line(**PERIOD, cap_hourly_cents=81_25, cap_daily_cents=650_00)
    check_terms(line, of(81_25, 8 * 60), PLENTY)
    assert "$731.25" in refusal(line, of(81_25, 9 * 60))


@given(st.integers(-400, 800).map(lambda days: date(2026, 1, 1) + timedelta(days)))
def test_only_days_of_the_period_pass_with_both_of_its_ends(day):
    line = Line(**PERIOD)
    if PERIOD["starts_on"] <= day <= PERIOD["ends_on"]:
        check_terms(line, of(50_00, 60, day), PLENTY)
    else:
        assert "outside of that" in refusal(line, of(50_00, 60, day))


@given(st.integers(1, 5_000_00), FIVES)
def test_flat_pay_is_weighed_by_what_an_hour_comes_to(cents, fives):
    minutes = fives * 5
    terms = Terms(pay=PayKind.HONORARIUM, rate_cents=cents, sessions=((DAY, minutes),))
    line = Line(**PERIOD, cap_hourly_cents=81_25)
    if cents * 60 <= 81_25 * minutes:
        check_terms(line, terms, PLENTY)
    else:
        assert "$81.25" in refusal(line, terms)
    shown = rules.effective_hourly_cents(cents, minutes)
    assert abs(shown * minutes - cents * 60) * 2 <= minutes
