from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from engage.core.errors import N_, Refused

FORMING_DAYS = 7
LEAST_MINIMUM = 2
CHANGED = N_("This has changed since you opened the page. Look at it again.")


class SeatStatus(StrEnum):
    OPEN = "open"
    AWAITING = "awaiting"
    HELD = "held"
    ENDED = "ended"


class SeatKind(StrEnum):
    SURVIVOR = "survivor"
    PROFESSIONAL = "professional"


class SeatRole(StrEnum):
    MEMBER = "member"
    CHAIR = "chair"
    PRESENTER = "presenter"
    FACILITATOR = "facilitator"
    INTERPRETER = "interpreter"
    REVIEWER = "reviewer"


class VoiceState(StrEnum):
    NOT_KNOWN = "not_known"
    SOLE = "sole"
    LOW = "low"
    MET = "met"


class FlagStatus(StrEnum):
    RAISED = "raised"
    ANSWERED = "answered"
    CLEARED = "cleared"


class Remedy(StrEnum):
    OPEN_SEAT = "open_seat"
    ASK_POOL = "ask_pool"
    CONSULT_BOARD = "consult_board"
    PAY_PEER = "pay_peer"


LEFT_OUT = frozenset({SeatRole.FACILITATOR, SeatRole.INTERPRETER})

REMEDIES = {
    Remedy.OPEN_SEAT: N_("Open a second survivor seat"),
    Remedy.ASK_POOL: N_("Ask the pool for one more person"),
    Remedy.CONSULT_BOARD: N_("Consult a survivor board"),
    Remedy.PAY_PEER: N_("Pay for a peer to attend"),
}

SEAT_MOVES: dict[tuple[SeatStatus, str], SeatStatus] = {
    (SeatStatus.OPEN, "await"): SeatStatus.AWAITING,
    (SeatStatus.OPEN, "hold"): SeatStatus.HELD,
    (SeatStatus.AWAITING, "hold"): SeatStatus.HELD,
    (SeatStatus.AWAITING, "free"): SeatStatus.OPEN,
    (SeatStatus.HELD, "free"): SeatStatus.OPEN,
    (SeatStatus.OPEN, "end"): SeatStatus.ENDED,
    (SeatStatus.AWAITING, "end"): SeatStatus.ENDED,
    (SeatStatus.HELD, "end"): SeatStatus.ENDED,
}

FLAG_MOVES: dict[tuple[FlagStatus, str], FlagStatus] = {
    (FlagStatus.RAISED, "answer"): FlagStatus.ANSWERED,
    (FlagStatus.ANSWERED, "answer"): FlagStatus.ANSWERED,
    (FlagStatus.ANSWERED, "raise"): FlagStatus.RAISED,  # the date of its plan passed
    (FlagStatus.RAISED, "clear"): FlagStatus.CLEARED,
    (FlagStatus.ANSWERED, "clear"): FlagStatus.CLEARED,
}


def seat_after(status: SeatStatus, move: str) -> SeatStatus:
    """The seat's status after a move; refuses a move that the table does not have."""
    if (status, move) not in SEAT_MOVES:
        raise Refused(CHANGED)
    return SEAT_MOVES[status, move]


def flag_status_after(status: FlagStatus, move: str) -> FlagStatus:
    """The flag's status after a move; refuses a move that the table does not have."""
    if (status, move) not in FLAG_MOVES:
        raise Refused(CHANGED)
    return FLAG_MOVES[status, move]


class HeldSeat(NamedTuple):
    """person_id is None for a professional; is_counted is that person's own choice."""

    person_id: int | None
    is_counted: bool
    role: SeatRole


def counted_voices(held: Iterable[HeldSeat]) -> frozenset[int]:
    """The distinct people who chose to count, in any seat but those left out."""
    return frozenset(
        person_id
        for person_id, is_counted, role in held
        if person_id is not None and is_counted and role not in LEFT_OUT
    )


def voice(held: Iterable[HeldSeat], minimum: int) -> VoiceState:
    """The voice of a panel, from its held seats alone."""
    return state_of(len(counted_voices(held)), minimum)


