import dataclasses
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.payouts import rules
from engage.payouts.rules import (
    BatchStatus,
    Caps,
    Outcome,
    PayoutStatus,
    ReleaseLine,
    Resend,
    check_caps,
    check_hash,
    check_reference,
    check_release,
    content_hash,
    idempotency_key,
    may_resend,
    next_attempt_wait,
)
from engage.payouts.words import batch_state_words

P = PayoutStatus
MOVES = {move for _, move in rules.MOVES} | {"delete"}
words = st.text("abcdefghij0123456789", min_size=10, max_size=12)
lines = st.builds(
    ReleaseLine,
    public_id=words,
    payee=words,
    rail=st.sampled_from(["manual", "stripe"]),
    is_live=st.booleans(),
    destination=words,
    cents=st.integers(1, 10**7),
    currency=st.just("usd"),
    sources=st.lists(words, min_size=1, max_size=3, unique=True).map(tuple),
)


@pytest.mark.parametrize("status", PayoutStatus)
@pytest.mark.parametrize("move", sorted(MOVES))
def test_every_status_and_move_is_in_the_table_or_refused(status, move):
    if (status, move) in rules.MOVES:
        assert rules.after(status, move) is rules.MOVES[status, move]
    else:
        with pytest.raises(Refused):
            rules.after(status, move)


@pytest.mark.parametrize("status", BatchStatus)
@pytest.mark.parametrize("move", ["approve", "cancel", "reopen"])
def test_every_batch_status_and_move_is_in_the_table_or_refused(status, move):
    if (status, move) in rules.BATCH_MOVES:
        assert rules.batch_after(status, move) is rules.BATCH_MOVES[status, move]
    else:
        with pytest.raises(Refused):
            rules.batch_after(status, move)


def test_no_way_leads_from_sent_or_paid_back_to_another_payment():
    reached = {P.SENT, P.PAID, P.RETURNED}
    for _ in PayoutStatus:
        reached |= {to for (start, _), to in rules.MOVES.items() if start in reached}
    assert reached == {P.SENT, P.PAID, P.RETURNED}


def test_the_worker_alone_finds_its_way_through_the_design():
    path = [("approve", P.APPROVED), ("queue", P.QUEUED), ("claim", P.SENDING)]
    path += [("lose", P.UNKNOWN), ("retry", P.QUEUED), ("claim", P.SENDING)]
    path += [("record", P.SENT), ("confirm", P.PAID), ("return", P.RETURNED)]
    status = P.DRAFT
    for move, expected in path:
        status = rules.after(status, move)
        assert status is expected


def test_the_checker_is_another_person_without_a_part_in_the_hours():
    check_release(1, 2, {3, 4})
    for refused in ((1, 1, set()), (1, 2, {2}), (1, 2, set(), {2})):
        with pytest.raises(Refused):
            check_release(*refused)


@given(st.lists(lines, unique_by=lambda line: line.public_id), st.randoms())
def test_the_hash_knows_content_and_not_order(batch, random):
    mixed = random.sample(batch, len(batch))
    mixed = [dataclasses.replace(x, sources=x.sources[::-1]) for x in mixed]
    check_hash(mixed, content_hash(batch))


@pytest.mark.parametrize(
    "changed",
    [
        {"cents": 101},
        {"payee": "other"},
        {"destination": "acct_2"},
        {"rail": "stripe"},
        {"is_live": True},
        {"currency": "eur"},
        {"sources": ("hours:1",)},
        {"public_id": "zzzzzzzzzz"},
    ],
)
def test_any_change_after_approval_stops_the_batch(changed):
    line = ReleaseLine(
        public_id="abcdefghij",
        payee="payee",
        rail="manual",
        is_live=False,
        destination="acct_1",
        cents=100,
        currency="usd",
        sources=("hours:1", "hours:2"),
    )
    with pytest.raises(Refused):
        check_hash([dataclasses.replace(line, **changed)], content_hash([line]))
    with pytest.raises(Refused):
        check_hash([line, line], content_hash([line]))


@given(words, words, st.integers(1, 50), st.integers(1, 50))
def test_keys_differ_exactly_when_payout_or_attempt_differ(one, other, first, second):
    same = idempotency_key(one, first) == idempotency_key(other, second)
    assert same == ((one, first) == (other, second))
    assert idempotency_key(one, first) != rules.reversal_key(one, first)


def test_keys_have_the_form_of_the_design_and_refuse_a_short_id():
    assert idempotency_key("abcdefghij", 2) == "payout-abcdefghij-2"
    assert rules.reversal_key("abcdefghij", 1) == "payout-abcdefghij-rev-1"
    assert rules.account_key("k7", 1) == "payee-k7-account-1"
    for wrong in (("abc", 1), ("abcdefghij", 0)):
        with pytest.raises(ValueError, match="id|attempts"):
            idempotency_key(*wrong)


@given(
    st.integers(-5, 500),
    st.integers(0, 500),
    st.integers(0, 500),
    st.builds(
        Caps,
        payout_cents=st.none() | st.integers(0, 500),
        payee_month_cents=st.none() | st.integers(0, 500),
        day_cents=st.none() | st.integers(0, 500),
    ),
)
def test_f40_no_cap_can_be_passed(cents, month, day, caps):
    fits = cents > 0 and all(
        most is None or total <= most
        for total, most in (
            (cents, caps.payout_cents),
            (cents + month, caps.payee_month_cents),
            (cents + day, caps.day_cents),
        )
    )
    try:
        check_caps(cents, caps, payee_month_cents=month, day_cents=day)
    except Refused:
        assert not fits
    else:
        assert fits


