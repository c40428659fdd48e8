"""When money may be taken back from a payee; in every other case who paid bears it."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from engage.core.calendar import add_business_days
from engage.core.errors import N_, Refused
from engage.core.money import Money

MOST_DAYS = 5  # business days after the payment
DAYS_TO_OBJECT = 2  # business days after the payee was told


class ReversalReason(StrEnum):
    """The only three mistakes for which money is asked back."""

    WRONG_PAYEE = "wrong_payee"
    WRONG_AMOUNT = "wrong_amount"
    DOUBLE = "double"


class ReversalStatus(StrEnum):
    TOLD = "told"  # the payee knows, and may say yes or no
    AGREED = "agreed"
    OBJECTED = "objected"
    GOING = "going"  # two people want it, the worker asks the rail
    DONE = "done"
    DROPPED = "dropped"  # the organization bears it
    REFUSED = "refused"  # the rail said no


S = ReversalStatus
MOVES: dict[tuple[ReversalStatus, str], ReversalStatus] = {
    (S.TOLD, "agree"): S.AGREED,
    (S.TOLD, "object"): S.OBJECTED,
    (S.AGREED, "object"): S.OBJECTED,
    (S.OBJECTED, "agree"): S.AGREED,
    (S.TOLD, "go"): S.GOING,
    (S.AGREED, "go"): S.GOING,
    (S.OBJECTED, "go"): S.GOING,  # a person decided, against the default
    (S.TOLD, "drop"): S.DROPPED,
    (S.AGREED, "drop"): S.DROPPED,
    (S.OBJECTED, "drop"): S.DROPPED,
    (S.GOING, "record"): S.DONE,
    (S.GOING, "refuse"): S.REFUSED,
}
OPEN = (S.TOLD, S.AGREED, S.OBJECTED)


def after(status: ReversalStatus, move: str) -> ReversalStatus:
    if (status, move) not in MOVES:
        raise Refused(
            N_("This was changed meanwhile. Open it again to see where it is.")
        )
    return MOVES[status, move]


def last_day(paid_on: date) -> date:
    return add_business_days(paid_on, MOST_DAYS)


def check_ask(
    reason: ReversalReason, cents: int, left: int, *, paid_on: date, today: date
) -> date:
    """The day until which the payee may object; refuses what may not be asked back.

    The payee needs the time to object within the days that there are.
    """
    until = add_business_days(today, DAYS_TO_OBJECT)
    if until >= last_day(paid_on):
        raise Refused(
            N_(
                "It is too late to ask this back, since the payee needs time to answer "
                "within %(days)s business days of the payment. You bear it."
            ),
            days=MOST_DAYS,
        )
    if not 0 < cents <= left:
        raise Refused(N_("Ask for at most %(left)s."), field="cents", left=Money(left))
    if reason is ReversalReason.WRONG_AMOUNT and cents == left:
        raise Refused(
            N_("A wrong amount is a part of the payment. Write how much was too much."),
            field="cents",
        )
    if reason is ReversalReason.WRONG_PAYEE and cents != left:
        raise Refused(
            N_("From a wrong payee the whole payment comes back: %(left)s."),
            field="cents",
            left=Money(left),
        )
    return until


def check_go(
    status: ReversalStatus,
    *,
    is_asker: bool,
    is_sure: bool,
    object_until: date,
    last_day: date,
    today: date,
) -> None:
    """`is_sure`: the second person read the objection and goes on all the same."""
    if is_asker:
        raise Refused(N_("You asked for this. A second person has to decide."))
    if today > last_day:
        raise Refused(
            N_("The days for this are over. The payee keeps it, and you bear it.")
        )
    if status is S.TOLD and today <= object_until:
        raise Refused(
            N_("The payee may still object, until %(day)s. Come back after that."),
            day=object_until,
        )
    if status is S.OBJECTED and not is_sure:
        raise Refused(
            N_(
                "The payee objected. Let them keep it, or tick that you read this and "
                "go on."
            ),
            field="is_sure",
        )


def check_same(base_cents: int, back_cents: int) -> None:
    """What others took back since it was asked for is owed to the payee again."""
    if base_cents != back_cents:
        raise Refused(
            N_(
                "Some of this payment came back meanwhile. Let the payee keep the "
                "rest, and ask anew if it is still too much."
            )
        )


def shares(parts: Iterable[int], cents: int) -> list[int]:
    """How much of each part makes up `cents`, the first ones wholly; sums to it."""
    left, found = cents, []
    for part in parts:
        taken = min(part, left)
        found.append(taken)
        left -= taken
    if left:
        raise ValueError("more than all parts together")
    return found
