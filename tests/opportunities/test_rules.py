from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.calendar import add_business_days
from engage.core.errors import Refused
from engage.opportunities import rules
from engage.opportunities.rules import (
    CARD,
    Level,
    OpportunityStatus,
    PayKind,
    ProjectStage,
    Story,
    check_post,
    check_reply_by,
    check_sessions,
    missing_lines,
    pay_by,
)

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TODAY = NOW.date()
HOUR = timedelta(hours=1)
MOVES = ["post", "fill", "reopen", "begin", "finish", "cancel", "delete"]
FULL = {field: "Written out." for field, _ in CARD} | {
    "has_law_enforcement": False,
    "story": Story.NONE,
    "sessions": [(NOW, 60)],
    "preparation_minutes": 0,
    "travel_minutes": 0,
    "debrief_minutes": 0,
    "stage": ProjectStage.EVALUATION,
    "pay_kind": PayKind.HOURLY,
    "rate_cents": 81_25,
    "pay_by": TODAY,
}
CALL = {
    "status": OpportunityStatus.DRAFT,
    "trained_until": TODAY,
    "today": TODAY,
}


@pytest.mark.parametrize("status", OpportunityStatus)
@pytest.mark.parametrize("move", MOVES)
def test_every_status_and_move_is_in_the_table_or_refused(status, move):
    if (status, move) in rules.MOVES:
        assert rules.after(status, move) is rules.MOVES[status, move]
    else:
        with pytest.raises(Refused):
            rules.after(status, move)


def test_what_has_ended_never_moves_again():
    ended = {OpportunityStatus.FINISHED, OpportunityStatus.CANCELLED}
    assert not any(status in ended for status, _ in rules.MOVES)


def test_a_full_card_misses_nothing_and_may_answer_no_and_none():
    assert missing_lines(FULL) == []
    check_post(FULL, [Level.WARNING, Level.NOTE], **CALL)


def test_an_empty_card_misses_every_line_in_order():
    assert missing_lines({}) == list(CARD)


@pytest.mark.parametrize("field", [field for field, _ in CARD])
@pytest.mark.parametrize("empty", [None, "", "  \n", []])
def test_nothing_is_posted_while_any_line_is_empty(field, empty):
    card = FULL | {field: empty}
    assert [missing for missing, _ in missing_lines(card)] == [field]
    with pytest.raises(Refused) as caught:
        check_post(card, [], **CALL)
    assert caught.value.field == field


def test_pay_of_zero_is_no_answer():
    assert missing_lines(FULL | {"rate_cents": 0})


@pytest.mark.parametrize("until", [None, TODAY - timedelta(days=1)])
def test_no_posting_without_a_valid_training_record(until):
    with pytest.raises(Refused, match="training"):
        check_post(FULL, [], **CALL | {"trained_until": until})


def test_an_error_in_the_words_blocks_posting():
    with pytest.raises(Refused, match="words"):
        check_post(FULL, [Level.NOTE, Level.ERROR], **CALL)


@pytest.mark.parametrize(
    "status", [status for status in OpportunityStatus if status != "draft"]
)
def test_only_a_draft_is_posted(status):
    with pytest.raises(Refused):
        check_post(FULL, [], **CALL | {"status": status})


def session(hours_ahead: float, hours: float = 2) -> tuple[datetime, datetime]:
    start = NOW + HOUR * hours_ahead
    return start, start + HOUR * hours


def test_sessions_with_enough_notice_pass_in_any_order():
    check_sessions([session(100), session(72), session(74)], NOW)


@pytest.mark.parametrize(
    "sessions",
    [
        [],
        [session(-1)],
        [session(0)],
        [session(100, 0)],
        [session(100, -1)],
        [session(100, 12.5)],
        [session(100), session(101)],
        [session(100), session(24 * 731)],
    ],
)
def test_sessions_that_nobody_could_come_to_are_refused(sessions):
    with pytest.raises(Refused) as caught:
        check_sessions(sessions, NOW)
    assert caught.value.field == "sessions"


def test_a_session_in_the_past_and_one_too_soon_are_told_apart():
    for hours, words in ((-1, "past"), (0, "past"), (1, "72 hours"), (71.9, "72 ho")):
        with pytest.raises(Refused, match=words):
            check_sessions([session(hours)], NOW)


def test_people_have_48_hours_and_until_before_the_first_session():
    first = NOW + HOUR * 100
    check_reply_by(NOW + HOUR * 48, first, NOW)
    for reply_by in (NOW + HOUR * 47.9, first):
        with pytest.raises(Refused):
            check_reply_by(reply_by, first, NOW)


@given(st.dates(date(2025, 1, 1), date(2028, 1, 1)), st.integers(1, 60))
def test_pay_comes_by_the_promise_and_within_thirty_days(worked, promise):
    due = pay_by(worked, promise)
    assert due <= worked + timedelta(days=30)
    assert due == min(add_business_days(worked, promise), worked + timedelta(days=30))


SECTION_FIVE = {
    *("what_is_asked", "who_is_in_the_room", "has_law_enforcement", "recording"),
    *("story", "sessions", "preparation_minutes", "travel_minutes", "debrief_minutes"),
    *("place", "access", "languages", "interpretation", "stage", "pay_kind"),
    *("rate_cents", "pay_by", "expenses", "advances", "if_we_cancel"),
    *("support_person", "how_input_is_used", "not_expected"),
}


def test_the_gate_names_every_line_that_the_design_asks_for():
    assert {field for field, _ in CARD} == SECTION_FIVE


@pytest.mark.parametrize("dots", [".", "-", " … ", "\u200b", "\u00a0", "?!"])
def test_signs_without_a_word_are_no_answer(dots):
    assert missing_lines(FULL | {"advances": dots})