def state_of(voices: int, minimum: int) -> VoiceState:
    """The state for a number of counted people; a minimum under 2 counts as 2."""
    if voices >= max(minimum, LEAST_MINIMUM):
        return VoiceState.MET
    by_number = {0: VoiceState.NOT_KNOWN, 1: VoiceState.SOLE}
    return by_number.get(voices, VoiceState.LOW)


def is_panel(seats: int) -> bool:
    """Work for one person has no voice state; its offer says so instead."""
    return seats > 1


def sole_person(held: Iterable[HeldSeat]) -> int | None:
    """Who is to be told, when a change has left them the only survivor voice."""
    voices = counted_voices(held)
    return next(iter(voices)) if len(voices) == 1 else None


def is_forming(
    open_survivor_seats: int, first_session_on: date | None, today: date
) -> bool:
    """Survivor seats still asked for, first session more than 7 days off.

    Without a date nothing is known to be far off, so the flag stands in full.
    """
    if first_session_on is None or open_survivor_seats < 1:
        return False
    return (first_session_on - today).days > FORMING_DAYS


def can_only_be_sole(survivor_seats: int, minimum: int) -> bool:
    """Whether a yes from everybody asked would still leave one person alone."""
    return state_of(survivor_seats, minimum) is VoiceState.SOLE


_AT_BEST = {
    VoiceState.NOT_KNOWN: N_(
        "No seat on this panel is for a survivor leader. Open two, "
        "or consult a survivor board."
    ),
    VoiceState.SOLE: N_(
        "This panel can only ever have one survivor voice. Open a second survivor "
        "seat, or say how one person will not have to speak for all."
    ),
    VoiceState.LOW: N_(
        "This panel has fewer survivor seats than the voices it asks for. Open more."
    ),
}


def posting_warning(survivor_seats: int, minimum: int) -> str | None:
    """What the author reads before posting, by the best the panel can become."""
    return _AT_BEST.get(state_of(survivor_seats, minimum))


_SENTENCES = {
    VoiceState.NOT_KNOWN: N_("No survivor voice is known on this panel"),
    VoiceState.SOLE: N_("Only one survivor voice"),
    VoiceState.LOW: N_("Fewer survivor voices than this panel asks for"),
    VoiceState.MET: N_("This panel has the survivor voices it asks for"),
}
_FORMING = {
    VoiceState.NOT_KNOWN: N_("No survivor voice is known so far, still asking"),
    VoiceState.SOLE: N_("Only one survivor voice so far, still asking for one more"),
    VoiceState.LOW: N_("Fewer survivor voices so far than asked for, still asking"),
    VoiceState.MET: _SENTENCES[VoiceState.MET],
}


def sentence_for(state: VoiceState, forming: bool) -> str:
    """The msgid of the words that stand on the panel page."""
    return (_FORMING if forming else _SENTENCES)[state]


def needs_plan(state: VoiceState, forming: bool) -> bool:
    """Whether the flag asks for a plan and counts in reports."""
    return state is not VoiceState.MET and not forming


class FlagChange(NamedTuple):
    """Clear the open flag first, then raise one for the state that is given."""

    clears: bool
    raises: VoiceState | None


def flag_after(open_flag_state: VoiceState | None, new_state: VoiceState) -> FlagChange:
    """What a change of voice does to the open flag, named by the state it was for."""
    if open_flag_state is new_state:
        return FlagChange(clears=False, raises=None)
    is_met = new_state is VoiceState.MET
    return FlagChange(open_flag_state is not None, None if is_met else new_state)


def check_plan(text: str, on: date | None, today: date) -> None:
    """Refuse an answer to a flag without words, or without a day still to come."""
    if not text.strip():
        raise Refused(N_("Say what you will do about it."), field="plan")
    if on is None:
        raise Refused(N_("Choose the day by which it is done."), field="plan_by")
    if on < today:
        raise Refused(N_("Choose today or a later day."), field="plan_by")


def check_reason(text: str) -> None:
    """Refuse a difference in pay without a reason."""
    if not text.strip():
        raise Refused(N_("Say why this pay differs."), field="reason")


def is_plan_past(plan_date: date | None, today: date, seats: int | None = None) -> bool:
    """Whether the flag is raised again; in a group of two, one plan stands for good."""
    return plan_date is not None and seats != LEAST_MINIMUM and today > plan_date
