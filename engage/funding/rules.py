from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import ceil

from engage.core.errors import N_, Refused
from engage.core.money import Money
from engage.funding.terms import (
    DayMinutes,
    PayKind,
    Terms,
    cents_by_session,
    check_shape,
    counted,
    daily_cents,
    effective_hourly_cents,
    exact_hourly,
    full_cents,
    months_begun,
    part_of_line,
    preparation_cents,
    seat_cents,
    session_share_cents,
    share_cents_through,
)

__all__ = [
    "CostCategory",
    "Line",
    "LineStatus",
    "PayKind",
    "Stage",
    "Terms",
    "cents_by_session",
    "check_terms",
    "effective_hourly_cents",
    "full_cents",
    "months_begun",
    "part_of_line",
    "preparation_cents",
    "seat_cents",
    "session_share_cents",
    "share_cents_through",
]


class LineStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class CostCategory(StrEnum):
    CONSULTANT = "consultant"
    PARTICIPANT_SUPPORT = "participant_support"
    TRAVEL = "travel"


class Stage(StrEnum):
    SET_ASIDE = "set_aside"
    RESERVED = "reserved"
    APPROVED = "approved"
    PAID = "paid"


MOVES: dict[tuple[LineStatus, str], LineStatus] = {
    (LineStatus.OPEN, "close"): LineStatus.CLOSED,
    (LineStatus.CLOSED, "reopen"): LineStatus.OPEN,
}

# None is money of the line that nothing holds yet.
STAGE_MOVES: frozenset[tuple[Stage | None, Stage | None]] = frozenset(
    {
        (None, Stage.SET_ASIDE),
        (None, Stage.APPROVED),  # costs beyond what was kept for them
        (Stage.SET_ASIDE, Stage.RESERVED),
        (Stage.SET_ASIDE, None),
        (Stage.RESERVED, Stage.APPROVED),
        (Stage.RESERVED, Stage.SET_ASIDE),  # someone left, the seat is open again
        (Stage.RESERVED, None),
        (Stage.APPROVED, Stage.PAID),
        (Stage.APPROVED, None),  # a wrong amount was reversed
        (Stage.PAID, Stage.APPROVED),  # the payment came back
    }
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a rule needs to know of a funding line; None means the award sets none."""

    starts_on: date
    ends_on: date
    floor_hourly_cents: int | None = None
    cap_hourly_cents: int | None = None
    cap_daily_cents: int | None = None
    counts_preparation: bool = True
    counts_travel: bool = True
    has_prior_approval: bool = False
    status: LineStatus = LineStatus.OPEN
    balance_cents: int = 0
    category: CostCategory = CostCategory.CONSULTANT


def after(status: LineStatus, move: str) -> LineStatus:
    if (status, move) not in MOVES:
        raise Refused(N_("This funding line cannot do that now."))
    return MOVES[status, move]


def check_terms(line: Line, terms: Terms, left_cents: int) -> None:
    """Refuses in words what the line does not allow; `left_cents` before this post."""
    check_open(line)
    for day in terms.session_days:
        check_day(line, day)
    check_shape(terms)
    check_floor(line, terms)
    check_cap(line, terms)
    check_daily_cap(line, terms)
    check_left(left_cents, full_cents(terms))


def check_open(line: Line) -> None:
    if line.status is not LineStatus.OPEN:
        raise Refused(
            N_("This funding line is closed. Choose an open one."), field="funding_line"
        )
    if line.category is CostCategory.TRAVEL:
        raise Refused(
            N_("This funding line pays for travel only. Choose another one for pay."),
            field="funding_line",
        )


def check_day(line: Line, day: date) -> None:
    if not line.starts_on <= day <= line.ends_on:
        raise Refused(
            N_(
                "This funding line pays for work from %(first)s to %(last)s. "
                "%(day)s is outside of that: choose another day or another line."
            ),
            field="funding_line",
            first=line.starts_on,
            last=line.ends_on,
            day=day,
        )


def check_floor(line: Line, terms: Terms) -> None:
    """The rate itself and the pay over all counted minutes must both reach the floor.

    Otherwise unpaid preparation, or minutes the line leaves out, would hide a low rate.
    """
    floor = line.floor_hourly_cents
    if floor is None:
        return
    rate = exact_hourly(terms, _parts(line, terms))
    if terms.pay is PayKind.HOURLY:
        rate = min(rate, Fraction(terms.rate_cents))
    if rate < floor:
        raise Refused(
            N_(
                "This comes to %(rate)s an hour. The funding line asks for at least "
                "%(floor)s: raise the pay, or ask for less time."
            ),
            field="rate_cents",
            rate=Money(int(rate)),
            floor=Money(floor),
        )


def check_cap(line: Line, terms: Terms) -> None:
    cap = line.cap_hourly_cents
    if cap is None or line.has_prior_approval:
        return
    rate = exact_hourly(terms, _parts(line, terms))
    if rate > cap:
        raise Refused(
            N_(
                "This comes to %(rate)s for each hour that the funding line counts. "
                "Without a prior approval it pays at most %(cap)s: add the approval, "
                "or use another line."
            ),
            field="rate_cents",
            rate=Money(ceil(rate)),
            cap=Money(cap),
        )


def check_daily_cap(line: Line, terms: Terms) -> None:
    cap = line.cap_daily_cents
    if cap is None or line.has_prior_approval:
        return
    for day, cents in sorted(daily_cents(terms, _parts(line, terms)).items()):
        if cents > cap:
            raise Refused(
                N_(
                    "On %(day)s this pays %(pay)s to one person. The funding line "
                    "allows %(cap)s a day: shorten the day, or use another line."
                ),
                field="sessions",
                day=day,
                pay=Money(ceil(cents)),
                cap=Money(cap),
            )


def check_left(left_cents: int, needed_cents: int) -> None:
    if needed_cents > left_cents:
        raise Refused(
            N_(
                "This needs %(needed)s and the funding line has %(left)s left. Ask "
                "for fewer seats or less time, or choose another line."
            ),
            field="funding_line",
            needed=Money(needed_cents),
            left=Money(max(left_cents, 0)),
        )


def counted_minutes(line: Line, terms: Terms) -> int:
    """Minutes of one seat that the line counts, over all sessions."""
    return sum(each.total for each in _parts(line, terms))


def _parts(line: Line, terms: Terms) -> list[DayMinutes]:
    prep, travel = line.counts_preparation, line.counts_travel
    return counted(terms, preparation=prep, travel=travel)


def left_cents(balance_cents: int, rows: Iterable[tuple[Stage, int]]) -> int:
    """What nobody holds yet; each row is money in one stage, counted once."""
    return balance_cents - sum(cents for _, cents in rows)


def check_move(
    source: Stage | None, target: Stage | None, cents: int, held_cents: int
) -> None:
    """`held_cents` is what lies in the source stage, or is left of the line if None."""
    if (source, target) not in STAGE_MOVES or cents <= 0:
        raise Refused(N_("Money of a funding line cannot move like that."))
    if source is None:
        check_left(held_cents, cents)
    elif cents > held_cents:
        raise Refused(
            N_("Only %(held)s is held for this, and %(needed)s is needed."),
            held=Money(held_cents),
            needed=Money(cents),
        )
