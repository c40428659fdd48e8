from collections.abc import Collection, Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from engage.core.errors import N_, Refused
from engage.core.money import Money
from engage.core.no_secrets import check_no_secret
from engage.funding.cost_rules import MOST_COSTS_CENTS, CostKind
from engage.hours.rules import CHANGED, LOGGING_DAYS
from engage.opportunities.rules import pay_by

LONGEST_REFERENCE = 40
AHEAD = timedelta(days=120)


class ExpenseStatus(StrEnum):
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


class ExpenseCheck(StrEnum):
    DATE = "date"
    AMOUNT = "amount"
    KIND = "kind"
    RECEIPT = "receipt"
    DUPLICATE = "duplicate"


_S = ExpenseStatus
MOVES: dict[tuple[ExpenseStatus, str], ExpenseStatus] = {
    (_S.SUBMITTED, "approve"): _S.APPROVED,
    (_S.SUBMITTED, "return"): _S.RETURNED,
    (_S.RETURNED, "submit"): _S.SUBMITTED,
    (_S.SUBMITTED, "withdraw"): _S.WITHDRAWN,
    (_S.RETURNED, "withdraw"): _S.WITHDRAWN,
    (_S.APPROVED, "pay"): _S.PAID,
    (_S.PAID, "reopen"): _S.APPROVED,  # the payment came back
}
LIVE = frozenset(set(ExpenseStatus) - {_S.WITHDRAWN})


class Cost(NamedTuple):
    """What somebody says they spent, or need ahead."""

    kind: CostKind
    day: date
    cents: int
    seen_by: str = ""
    reference: str = ""
    is_advance: bool = False


class Rate(NamedTuple):
    """What a day away pays from a day on, and who says so."""

    from_day: date
    cents: int
    source: str


def after(status: ExpenseStatus, move: str) -> ExpenseStatus:
    if (status, move) not in MOVES:
        raise Refused(N_("This was changed meanwhile. Open it again to see it."))
    return MOVES[status, move]


def check_waiting(status: ExpenseStatus) -> None:
    if status is not ExpenseStatus.SUBMITTED:
        raise Refused(CHANGED)


def check_return(status: ExpenseStatus, was_returned_before: bool) -> None:
    after(status, "return")
    if was_returned_before:
        raise Refused(
            N_("This was returned once already. Approve it, or leave it for now.")
        )


def check_cost(
    cost: Cost,
    *,
    today: date,
    starts: date,
    ended_on: date | None,
    rate: Rate | None,
    has_per_diem: bool,
    was_sent: bool = False,
) -> None:
    """`starts` is the day of the yes; `rate` that of the day, where one is known;
    `has_per_diem` whether the day has one already; `was_sent` whether it was sent in
    time and came back to be mended."""
    _check_amount(cost.cents)
    _check_day(cost, today, starts, ended_on, was_sent)
    if cost.kind is CostKind.PER_DIEM:
        _check_rate(cost, rate, has_per_diem)
    elif not cost.is_advance:
        check_receipt(cost.seen_by, cost.reference)


def _check_amount(cents: int) -> None:
    if cents <= 0:
        raise Refused(N_("Write an amount above zero."), field="cents")
    if cents > MOST_COSTS_CENTS:
        raise Refused(
            N_("Write an amount up to %(most)s."),
            field="cents",
            most=Money(MOST_COSTS_CENTS),
        )


def _check_day(
    cost: Cost, today: date, starts: date, ended_on: date | None, was_sent: bool
) -> None:
    if cost.is_advance:
        _check_ahead(cost.day, today, ended_on)
        return
    if cost.day > today:
        raise Refused(
            N_("This day has not come yet. Ask for the money ahead instead."),
            field="day",
        )
    if cost.day < starts:
        raise Refused(
            N_("This work was agreed on %(starts)s. Choose that day or a later one."),
            field="day",
            starts=starts,
        )
    last = None if ended_on is None else last_day(ended_on, was_sent=was_sent)
    if last is not None and today > last:
        raise Refused(
            N_(
                "Costs of this work could be sent until %(last)s. Write to your "
                "coordinator about the ones that are missing."
            ),
            last=last,
        )


def last_day(ended_on: date, *, was_sent: bool) -> date:
    """Until when costs of ended work can be sent; mended, as long again."""
    return ended_on + timedelta(days=LOGGING_DAYS * (2 if was_sent else 1))


def may_settle(
    ended_on: date, today: date, statuses: Collection[ExpenseStatus]
) -> bool:
    """Whether money kept for costs is free: nothing can come of it any more."""
    if today <= last_day(ended_on, was_sent=False):
        return False
    if ExpenseStatus.SUBMITTED in statuses:
        return False
    is_late = today > last_day(ended_on, was_sent=True)
    return is_late or ExpenseStatus.RETURNED not in statuses


def _check_ahead(day: date, today: date, ended_on: date | None) -> None:
    if ended_on is not None:
        raise Refused(N_("This work is over. Send what you spent instead."))
    if not today <= day <= today + AHEAD:
        raise Refused(
            N_("Choose the day you need the money for, in the next 120 days."),
            field="day",
        )


def rate_on(rates: Iterable[Rate], day: date) -> Rate | None:
    """The newest rate that holds on the day."""
    return max((each for each in rates if each.from_day <= day), default=None)


def _check_rate(cost: Cost, rate: Rate | None, has_per_diem: bool) -> None:
    if rate is None:
        raise Refused(
            N_("No daily rate is known for this day. Send what you spent instead."),
            field="day",
        )
    if cost.cents > rate.cents:
        raise Refused(
            N_("The daily rate of this day is %(rate)s. Write that or less."),
            field="cents",
            rate=Money(rate.cents),
        )
    if has_per_diem:
        raise Refused(
            N_("This day has its daily rate already. Choose another day."), field="day"
        )


def check_receipt(seen_by: str, reference: str) -> None:
    """Who saw the receipt, and what it is called; never what could be used to pay."""
    if not seen_by:
        raise Refused(
            N_("Write who has seen the receipt. Show it to your coordinator first."),
            field="seen_by",
        )
    if not reference:
        raise Refused(
            N_("Write what is on the receipt, such as its number or the shop."),
            field="reference",
        )
    check_no_secret(seen_by, "seen_by")
    check_no_secret(reference, "reference")


def covered(cents: int, open_advances: Iterable[int]) -> list[int]:
    """What each open advance bears of a cost, the oldest first; the rest is owed."""
    parts = []
    for left in open_advances:
        part = min(cents, left)
        parts.append(part)
        cents -= part
    return parts


def check_given_back(cents: int, open_cents: int) -> None:
    if not 0 < cents <= open_cents:
        raise Refused(
            N_("%(open)s of this is still open. Write that or less."),
            field="cents",
            open=Money(max(open_cents, 0)),
        )


def due_on(cost: Cost, sent_on: date, promise_business_days: int) -> date:
    """From the day it was sent; money ahead no later than the day it is for."""
    by = pay_by(sent_on, promise_business_days)
    return min(by, max(cost.day, sent_on)) if cost.is_advance else by
