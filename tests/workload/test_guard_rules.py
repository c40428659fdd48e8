from datetime import date, timedelta
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.calendar import local_moment_utc
from engage.core.errors import Refused
from engage.ledger import waiting
from engage.workload import guard as rules
from engage.workload import guard_checks, guard_year
from engage.workload.guard import Basis, Earnings, Guard, GuardKind, GuardMode, PayRow
from engage.workload.rules import (
    LimitKind,
    Limits,
    OverLimit,
    Pay,
    Session,
    Standing,
    Work,
    check_accept,
    may_deliver,
    would_break,
)

TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
ZONE = "America/New_York"
GROUPS = ("engagement:a", "engagement:b", "offer:c")

days = st.dates(date(2025, 11, 1), date(2027, 2, 28))


@st.composite
def rows(draw: st.DrawFn) -> PayRow:
    worked = draw(days)
    is_actual = draw(st.booleans())
    paid = draw(st.none() | st.dates(worked, TODAY)) if worked <= TODAY else None
    return PayRow(
        draw(st.sampled_from(GROUPS)),
        worked,
        worked + timedelta(days=draw(st.integers(0, 40))),
        draw(st.integers(1, 2_000_00)),
        is_actual=is_actual,
        paid_on=paid if is_actual else None,
        payer_id=draw(st.none() | st.integers(1, 2)),
    )


guards = st.builds(
    Guard,
    st.sampled_from(GuardKind),
    st.sampled_from(Basis),
    st.sampled_from(GuardMode),
    st.integers(0, 5_000_00),
)
pays = st.builds(
    lambda day, wait, cents: Pay(day, day + timedelta(days=wait), cents, payer_id=1),
    st.dates(TODAY, date(2027, 2, 28)),
    st.integers(0, 40),
    st.integers(1, 2_000_00),
)


def month(most: int, basis: Basis = Basis.WORKED, mode=GuardMode.WARN) -> Guard:
    return Guard(GuardKind.MONTH, basis, mode, most)


def payments(most: int, basis: Basis = Basis.PAID) -> Guard:
    return Guard(GuardKind.PAYMENTS, basis, GuardMode.WARN, most)


def agreed(day: date, cents: int, group: str = "a", **more) -> PayRow:
    return PayRow(group, day, day + 14 * DAY, cents, **more)


def actual(day: date, cents: int, group: str = "a", **more) -> PayRow:
    return agreed(day, cents, group, is_actual=True, **more)


def cents(pay) -> int:
    return sum(row.cents for row in pay)


@given(st.lists(rows(), max_size=20))
def test_pay_counts_whole_and_never_twice(found):
    counted = rules.counted_pay(found)

    for group in GROUPS:
        mine = [row for row in found if row.group == group]
        expected = cents(row for row in mine if not row.is_actual)
        real = cents(row for row in mine if row.is_actual)
        left = [row for row in counted if row.group == group]
        assert cents(left) == max(expected, real)
        assert cents(row for row in left if row.is_actual) == real


@given(st.lists(rows(), max_size=20), st.randoms())
def test_the_order_of_rows_changes_no_sum(found, chance):
    mixed = list(found)
    chance.shuffle(mixed)

    guard = month(0, Basis.PAID)
    one, other = rules.counted_pay(found), rules.counted_pay(mixed)

    assert cents(one) == cents(other)
    by_day = [
        {day: cents(each) for day, each in groupby(pay, lambda row: row.worked_on)}
        for pay in (one, other)
    ]
    assert by_day[0] == by_day[1]
    assert sum(rules.totals(one, guard, TODAY).values()) == cents(one)


@given(st.lists(rows(), max_size=20), guards)
def test_amounts_of_all_periods_are_the_whole_amount(found, guard):
    pay = rules.counted_pay(found)
    totals = rules.totals(pay, guard, TODAY)

    if not guard.is_count:
        assert sum(totals.values()) == cents(pay)
    assert all(start.day == 1 for start in totals)
    if guard.kind is not GuardKind.MONTH:
        assert all(start.month == 1 for start in totals)


@given(st.lists(rows(), max_size=12), st.lists(pays, max_size=5), guards)
def test_a_yes_never_lowers_a_sum_and_touches_only_its_own_periods(found, more, guard):
    earnings = Earnings((guard,), tuple(rules.counted_pay(found)))

    effects = rules.effects(earnings, more, ZONE, TODAY)

    before = rules.totals(earnings.pay, guard, TODAY)
    assert all(one.before == before.get(one.start, 0) for one in effects)
    assert all(one.after >= one.before for one in effects)
    if not guard.is_count:
        assert sum(one.more for one in effects) == sum(each.cents for each in more)


