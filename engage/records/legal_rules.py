from datetime import date, datetime, timedelta
from enum import StrEnum

from engage.core.calendar import local_day
from engage.core.errors import N_, Refused

KEPT = timedelta(days=3 * 365 + 1)
MOST_HOLD = timedelta(days=365)
OPEN_FOR = timedelta(hours=24)  # the cut can be taken, after the second yes
ALONE = timedelta(days=3)  # so long one person's hold stands without a second yes


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
    NOTES = "notes"
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


def is_due(
    hold_until: date | None, alone_since: datetime | None, zone: str, now: datetime
) -> bool:
    """Is its person to be told now? Nobody keeps it from them for long alone:
    `alone_since` is when it was written down, None once a second person agreed."""
    last = held_through(hold_until, alone_since, zone)
    return last is None or local_day(now, zone) > last


def held_through(
    hold_until: date | None, alone_since: datetime | None, zone: str
) -> date | None:
    """The last day on which its person may not be told yet."""
    if hold_until is None or alone_since is None:
        return hold_until
    return min(hold_until, local_day(alone_since + ALONE, zone))


def check_two(maker_id: int, second_id: int) -> None:
    if maker_id == second_id:
        raise Refused(N_("Another administrator has to agree to it."))


def check_same(person_id: int, named_id: int) -> None:
    """Both read the same name in the paper, each for themselves."""
    if person_id != named_id:
        raise Refused(
            N_(
                "This is not the name that was written down. Compare it with the paper."
            ),
            field="name",
        )


def check_other(held_by_id: int | None, by_id: int) -> None:
    """A hold is moved on by somebody else than whoever set it, each time."""
    if held_by_id == by_id:
        raise Refused(
            N_("You set this day. Another administrator has to move it."),
            field="hold_until",
        )
