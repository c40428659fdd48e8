from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.calendar import add_business_days, is_business_day
from engage.core.errors import Refused
from engage.funding.rules import PayKind, Terms, seat_cents
from engage.hours import rules
from engage.hours.rules import (
    HoursStatus,
    approves_itself_on,
    check_entry,
    check_return,
    earned_cents,
    is_late,
    pay_due_on,
)
from engage.workload.rules import Activity

DAY = date(2026, 3, 10)
MOVES = ["approve", "return", "submit", "withdraw", "pay", "reopen", "delete"]
LEFT = {Activity.SESSION: 120, Activity.PREPARATION: 60}
days = st.dates(date(2025, 1, 1), date(2028, 12, 31))


def check(day=DAY, minutes=60, activity=Activity.SESSION, **changed):
    values = {
        "today": DAY,
        "engagement_starts": DAY - timedelta(days=20),
        "engagement_ended_on": None,
        "agreed_left": LEFT,
    }
    check_entry(day, minutes, activity, **(values | changed))


def refused(**values) -> str:
    with pytest.raises(Refused) as caught:
        check(**values)
    return str(caught.value)


@pytest.mark.parametrize("status", HoursStatus)
@pytest.mark.parametrize("move", MOVES)
def test_every_status_and_move_is_in_the_table_or_refused(status, move):
    if (status, move) in rules.MOVES:
        assert rules.after(status, move) is rules.MOVES[status, move]
    else:
        with pytest.raises(Refused):
            rules.after(status, move)


def test_the_table_of_moves_is_the_one_of_the_design():
    s = HoursStatus
    assert {
        (s.SUBMITTED, "approve"): s.APPROVED,
        (s.SUBMITTED, "return"): s.RETURNED,
        (s.RETURNED, "submit"): s.SUBMITTED,
        (s.SUBMITTED, "withdraw"): s.WITHDRAWN,
        (s.RETURNED, "withdraw"): s.WITHDRAWN,
        (s.APPROVED, "pay"): s.PAID,
        (s.PAID, "reopen"): s.APPROVED,
    } == rules.MOVES


def test_work_of_today_and_of_the_first_day_can_be_logged():
    check()
    check(day=DAY - timedelta(days=20))


def test_a_future_day_is_refused():
    refused(day=DAY + timedelta(days=1))


def test_a_day_before_the_agreement_is_refused():
    refused(day=DAY - timedelta(days=21))


def test_a_day_after_the_end_is_refused_and_the_last_day_is_not():
    ended = DAY - timedelta(days=3)
    check(day=ended, engagement_ended_on=ended)
    refused(day=ended + timedelta(days=1), engagement_ended_on=ended)


def test_logging_stays_open_for_thirty_days_after_the_end():
    ended = DAY - timedelta(days=30)
    early = {"engagement_starts": ended, "engagement_ended_on": ended}
    check(day=ended, **early)
    refused(day=ended, today=DAY + timedelta(days=1), **early)


@pytest.mark.parametrize("minutes", [0, -5, 1, 7, 62])
def test_minutes_are_whole_fives_above_zero(minutes):
    refused(minutes=minutes)


def test_minutes_over_the_agreement_name_a_way_to_ask_for_more():
    check(minutes=120)
    said = refused(minutes=125)
    assert "2 h" in said
    assert "Ask your coordinator for more time" in said


def test_the_agreement_counts_by_activity_with_review_as_session():
    check(minutes=120, activity=Activity.REVIEW)
    check(minutes=60, activity=Activity.PREPARATION)
    refused(minutes=65, activity=Activity.PREPARATION)
    refused(minutes=5, activity=Activity.TRAVEL)


def test_a_day_holds_no_more_than_its_hours():
    wide = {Activity.SESSION: 5000}
    check(minutes=60, agreed_left=wide, day_minutes_before=1380)
    refused(minutes=65, agreed_left=wide, day_minutes_before=1380)


@given(st.integers(1, 500_00), st.integers(1, 288))
def test_an_hourly_entry_is_rounded_once_and_half_even(rate, fives):
    terms = Terms(pay=PayKind.HOURLY, rate_cents=rate, sessions=((DAY, 60),))
    cents = earned_cents(terms, Activity.SESSION, fives * 5)
    assert abs(cents * 60 - rate * fives * 5) <= 30
    if abs(cents * 60 - rate * fives * 5) == 30:
        assert cents % 2 == 0