@given(st.lists(rows(), max_size=12), pays, guards)
def test_a_limit_may_be_reached_and_not_passed_by_one(found, more, guard):
    pay = tuple(rules.counted_pay(found))
    (one,) = rules.effects(Earnings((guard,), pay), [more], ZONE, TODAY)

    def passes(most: int) -> bool:
        at = Guard(guard.kind, guard.basis, guard.mode, most)
        return bool(
            rules.passed(Earnings((at,), pay), [more], ZONE, TODAY, is_ask=False)
        )

    assert not passes(one.after)
    if one.more:
        assert passes(one.after - 1)


def test_one_cent_above_the_limit_is_too_much():
    earnings = Earnings((month(1_000_00),), (agreed(date(2026, 3, 2), 600_00),))

    def passed(more: int):
        pay = [Pay(date(2026, 3, 31), date(2026, 4, 14), more)]
        return rules.passed(earnings, pay, ZONE, TODAY, is_ask=False)

    assert passed(400_00) == []
    (one,) = passed(400_01)
    assert (one.before, one.more, one.after) == (600_00, 400_01, 1_000_01)


@pytest.mark.parametrize(
    ("basis", "start"),
    [(Basis.WORKED, date(2026, 12, 1)), (Basis.PAID, date(2027, 1, 1))],
)
def test_work_of_the_last_day_counts_where_its_basis_puts_it(basis, start):
    earnings = Earnings((month(0, basis),))
    pay = [Pay(date(2026, 12, 31), date(2027, 1, 15), 1)]

    (one,) = rules.effects(earnings, pay, ZONE, TODAY)

    assert one.start == start


def test_work_counts_on_the_day_where_the_consultant_lives():
    late = local_moment_utc(date(2026, 3, 31), 23 * 60, "America/Los_Angeles")
    pay = [Pay(date(2026, 3, 31), date(2026, 4, 14), 5, late)]
    earnings = Earnings((month(0),))

    (there,) = rules.effects(earnings, pay, "America/Los_Angeles", TODAY)
    (here,) = rules.effects(earnings, pay, ZONE, TODAY)

    assert (there.start.month, here.start.month) == (3, 4)


def test_late_pay_counts_today_at_the_earliest():
    late = actual(date(2025, 12, 1), 10)
    paid = actual(date(2025, 12, 1), 10, paid_on=date(2025, 12, 20))

    assert rules.pay_day(late, TODAY) == TODAY
    assert rules.pay_day(paid, TODAY) == date(2025, 12, 20)


def test_what_is_owed_takes_the_place_of_its_own_day_first():
    pay = [
        agreed(date(2026, 3, 1), 100),
        agreed(date(2026, 3, 8), 100),
        actual(date(2026, 3, 8), 60),
        actual(date(2026, 3, 9), 150),
    ]

    left = [row for row in rules.counted_pay(pay) if not row.is_actual]

    # 60 of the eighth; then 100 of the first and 40 of what the eighth had left.
    assert left == []
    assert cents(rules.counted_pay(pay)) == 210


def test_all_of_one_payer_on_one_pay_day_is_one_payment():
    pay = [
        actual(date(2026, 2, 1), 10, "a", paid_on=date(2026, 2, 20), payer_id=1),
        actual(date(2026, 2, 5), 10, "b", paid_on=date(2026, 2, 20), payer_id=1),
        actual(date(2026, 2, 5), 10, "c", paid_on=date(2026, 2, 20), payer_id=2),
        agreed(date(2026, 4, 1), 10, "d", payer_id=1),
        agreed(date(2026, 4, 1), 10, "e", payer_id=1),
        agreed(date(2026, 4, 2), 10, "e", payer_id=1),
    ]

    assert rules.totals(pay, payments(9), TODAY) == {date(2026, 1, 1): 4}


def test_everything_late_of_one_payer_is_one_payment():
    pay = [actual(date(2026, 2, day), 10, payer_id=1) for day in (1, 2, 3)]

    assert rules.totals(pay, payments(9), TODAY) == {date(2026, 1, 1): 1}


