from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.panels import rules
from engage.panels.parity import ParityGap, SeatPay, parity_gaps
from engage.panels.rules import (
    FlagChange,
    FlagStatus,
    HeldSeat,
    SeatKind,
    SeatRole,
    SeatStatus,
    VoiceState,
)

TODAY = date(2026, 7, 1)
MEMBER = SeatRole.MEMBER
SURVIVOR, PROFESSIONAL = SeatKind.SURVIVOR, SeatKind.PROFESSIONAL
seats = st.lists(
    st.builds(
        HeldSeat,
        person_id=st.none() | st.integers(1, 6),
        is_counted=st.booleans(),
        role=st.sampled_from(SeatRole),
    ),
    max_size=12,
)
states = st.sampled_from(VoiceState)


def counted(*people: int | None) -> list[HeldSeat]:
    return [HeldSeat(person, True, MEMBER) for person in people]


@pytest.mark.parametrize(
    ("held", "minimum", "state"),
    [
        ([], 2, VoiceState.NOT_KNOWN),
        (counted(1), 2, VoiceState.SOLE),
        (counted(1), 5, VoiceState.SOLE),
        (counted(1, 1, 1), 2, VoiceState.SOLE),
        (counted(1, 2), 2, VoiceState.MET),
        (counted(1, 2), 3, VoiceState.LOW),
        (counted(1, 2, 3), 3, VoiceState.MET),
        (counted(None, None), 2, VoiceState.NOT_KNOWN),
        (counted(1), 1, VoiceState.SOLE),
        ([HeldSeat(1, False, MEMBER)], 2, VoiceState.NOT_KNOWN),
        ([HeldSeat(1, True, SeatRole.FACILITATOR)], 2, VoiceState.NOT_KNOWN),
        ([HeldSeat(1, True, SeatRole.INTERPRETER)], 2, VoiceState.NOT_KNOWN),
        ([HeldSeat(1, True, SeatRole.CHAIR), *counted(2)], 2, VoiceState.MET),
        ([HeldSeat(1, True, SeatRole.FACILITATOR), *counted(1)], 2, VoiceState.SOLE),
    ],
)
def test_the_voice_is_computed_by_one_rule(held, minimum, state):
    assert rules.voice(held, minimum) is state


@given(seats, st.integers(2, 6))
def test_the_voice_equals_an_independent_count(held, minimum):
    people = set()
    for person_id, is_counted, role in held:
        if role not in ("facilitator", "interpreter") and is_counted and person_id:
            people.add(person_id)

    state = rules.voice(held, minimum)

    assert rules.counted_voices(held) == people
    assert (state is VoiceState.NOT_KNOWN) == (len(people) == 0)
    assert (state is VoiceState.SOLE) == (len(people) == 1)
    assert (state is VoiceState.LOW) == (1 < len(people) < minimum)
    assert (state is VoiceState.MET) == (len(people) >= minimum)
    assert rules.sole_person(held) == (people.pop() if len(people) == 1 else None)


@given(seats, st.integers(2, 6))
def test_professionals_and_the_uncounted_change_nothing(held, minimum):
    more = [HeldSeat(None, True, MEMBER), HeldSeat(99, False, SeatRole.CHAIR)]

    assert rules.voice(held + more, minimum) is rules.voice(held, minimum)


@given(seats, st.integers(2, 6), st.randoms())
def test_the_order_of_seats_changes_nothing(held, minimum, random):
    turned = list(held)
    random.shuffle(turned)

    assert rules.voice(turned, minimum) is rules.voice(held, minimum)


@pytest.mark.parametrize(
    ("open_seats", "days_off", "is_forming"),
    [(1, 8, True), (1, 7, False), (0, 30, False), (2, -1, False), (1, None, False)],
)
def test_a_panel_forms_while_asking_and_over_a_week_away(
    open_seats, days_off, is_forming
):
    first = None if days_off is None else TODAY + timedelta(days=days_off)

    assert rules.is_forming(open_seats, first, TODAY) is is_forming


@pytest.mark.parametrize(
    ("survivor_seats", "minimum", "is_sole", "words"),
    [
        (0, 2, False, "No seat on this panel is for a survivor leader"),
        (1, 2, True, "only ever have one survivor voice"),
        (2, 2, False, None),
        (2, 3, False, "fewer survivor seats"),
    ],
)
def test_the_author_is_warned_before_posting(survivor_seats, minimum, is_sole, words):
    warning = rules.posting_warning(survivor_seats, minimum)

    assert rules.can_only_be_sole(survivor_seats, minimum) is is_sole
    assert words in warning if words else warning is None


def test_work_for_one_has_no_voice_state():
    assert not rules.is_panel(1)
    assert rules.is_panel(2)


@given(states, st.booleans())
def test_every_state_has_its_words_and_never_none_of_them(state, forming):
    sentence = rules.sentence_for(state, forming)

    assert sentence
    assert "none" not in sentence.lower()
    assert "%" not in sentence


def test_the_words_are_those_of_the_design():
    said = {state: rules.sentence_for(state, False) for state in VoiceState}

    assert said[VoiceState.NOT_KNOWN] == "No survivor voice is known on this panel"
    assert said[VoiceState.SOLE] == "Only one survivor voice"
    assert said[VoiceState.LOW] == "Fewer survivor voices than this panel asks for"
    assert (
        rules.sentence_for(VoiceState.SOLE, True)
        == "Only one survivor voice so far, still asking for one more"
    )


@given(states, st.booleans())
def test_a_plan_is_asked_for_unless_met_or_forming(state, forming):
    expected = state in ("not_known", "sole", "low") and not forming

    assert rules.needs_plan(state, forming) is expected


