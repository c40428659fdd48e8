from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.funding import rules
from engage.funding.rules import (
    STAGE_MOVES,
    CostCategory,
    Line,
    LineStatus,
    PayKind,
    Stage,
    Terms,
    check_move,
    check_terms,
    full_cents,
    left_cents,
    seat_cents,
    session_share_cents,
)

DAY = date(2026, 3, 10)
PLENTY = 10_000_000_00
PERIOD = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
DOJ = Line(**PERIOD, cap_hourly_cents=81_25, cap_daily_cents=650_00)
WASHINGTON = Line(**PERIOD, floor_hourly_cents=57_00, cap_daily_cents=200_00)
FLAT = [PayKind.SESSION_STIPEND, PayKind.MONTH_STIPEND, PayKind.HONORARIUM]


def hourly(rate_cents: int, minutes: int, **more: object) -> Terms:
    values = {"sessions": ((DAY, minutes),), **more}
    return Terms(pay=PayKind.HOURLY, rate_cents=rate_cents, **values)


def flat(pay: PayKind, cents: int, *days: date, minutes: int = 60) -> Terms:
    return Terms(pay=pay, rate_cents=cents, sessions=tuple((d, minutes) for d in days))


def refusal(line: Line, terms: Terms, left: int = PLENTY) -> str:
    with pytest.raises(Refused) as caught:
        check_terms(line, terms, left)
    return str(caught.value)


@pytest.mark.parametrize("status", LineStatus)
@pytest.mark.parametrize("move", ["close", "reopen", "delete"])
def test_every_status_and_move_is_in_the_table_or_refused(status, move):
    if (status, move) in rules.MOVES:
        assert rules.after(status, move) is rules.MOVES[status, move]
    else:
        with pytest.raises(Refused):
            rules.after(status, move)


def test_the_cap_itself_passes_and_one_cent_more_needs_prior_approval():
    check_terms(DOJ, hourly(81_25, 120), PLENTY)
    assert "$81.26" in refusal(DOJ, hourly(81_26, 120))
    approved = Line(**PERIOD, cap_hourly_cents=81_25, has_prior_approval=True)
    check_terms(approved, hourly(81_26, 120), PLENTY)


@given(st.integers(1, 96).map(lambda fives: fives * 5))
def test_the_cap_passes_whatever_the_minutes_round_to(minutes):
    check_terms(DOJ, hourly(81_25, minutes), PLENTY)


def test_nine_hours_in_one_day_pass_the_daily_cap_and_are_refused():
    check_terms(DOJ, hourly(81_25, 8 * 60), PLENTY)
    assert "$731.25" in refusal(DOJ, hourly(81_25, 9 * 60))


def test_two_sessions_of_one_day_count_together():
    both = hourly(81_25, 0, sessions=((DAY, 300), (DAY, 240)))
    assert "$731.25" in refusal(DOJ, both)
    apart = hourly(81_25, 0, sessions=((DAY, 300), (DAY + timedelta(1), 240)))
    check_terms(DOJ, apart, PLENTY)


def test_travel_and_debrief_count_to_the_day_and_preparation_to_the_days_before():
    check_terms(DOJ, hourly(81_25, 480, preparation_minutes=60), PLENTY)
    refusal(DOJ, hourly(81_25, 480, travel_minutes=30))
    refusal(DOJ, hourly(81_25, 480, debrief_minutes=30))
    two_full_days = ((DAY, 480), (DAY + timedelta(1), 480))
    terms = hourly(81_25, 0, sessions=two_full_days, preparation_minutes=60)
    check_terms(DOJ, terms, PLENTY)


def test_floor_of_57_and_200_a_day_pass_three_and_a_half_hours_and_not_four():
    assert full_cents(hourly(57_00, 210)) == 199_50
    check_terms(WASHINGTON, hourly(57_00, 210), PLENTY)
    assert "$228.00" in refusal(WASHINGTON, hourly(57_00, 240))


