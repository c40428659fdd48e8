from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.panels import terms
from engage.panels.shares import half_share, percents
from engage.panels.terms import HeldBy, Span

JAN = date(2026, 1, 15)
YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("starts_on", "months", "last"),
    [
        (JAN, 12, date(2027, 1, 14)),
        (JAN, 1, date(2026, 2, 14)),
        (date(2026, 1, 31), 1, date(2026, 2, 27)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
        (JAN, None, None),
    ],
)
def test_the_last_day_of_a_term(
    starts_on: date, months: int | None, last: date | None
) -> None:
    assert terms.last_day(starts_on, months) == last


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_terms_follow_each_other_without_a_hole(starts_on: date, months: int) -> None:
    last = terms.last_day(starts_on, months)
    assert last is not None
    assert last >= starts_on
    assert abs((last - starts_on).days - months * 30.44) < 4


def test_a_term_lasts_until_the_last_session() -> None:
    late = date(2027, 3, 1)
    assert terms.term_of(JAN, late, 12) == Span(JAN, late)
    assert terms.term_of(JAN, JAN, 12) == Span(JAN, date(2027, 1, 14))
    assert terms.term_of(JAN, late, None) == Span(JAN, None)


def test_terms_in_a_row_are_counted_up_to_a_break() -> None:
    first = Span(JAN, JAN + YEAR)
    second = Span(JAN + YEAR, JAN + 2 * YEAR)
    within = Span(JAN + timedelta(days=90), JAN + timedelta(days=200))
    after_a_break = Span(JAN + 3 * YEAR, JAN + 4 * YEAR)
    today = JAN + timedelta(days=400)
    assert terms.in_a_row([], today) == 0
    assert terms.in_a_row([second, first], today) == 2
    assert terms.in_a_row([first, within], JAN) == 1
    assert terms.in_a_row([first, second, after_a_break], JAN + 3 * YEAR) == 1
    assert terms.in_a_row([first], JAN + 2 * YEAR) == 0
    assert terms.in_a_row([Span(JAN, None)], JAN + 9 * YEAR) == 1


def test_a_quorum_counts_a_person_with_two_seats_once() -> None:
    held = [HeldBy(1, 7), HeldBy(2, 7), HeldBy(3, None), HeldBy(4, None)]
    assert terms.holders(held) == 3
    assert terms.missing_for_quorum(3, 5) == 2
    assert terms.missing_for_quorum(3, 3) == 0
    assert terms.missing_for_quorum(0, None) == 0


def test_soon_and_on() -> None:
    assert terms.is_soon(JAN + timedelta(days=60), JAN)
    assert not terms.is_soon(JAN + timedelta(days=61), JAN)
    assert not terms.is_soon(None, JAN)
    assert terms.goes_on(JAN, JAN)
    assert not terms.goes_on(JAN, JAN + timedelta(days=1))
    assert not terms.goes_on(None, JAN)
    assert terms.is_at_most(2, 2)
    assert not terms.is_at_most(1, 2)
    assert not terms.is_at_most(9, None)


def test_a_board_has_a_name_and_terms_that_can_be_counted() -> None:
    terms.check_board("Council", 2, 12)
    terms.check_board("Council", None, None)
    for name, most, months in ((" ", None, None), ("Council", 2, None)):
        with pytest.raises(Refused):
            terms.check_board(name, most, months)


@pytest.mark.parametrize(
    ("counts", "share"),
    [
        ([1, 1, 1, 1], None),
        ([9, 9, 9, 9, 0], None),
        ([1] * 5, 50),
        ([1] * 6, 50),
        ([4, 4, 0, 0, 0, 0], None),
        ([5, 5, 5, 1, 1, 1], 85),
        ([10, 1, 1, 1, 1], 80),
    ],
)
def test_one_figure_for_asks_from_five_people_up(
    counts: list[int], share: int | None
) -> None:
    assert half_share(counts) == share


@given(st.lists(st.integers(1, 50), min_size=5, max_size=40))
def test_the_figure_is_between_even_and_all_and_rounded(counts: list[int]) -> None:
    share = half_share(counts)
    assert share is not None
    assert 50 <= share <= 100
    assert share % 5 == 0
    assert share == half_share(reversed(counts))


def test_percents_of_nothing_are_none() -> None:
    assert percents([]) == []
    assert percents([0, 0]) == [0, 0]
    assert percents([3, 1]) == [75, 25]
