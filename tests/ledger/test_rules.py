from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.ledger import rules
from engage.ledger.rules import (
    CASH_MANUAL,
    EXPENSE,
    PayableKind,
    PayableStatus,
    balance,
    balances,
    clearing,
    is_balanced,
    owed_cents,
    payable,
    returned,
    statement_lines,
)

START = datetime(2026, 3, 10, 15, tzinfo=UTC)
HANDLES = ["a1", "b2"]
ACCOUNTS = [
    EXPENSE,
    CASH_MANUAL,
    clearing("manual"),
    *map(payable, HANDLES),
    *map(returned, HANDLES),
]


@dataclass(frozen=True)
class Row:
    debit: str
    credit: str
    cents: int
    kind: str = "approve"
    source: str = "hours:1"
    at: datetime = START


@st.composite
def rows(draw):
    two = draw(st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True))
    at = START + timedelta(minutes=draw(st.integers(0, 10_000)))
    return Row(*two, draw(st.integers(1, 10**9)), at=at)


@pytest.mark.parametrize("status", PayableStatus)
@pytest.mark.parametrize("move", ["take", "release", "pay", "reopen", "delete"])
def test_every_status_and_move_is_in_the_table_or_refused(status, move):
    if (status, move) in rules.MOVES:
        assert rules.after(status, move) is rules.MOVES[status, move]
    else:
        with pytest.raises(Refused):
            rules.after(status, move)


def test_account_names_are_those_of_the_design():
    assert EXPENSE == "expense:stipends"
    assert payable("x") == "payable:x"
    assert returned("x") == "returned:x"
    assert clearing("stripe") == "clearing:stripe"
    assert rules.cash("stripe") == "cash:stripe_balance"
    assert rules.cash("manual") == "cash:manual"
    with pytest.raises(KeyError):
        rules.cash("other")


def test_money_given_back_is_never_booked_as_pay():
    by_kind = {kind: rules.expense(kind) for kind in PayableKind}
    assert by_kind[PayableKind.HOURS] == by_kind[PayableKind.STIPEND] == EXPENSE
    assert len(set(by_kind.values())) == 3


@pytest.mark.parametrize(("debit", "credit", "cents"), [("a", "a", 1), ("a", "b", 0)])
def test_a_posting_that_moves_nothing_is_refused(debit, credit, cents):
    with pytest.raises(Refused):
        rules.check_posting(debit, credit, cents)


@given(st.lists(rows(), max_size=30))
def test_any_rows_balance_to_zero(postings):
    assert is_balanced(postings)
    assert sum(balances(postings).values()) == 0
    assert all(balance(postings, name) == n for name, n in balances(postings).items())


@given(st.lists(rows(), max_size=10), st.sampled_from([0, -5]))
def test_a_row_without_an_amount_is_found(postings, cents):
    assert not is_balanced([*postings, Row(EXPENSE, payable("a1"), cents)])
    assert not is_balanced([*postings, Row(EXPENSE, EXPENSE, 5)])


@given(st.lists(rows(), max_size=30), st.sampled_from(HANDLES))
def test_the_last_line_of_a_statement_is_what_is_owed(postings, handle):
    lines = statement_lines(postings, handle)
    assert (lines[-1].balance_cents if lines else 0) == owed_cents(postings, handle)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    running = 0
    for line in lines:
        running += line.earned_cents - line.paid_cents
        assert line.balance_cents == running


def test_earned_earned_paid_leaves_nothing_owed():
    postings = [
        Row(EXPENSE, payable("a1"), 50_00),
        Row(EXPENSE, payable("b2"), 70_00),
        Row(EXPENSE, payable("a1"), 62_50, at=START + timedelta(days=1)),
        Row(payable("a1"), clearing("manual"), 112_50, at=START + timedelta(days=2)),
        Row(clearing("manual"), CASH_MANUAL, 112_50, at=START + timedelta(days=3)),
    ]
    assert [line.balance_cents for line in statement_lines(postings, "a1")] == [
        50_00,
        112_50,
        0,
    ]
    assert balance(postings, clearing("manual")) == 0


def test_a_payment_that_came_back_is_owed_and_shown_once():
    postings = [
        Row(EXPENSE, payable("a1"), 50_00),
        Row(payable("a1"), clearing("manual"), 50_00, at=START + timedelta(1)),
        Row(clearing("manual"), returned("a1"), 50_00, at=START + timedelta(2)),
        Row(returned("a1"), payable("a1"), 50_00, at=START + timedelta(3)),
    ]
    lines = statement_lines(postings, "a1")
    assert [line.balance_cents for line in lines] == [50_00, 0, 50_00]
    assert owed_cents(postings, "a1") == 50_00