@pytest.mark.parametrize(
    ("before", "new", "change"),
    [
        (None, VoiceState.SOLE, FlagChange(False, VoiceState.SOLE)),
        (None, VoiceState.NOT_KNOWN, FlagChange(False, VoiceState.NOT_KNOWN)),
        (None, VoiceState.MET, FlagChange(False, None)),
        (VoiceState.SOLE, VoiceState.SOLE, FlagChange(False, None)),
        (VoiceState.SOLE, VoiceState.LOW, FlagChange(True, VoiceState.LOW)),
        (VoiceState.LOW, VoiceState.MET, FlagChange(True, None)),
    ],
)
def test_a_flag_follows_the_voice(before, new, change):
    assert rules.flag_after(before, new) == change


@given(st.lists(states, max_size=20))
def test_every_state_but_met_has_exactly_its_flag_open(path):
    opened = None
    for state in path:
        change = rules.flag_after(opened, state)
        assert not (change.clears and opened is None)
        opened = None if change.clears else opened
        assert not (change.raises and opened)
        opened = change.raises or opened
        assert opened is (None if state is VoiceState.MET else state)


SEAT_TABLE = {
    ("open", "await"): "awaiting",
    ("open", "hold"): "held",
    ("awaiting", "hold"): "held",
    ("awaiting", "free"): "open",
    ("held", "free"): "open",
    ("open", "end"): "ended",
    ("awaiting", "end"): "ended",
    ("held", "end"): "ended",
}


@pytest.mark.parametrize(
    ("status", "move"),
    list(product(SeatStatus, ["await", "hold", "free", "end", "sell"])),
)
def test_every_move_of_a_seat(status, move):
    if (status, move) in SEAT_TABLE:
        assert rules.seat_after(status, move) == SEAT_TABLE[status, move]
        return
    with pytest.raises(Refused, match="Look at it again"):
        rules.seat_after(status, move)


FLAG_TABLE = {
    ("raised", "answer"): "answered",
    ("answered", "answer"): "answered",
    ("answered", "raise"): "raised",
    ("raised", "clear"): "cleared",
    ("answered", "clear"): "cleared",
}


@pytest.mark.parametrize(
    ("status", "move"),
    list(product(FlagStatus, ["answer", "raise", "clear", "hide"])),
)
def test_every_move_of_a_flag(status, move):
    if (status, move) in FLAG_TABLE:
        assert rules.flag_status_after(status, move) == FLAG_TABLE[status, move]
        return
    with pytest.raises(Refused, match="Look at it again"):
        rules.flag_status_after(status, move)


def test_a_plan_needs_words_and_a_day_still_to_come():
    rules.check_plan("Open a second seat", TODAY, TODAY)
    for text, on, field in [
        (" ", TODAY, "plan"),
        ("Ask", None, "plan_by"),
        ("Ask", TODAY - timedelta(days=1), "plan_by"),
    ]:
        with pytest.raises(Refused) as refusal:
            rules.check_plan(text, on, TODAY)
        assert refusal.value.field == field


@pytest.mark.parametrize(
    ("days", "seats_on_panel", "is_past"),
    [(0, None, False), (1, None, True), (1, 7, True), (400, 2, False)],
)
def test_a_plan_is_past_after_its_day_but_stands_in_a_group_of_two(
    days, seats_on_panel, is_past
):
    today = TODAY + timedelta(days=days)

    assert rules.is_plan_past(TODAY, today, seats_on_panel) is is_past
    assert not rules.is_plan_past(None, today, seats_on_panel)


def test_a_survivor_seat_paid_less_in_the_same_role_is_a_gap():
    gaps = parity_gaps(
        [
            SeatPay(1, SURVIVOR, MEMBER, 59_99),
            SeatPay(2, SURVIVOR, MEMBER, 60_00),
            SeatPay(3, SURVIVOR, SeatRole.CHAIR, 10_00),
            SeatPay(4, SURVIVOR, MEMBER, 0),
            SeatPay(5, PROFESSIONAL, MEMBER, 50_00),
            SeatPay(6, PROFESSIONAL, MEMBER, 60_00),
        ]
    )

    assert gaps == [
        ParityGap(1, MEMBER, 59_99, 60_00),
        ParityGap(4, MEMBER, 0, 60_00),
    ]


def test_a_salary_paid_elsewhere_and_unknown_pay_are_left_out():
    assert not parity_gaps(
        [
            SeatPay(1, SURVIVOR, MEMBER, 50_00),
            SeatPay(2, SURVIVOR, MEMBER, None),
            SeatPay(3, PROFESSIONAL, MEMBER, 90_00, is_salaried_elsewhere=True),
            SeatPay(4, PROFESSIONAL, MEMBER, None),
        ]
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(SeatKind),
            st.sampled_from(SeatRole),
            st.none() | st.integers(0, 100_00),
            st.booleans(),
        ),
        max_size=10,
    )
)
def test_parity_equals_a_comparison_seat_by_seat(rows):
    every = [SeatPay(number, *row) for number, row in enumerate(rows)]
    known = [s for s in every if s.hourly_cents is not None]
    here = [s for s in known if not s.is_salaried_elsewhere]

    expected = {
        mine.seat_id
        for mine, other in product(here, here)
        if (mine.kind, other.kind) == (SURVIVOR, PROFESSIONAL)
        and mine.role == other.role
        and mine.hourly_cents < other.hourly_cents
    }
    assert {gap.seat_id for gap in parity_gaps(every)} == expected
