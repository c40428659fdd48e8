from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from engage.core.errors import N_, Refused


class PayableKind(StrEnum):
    HOURS = "hours"
    STIPEND = "stipend"
    EXPENSE = "expense"
    ADVANCE = "advance"


class PayableStatus(StrEnum):
    WAITING = "waiting"
    IN_PAYOUT = "in_payout"
    PAID = "paid"


MOVES: dict[tuple[PayableStatus, str], PayableStatus] = {
    (PayableStatus.WAITING, "take"): PayableStatus.IN_PAYOUT,
    (PayableStatus.IN_PAYOUT, "release"): PayableStatus.WAITING,
    (PayableStatus.IN_PAYOUT, "pay"): PayableStatus.PAID,
    (PayableStatus.PAID, "reopen"): PayableStatus.WAITING,  # the payment came back
}

# Before money goes another way, so that who is paid may notice a change not theirs.
NEW_PLACE_WAITS = timedelta(hours=72)
KEPT_YEARS = 3  # of postings, at the least: 2 CFR 200.334

OWE = "owe"  # the kind of posting that says what a source earned
UNOWE = "unowe"  # its reversal, when a wrong amount is taken back
EXPENSE = "expense:stipends"
REIMBURSEMENT = "expense:reimbursements"
ADVANCE = "expense:advances"
CASH_STRIPE = "cash:stripe_balance"
CASH_MANUAL = "cash:manual"
CASH_DEMO = "cash:demo"


class Posting(Protocol):
    """A ledger row: one debit and one credit of the same amount."""

    @property
    def debit(self) -> str: ...
    @property
    def credit(self) -> str: ...
    @property
    def cents(self) -> int: ...


class DatedPosting(Posting, Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True)
class StatementLine:
    """One row as the payee reads it; `balance_cents` is what is still owed to them."""

    at: datetime
    kind: str
    source: str
    earned_cents: int
    paid_cents: int
    balance_cents: int


def after(status: PayableStatus, move: str) -> PayableStatus:
    if (status, move) not in MOVES:
        raise Refused(N_("This amount cannot do that now. Open it again to see why."))
    return MOVES[status, move]


def payable(handle: str) -> str:
    return f"payable:{handle}"


def returned(handle: str) -> str:
    return f"returned:{handle}"


def clearing(rail: str) -> str:
    return f"clearing:{rail}"


def cash(rail: str) -> str:
    """Where a rail's money lies; a rail without an account of its own is an error."""
    return {"stripe": CASH_STRIPE, "manual": CASH_MANUAL, "demo": CASH_DEMO}[rail]


def expense(kind: PayableKind) -> str:
    """Pay and money given back stay apart, because only pay is income."""
    by_kind = {PayableKind.EXPENSE: REIMBURSEMENT, PayableKind.ADVANCE: ADVANCE}
    return by_kind.get(kind, EXPENSE)


def check_rail(rail: str, offered: Iterable[str]) -> None:
    if rail not in offered:
        raise Refused(N_("Choose one of the ways listed here."), field="rail")


def check_posting(debit: str, credit: str, amount_cents: int) -> None:
    if amount_cents <= 0 or debit == credit:
        raise Refused(N_("An amount moves from one account to another, above zero."))


def balance(postings: Iterable[Posting], account: str) -> int:
    """Debits less credits: an expense is positive, what is owed is negative."""
    return balances(postings).get(account, 0)


def balances(postings: Iterable[Posting]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for posting in postings:
        total[posting.debit] += posting.cents
        total[posting.credit] -= posting.cents
    return dict(total)


def owed_cents(postings: Iterable[Posting], handle: str) -> int:
    """What a payee has still to receive, with payments that came back."""
    total = balances(postings)
    return -total.get(payable(handle), 0) - total.get(returned(handle), 0)


def is_balanced(postings: Iterable[Posting]) -> bool:
    """Whether every row is a true move; then the sum over all accounts is zero."""
    rows = list(postings)
    sound = all(row.cents > 0 and row.debit != row.credit for row in rows)
    return sound and sum(balances(rows).values()) == 0


def statement_lines(
    postings: Iterable[DatedPosting], handle: str
) -> list[StatementLine]:
    """A payee's rows in order of time with a running balance; other rows fall out."""
    ordered = sorted(postings, key=lambda row: row.at)
    return list(_lines(ordered, {payable(handle), returned(handle)}))


def _lines(rows: Iterable[DatedPosting], own: set[str]) -> Iterator[StatementLine]:
    owed = 0
    for row in rows:
        earned = row.cents if row.credit in own else 0
        paid = row.cents if row.debit in own else 0
        if earned == paid:
            continue  # not theirs, or a payment that came back and is owed again
        owed += earned - paid
        yield StatementLine(row.at, row.kind, row.source, earned, paid, owed)