@given(st.dictionaries(st.sampled_from(PayoutStatus), st.integers(0, 9)))
def test_every_batch_has_words_that_its_values_fill(counts):
    sentence, values = batch_state_words(counts)
    assert "%(" not in sentence % values
    if counts.get(P.NEEDS_PERSON):
        assert values["count"] == counts[P.NEEDS_PERSON]


def test_a_wholly_paid_batch_says_so_and_a_part_paid_one_does_not():
    assert batch_state_words({P.PAID: 3, P.CANCELLED: 1})[1]["total"] == 3
    assert "All paid" in batch_state_words({P.PAID: 3})[0]
    assert "All paid" not in batch_state_words({P.PAID: 3, P.QUEUED: 1})[0]


@pytest.mark.parametrize(
    "text",
    [
        "Check 10482",
        "12345678",
        "ACH 2026-11-22 order 17",
        "Money order 5512 0099",
        "order RA2611-1142",
        "Receipt 14, cash box",
        "order NOVEMBER2026",
        "invoice-november-seventh",
    ],
)
def test_a_reference_that_pays_nothing_is_kept(text):
    assert check_reference(f"  {text} ") == text


@pytest.mark.parametrize(
    "text",
    [
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "card 378282246310005",
        "123456789",
        "021000021 / 99",
        "123-45-6789",
        "１２３４５６７８９",
        "1234\u200b56789",
        "1 2 3 4 5 6 7 8 9",
        "AS7F-92KLM-3QPD",
        "as7f-92klm-3qpd",
        "ABCD-EFGH-JKLM",
        "XJ3K8LM2PQ9TRW7Z",
        "AB3D 9KLM X2PQ",
        "",
        "   ",
        "x" * 41,
    ],
)
def test_a_reference_that_could_be_used_to_pay_is_refused(text):
    with pytest.raises(Refused):
        check_reference(text)


@given(st.integers(10**11, 10**18 - 1), st.sampled_from(["", " ", "-", "."]))
def test_no_card_number_gets_through_in_any_spacing(body, gap):
    number = str(body)
    check = next(d for d in "0123456789" if rules_luhn(number + d))
    spaced = gap.join([number[:4], number[4:8], number[8:], check])
    with pytest.raises(Refused, match="card number"):
        check_reference(f"paid {spaced}")


def rules_luhn(number: str) -> bool:
    from_right = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in from_right[1::2]]
    return (sum(from_right[::2]) + sum(doubled)) % 10 == 0


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("age", [0.0, 0.1, 0.2, 22.9, 23.0, 500.0])
@pytest.mark.parametrize("replayed", [True, False])
@pytest.mark.parametrize("found", [None, 0, 1, 2])
def test_a_new_key_is_used_only_where_the_old_one_can_answer_nothing_more(
    outcome, age, replayed, found
):
    step = may_resend(outcome, age, replayed, found)
    if step is Resend.NEW_ATTEMPT:
        assert (outcome, replayed, found) == (Outcome.SERVER_ERROR, True, 0)
        assert 10 / 60 <= age < 23
    if step is Resend.SAME_KEY:
        assert age < 23
    if outcome is not Outcome.KEY_MISMATCH and found == 1:
        assert step is Resend.RECORD
    if found == 2 or outcome is Outcome.KEY_MISMATCH:
        assert step is Resend.ASK_PERSON


@pytest.mark.parametrize(
    ("given_", "step"),
    [
        ((Outcome.SERVER_ERROR, 0.5, True, 1), Resend.RECORD),  # row 7
        ((Outcome.SERVER_ERROR, 0.01, False, 0), Resend.SAME_KEY),  # row 8
        ((Outcome.SERVER_ERROR, 0.5, True, None), Resend.LOOK_UP),
        ((Outcome.SERVER_ERROR, 0.1, True, 0), Resend.WAIT),
        ((Outcome.SERVER_ERROR, 0.2, True, 0), Resend.NEW_ATTEMPT),
        ((Outcome.NO_ANSWER, 1, False, 0), Resend.SAME_KEY),
        ((Outcome.NO_ANSWER, 25, False, None), Resend.LOOK_UP),  # row 10
        ((Outcome.NO_ANSWER, 25, False, 0), Resend.ASK_PERSON),
        ((Outcome.NO_ANSWER, 25, False, 1), Resend.RECORD),
    ],
)
def test_the_rows_of_the_fault_table(given_, step):
    assert may_resend(*given_) is step


@given(st.integers(0, 1000), st.floats(0, 1))
def test_waits_grow_to_an_hour_and_a_half_at_most(tries, jitter):
    assert 30 <= next_attempt_wait(tries, jitter) <= 5400
    waits = [next_attempt_wait(n) for n in range(12)]
    assert all(a <= b for a, b in pairwise(waits))


def test_what_a_person_pays_is_said_so():
    words = batch_state_words({P.QUEUED: 2, P.PAID: 1}, by_hand=2)
    assert words == (
        "To pay by hand: %(count)s of %(total)s.",
        {"count": 2, "total": 3},
    )
    sentence, values = batch_state_words({P.QUEUED: 2}, by_hand=1)
    assert "On the way out" in sentence
    assert values["count"] == 1
    sentence, _ = batch_state_words({P.SENT: 1, P.PAID: 1}, to_confirm=1)
    assert "second person has to confirm" in sentence