def test_a_rate_under_the_floor_is_refused():
    assert "$57.00" in refusal(WASHINGTON, hourly(56_99, 60))


def test_unpaid_preparation_cannot_hide_a_rate_under_the_floor():
    unpaid = {"preparation_minutes": 60, "pays_preparation": False}
    assert "$30.00" in refusal(WASHINGTON, hourly(60_00, 60, **unpaid))


def test_minutes_the_line_leaves_out_cannot_lift_a_rate_to_the_floor():
    line = Line(**PERIOD, floor_hourly_cents=57_00, counts_preparation=False)
    assert "$40.00" in refusal(line, hourly(40_00, 60, preparation_minutes=60))


def test_paid_travel_that_the_line_does_not_count_passes_the_cap_and_is_refused():
    line = Line(**PERIOD, cap_hourly_cents=81_25, counts_travel=False)
    terms = hourly(81_25, 60, travel_minutes=60)
    assert "$162.50" in refusal(line, terms)


def test_flat_pay_is_held_to_the_cap_by_the_minutes_the_line_counts():
    check_terms(DOJ, flat(PayKind.HONORARIUM, 162_50, DAY, minutes=120), PLENTY)
    assert "$81.26" in refusal(DOJ, flat(PayKind.HONORARIUM, 162_51, DAY, minutes=120))
    with_work = Terms(
        pay=PayKind.HONORARIUM,
        rate_cents=243_75,
        sessions=((DAY, 120),),
        preparation_minutes=60,
    )
    check_terms(DOJ, with_work, PLENTY)
    refusal(Line(**PERIOD, cap_hourly_cents=81_25, counts_preparation=False), with_work)


def test_flat_pay_is_held_to_the_daily_cap_by_its_share_of_the_day():
    two_days = (DAY, DAY + timedelta(days=1))
    line = Line(**PERIOD, cap_daily_cents=200_00)
    check_terms(line, flat(PayKind.HONORARIUM, 400_00, *two_days), PLENTY)
    refusal(line, flat(PayKind.HONORARIUM, 400_02, *two_days))


def test_a_session_outside_the_period_is_refused_on_both_sides():
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        refusal(DOJ, hourly(50_00, 60, sessions=((day, 60),)))
    for day in PERIOD.values():
        check_terms(DOJ, hourly(50_00, 60, sessions=((day, 60),)), PLENTY)


def test_closed_and_travel_lines_pay_no_work():
    refusal(Line(**PERIOD, status=LineStatus.CLOSED), hourly(50_00, 60))
    refusal(Line(**PERIOD, category=CostCategory.TRAVEL), hourly(50_00, 60))


def test_the_balance_must_cover_all_seats_in_full():
    terms = hourly(81_25, 120, seats=2)
    check_terms(DOJ, terms, 325_00)
    assert "$325.00" in refusal(DOJ, terms, 324_99)


@pytest.mark.parametrize(
    "terms",
    [
        hourly(50_00, 60, sessions=()),
        hourly(50_00, 0),
        hourly(0, 60),
        hourly(50_00, 60, seats=0),
    ],
)
def test_terms_without_work_pay_or_seats_are_refused(terms):
    refusal(DOJ, terms)


def test_hourly_money_rounds_half_even_once_for_each_line():
    # 5 minutes at 81.30 are 677.5 cents, at 81.42 they are 678.5: both go to 678
    assert seat_cents(hourly(81_30, 5)) == 678
    assert seat_cents(hourly(81_42, 5)) == 678
    assert seat_cents(hourly(81_30, 5, preparation_minutes=5)) == 2 * 678