def test_work_that_adds_no_payment_passes_no_limit_on_them():
    there = agreed(date(2026, 4, 1), 10, payer_id=1)
    pay = [Pay(date(2026, 4, 1), there.due_on, 10, payer_id=1)]
    earnings = Earnings((payments(0),), (there,))

    assert rules.passed(earnings, pay, ZONE, TODAY, is_ask=False) == []


def standing(*guards: Guard) -> Standing:
    return Standing(ZONE, 6, Limits(), {}, guard=Earnings(guards))


WORK = Work(
    [Session(local_moment_utc(date(2026, 4, 2), 600, ZONE), 60)],
    pay=[Pay(date(2026, 4, 2), date(2026, 4, 16), 225_00)],
)


@pytest.mark.parametrize("mode", GuardMode)
def test_a_yes_above_a_limit_is_refused_in_either_mode_unless_raised(mode):
    mine = standing(month(224_99, mode=mode))

    with pytest.raises(OverLimit) as refused:
        check_accept(mine, WORK, TODAY, raised=False)

    assert refused.value.broken[0].kind is LimitKind.EARNED_MONTH
    assert "$224.99" in str(refused.value)
    check_accept(mine, WORK, TODAY, raised=True)
    check_accept(standing(month(225_00, mode=mode)), WORK, TODAY, raised=False)


@pytest.mark.parametrize(
    ("mode", "reaches"), [(GuardMode.WARN, True), (GuardMode.DONT_ASK, False)]
)
def test_only_dont_ask_me_holds_an_ask_back(mode, reaches):
    assert may_deliver(standing(month(1, mode=mode)), WORK, TODAY) is reaches


def test_each_kind_says_its_own_limit():
    every = [Guard(kind, Basis.PAID, GuardMode.WARN, 0) for kind in GuardKind]
    broken = would_break(standing(*every), WORK, TODAY)

    assert [one.kind for one in broken] == [
        LimitKind.EARNED_MONTH,
        LimitKind.EARNED_YEAR,
        LimitKind.PAYMENTS,
    ]
    assert [OverLimit([one]).values["limit"] for one in broken][2] == 0


def test_a_limit_has_to_make_sense():
    guard_checks.check_guard(month(0))
    for wrong in (month(-1), payments(401), month(10_000_000_01)):
        with pytest.raises(Refused):
            guard_checks.check_guard(wrong)


def test_a_later_pay_day_is_for_money_that_counts_when_paid():
    with pytest.raises(Refused):
        guard_checks.check_wait([month(1)], TODAY + DAY, TODAY)
    guard_checks.check_wait([month(1), payments(1)], TODAY + DAY, TODAY)
    for wrong in (TODAY, TODAY + 367 * DAY):
        with pytest.raises(Refused):
            guard_checks.check_wait([payments(1)], wrong, TODAY)


@given(days, st.integers(1, 300), st.integers(0, 60), st.integers(0, 300))
def test_the_promise_stands_still_while_the_payee_waits(day, wait, left, later):
    due = day + left * DAY
    moved = waiting.put_off(due, None, until=day + wait * DAY, today=day)

    assert moved == due + wait * DAY
    assert waiting.taken_back(moved, day + wait * DAY, today=day) == due
    back_on = day + later * DAY
    back = waiting.taken_back(moved, day + wait * DAY, today=back_on)
    assert back == due + min(later, wait) * DAY
    again = waiting.put_off(
        moved, day + wait * DAY, until=back_on + 5 * DAY, today=back_on
    )
    assert again == back + 5 * DAY


@given(st.lists(rows(), max_size=20), st.sampled_from(Basis))
def test_twelve_months_hold_each_cent_once(found, basis):
    pay = rules.counted_pay(found)

    months = guard_year.twelve_months(pay, basis, TODAY)

    totals = rules.totals(pay, month(0, basis), TODAY)
    assert [one.start for one in months] == sorted({one.start for one in months})
    assert len(months) == 12
    assert all(one.total == totals.get(one.start, 0) for one in months)


def test_the_example_leaves_out_a_first_part_and_a_share_of_the_rest():
    assert rules.ssi_counted(500_00, 65_00, 50) == 217_50
    assert rules.ssi_counted(60_00, 65_00, 50) == 0


def test_the_chosen_day_is_that_of_the_nearest_work():
    chosen = [(TODAY, None), (TODAY + 7 * DAY, TODAY + 60 * DAY)]

    assert rules.nearest(chosen, TODAY + DAY) is None
    assert rules.nearest(chosen, TODAY + 6 * DAY) == TODAY + 60 * DAY
    assert rules.nearest([], TODAY) is None
