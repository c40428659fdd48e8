from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused

KEPT = timedelta(days=3 * 365 + 1)
MOST_HOLD = timedelta(days=365)
OPEN_FOR = timedelta(hours=24)  # the cut can be taken, after the second yes


class LegalKind(StrEnum):
    """What kind of paper it is; only some of them are orders."""

    COURT_ORDER = "court_order"
    SUBPOENA = "subpoena"
    RECORDS = "records"
    OTHER = "other"


class LegalStatus(StrEnum):
    OPEN = "open"
    AGREED = "agreed"
    GIVEN = "given"
    ENDED = "ended"


class Part(StrEnum):
    """A kind of data that an order may name."""

    WORK = "work"
    HOURS = "hours"
    COSTS = "costs"
    PAY = "pay"
    MESSAGES = "messages"
    PERMISSIONS = "permissions"
    CONCERNS = "concerns"
    NAMES = "names"
    SIGN_INS = "sign_ins"


MOVES: dict[tuple[LegalStatus, str], LegalStatus] = {
    (LegalStatus.OPEN, "agree"): LegalStatus.AGREED,
    (LegalStatus.AGREED, "give"): LegalStatus.GIVEN,
    (LegalStatus.GIVEN, "give"): LegalStatus.GIVEN,
    (LegalStatus.OPEN, "end"): LegalStatus.ENDED,
    (LegalStatus.AGREED, "end"): LegalStatus.ENDED,
}


def after(status: LegalStatus, move: str) -> LegalStatus:
    """The status after a move; refuses a move that the table does not have."""
    if (status, move) not in MOVES:
        raise Refused(
            N_("This has changed since you opened the page. Look at it again.")
        )
    return MOVES[status, move]


def check_hold(hold_until: date | None, today: date) -> None:
    """A hold has an end, and delays nothing but the notice."""
    if hold_until is not None and not today < hold_until <= today + MOST_HOLD:
        raise Refused(
            N_("Choose a day after today, 12 months away at most."), field="hold_until"
        )


def is_due(hold_until: date | None, today: date) -> bool:
    """Is its person to be told now?"""
    return hold_until is None or today > hold_until


def check_two(maker_id: int, second_id: int) -> None:
    if maker_id == second_id:
        raise Refused(N_("Another administrator has to agree to it."))


def check_unconcerned(
    parts: Collection[Part], about: Collection[int], who: int
) -> None:
    """Nobody reads, by this door, what was raised about themselves."""
    if Part.CONCERNS in parts and who in about:
        raise Refused(
            N_("Somebody else has to do this. You have a part in what is asked for.")
        )