@given(
    st.integers(1, 500_00),
    st.lists(st.integers(1, 144), min_size=1, max_size=6),
    st.integers(0, 60),
    st.integers(1, 5),
)
def test_rounding_costs_at_most_half_a_cent_a_line(rate, fives, preparation, seats):
    sessions = tuple((DAY + timedelta(i), n * 5) for i, n in enumerate(fives))
    terms = hourly(
        rate, 0, sessions=sessions, preparation_minutes=preparation, seats=seats
    )
    minutes = sum(n for _, n in sessions) + preparation * len(sessions)
    exact = Fraction(rate * minutes, 60)
    assert abs(seat_cents(terms) - exact) <= len(sessions)
    assert full_cents(terms) == seats * seat_cents(terms)


@given(
    st.sampled_from(FLAT),
    st.integers(1, 5_000_00),
    st.lists(st.dates(date(2026, 1, 1), date(2027, 6, 1)), min_size=1, max_size=12),
)
def test_shares_of_flat_pay_add_up_to_the_whole(pay, cents, days):
    terms = flat(pay, cents, *days)
    shares = [session_share_cents(terms, n) for n in range(1, len(days) + 1)]
    assert sum(shares) == seat_cents(terms)
    assert min(shares) >= 0
    through = [rules.share_cents_through(terms, n) for n in range(len(days) + 1)]
    assert through == [sum(shares[:n]) for n in range(len(days) + 1)]


def test_each_flat_kind_pays_what_its_name_says():
    days = (date(2026, 1, 10), date(2026, 1, 24), date(2026, 3, 7))
    assert seat_cents(flat(PayKind.SESSION_STIPEND, 100_00, *days)) == 300_00
    assert seat_cents(flat(PayKind.MONTH_STIPEND, 100_00, *days)) == 300_00
    assert seat_cents(flat(PayKind.HONORARIUM, 100_00, *days)) == 100_00


def test_a_month_is_paid_by_sessions_held_rounded_up():
    days = (date(2026, 1, 3), date(2026, 1, 10), date(2026, 1, 17), date(2026, 3, 7))
    terms = flat(PayKind.MONTH_STIPEND, 100_00, *days)
    shares = [session_share_cents(terms, n) for n in (1, 2, 3, 4)]
    assert shares == [33_34, 33_33, 33_33, 200_00]


def test_preparation_for_a_session_not_held_is_paid_at_its_share():
    assert (
        rules.preparation_cents(hourly(60_00, 60, pays_preparation=False), 30) == 3000
    )
    flat_terms = Terms(
        pay=PayKind.HONORARIUM,
        rate_cents=300_00,
        sessions=((DAY, 120),),
        preparation_minutes=60,
    )
    assert rules.preparation_cents(flat_terms, 60) == 100_00


def test_effective_rate_for_the_page_rounds_half_even():
    assert rules.effective_hourly_cents(100_00, 80) == 75_00
    assert rules.counted_minutes(WASHINGTON, hourly(57_00, 60, travel_minutes=30)) == 90


@pytest.mark.parametrize("source", [None, *Stage])
@pytest.mark.parametrize("target", [None, *Stage])
def test_money_moves_only_along_the_stages(source, target):
    if (source, target) in STAGE_MOVES:
        check_move(source, target, 100, 100)
        with pytest.raises(Refused):
            check_move(source, target, 101, 100)
    else:
        with pytest.raises(Refused):
            check_move(source, target, 100, 100)


@given(
    st.integers(0, 1_000_00),
    st.lists(
        st.tuples(
            st.sampled_from([None, *Stage]),
            st.sampled_from([None, *Stage]),
            st.integers(-10, 500_00),
        ),
        max_size=40,
    ),
)
def test_no_row_of_moves_makes_an_amount_negative_or_loses_a_cent(balance, moves):
    held = dict.fromkeys(Stage, 0)
    for source, target, cents in moves:
        left = left_cents(balance, held.items())
        try:
            check_move(source, target, cents, left if source is None else held[source])
        except Refused:
            continue
        if source:
            held[source] -= cents
        if target:
            held[target] += cents
        assert min(held.values()) >= 0
        assert 0 <= left_cents(balance, held.items()) <= balance