@pytest.mark.parametrize(
    ("activity", "flag"),
    [
        (Activity.PREPARATION, "pays_preparation"),
        (Activity.TRAVEL, "pays_travel"),
        (Activity.DEBRIEF, "pays_debrief"),
    ],
)
def test_work_around_a_session_is_paid_as_the_card_says(activity, flag):
    terms = {"pay": PayKind.HOURLY, "rate_cents": 60_00, "sessions": ((DAY, 60),)}
    assert earned_cents(Terms(**terms), activity, 30) == 30_00
    assert earned_cents(Terms(**terms, **{flag: False}), activity, 30) == 0
    assert earned_cents(Terms(**terms, **{flag: False}), Activity.REVIEW, 30) == 30_00


@given(
    st.sampled_from([kind for kind in PayKind if kind is not PayKind.HOURLY]),
    st.integers(1, 5_000_00),
    st.lists(days, min_size=1, max_size=8),
    st.data(),
)
def test_flat_pay_is_earned_once_for_each_session_in_any_order(pay, cents, when, data):
    terms = Terms(pay=pay, rate_cents=cents, sessions=tuple((d, 60) for d in when))
    order = data.draw(st.permutations(range(1, len(when) + 1)))
    earned = 0
    for number in order:
        given_ = {"session_ordinal": number}
        earned += earned_cents(terms, Activity.SESSION, 60, **given_)
        again = earned_cents(terms, Activity.REVIEW, 60, already_earned=True, **given_)
        assert again == 0
        assert earned_cents(terms, Activity.DEBRIEF, 60, **given_) == 0
    assert earned == seat_cents(terms)


def test_untouched_hours_approve_themselves_after_five_business_days():
    # Thursday before Presidents' Day 2026: Friday, then Tuesday to Friday
    assert approves_itself_on(date(2026, 2, 12)) == date(2026, 2, 20)
    assert approves_itself_on(date(2026, 2, 12), resubmitted=True) == date(2026, 2, 17)
    assert approves_itself_on(DAY, business_days=1, resubmitted=True) == date(
        2026, 3, 11
    )


def test_pay_is_due_ten_business_days_after_work_that_was_logged_in_time():
    assert pay_due_on(DAY, DAY, 10) == date(2026, 3, 24)
    assert pay_due_on(DAY, date(2026, 3, 17), 10) == date(2026, 3, 24)
    assert pay_due_on(DAY, date(2026, 3, 18), 10) == date(2026, 4, 1)


def test_days_that_the_consultant_chose_to_wait_are_left_out():
    due = pay_due_on(DAY, DAY, 10)
    assert pay_due_on(DAY, DAY, 10, waited_days=9) == due + timedelta(days=9)


@given(days, st.integers(0, 60), st.integers(1, 60))
def test_the_promise_never_passes_thirty_calendar_days(worked, later, promise):
    logged = worked + timedelta(days=later)
    in_time = logged <= add_business_days(worked, 5)
    start = worked if in_time else logged
    due = pay_due_on(worked, logged, promise)
    assert start < due <= start + timedelta(days=30)
    assert is_business_day(due) or due == start + timedelta(days=30)


def test_pay_is_late_on_the_day_after_the_promise():
    assert not is_late(DAY, DAY)
    assert is_late(DAY, DAY + timedelta(days=1))


def test_an_entry_is_returned_once_only():
    check_return(HoursStatus.SUBMITTED, False)
    with pytest.raises(Refused):
        check_return(HoursStatus.SUBMITTED, True)
    for status in set(HoursStatus) - {HoursStatus.SUBMITTED}:
        with pytest.raises(Refused):
            check_return(status, False)


def test_nobody_approves_their_own_hours_or_where_they_have_an_interest():
    assert rules.may_approve(1, 2, False)
    for own in ((1, 1, False), (1, 2, True)):
        assert not rules.may_approve(*own)
        with pytest.raises(Refused):
            rules.check_approver(*own)
