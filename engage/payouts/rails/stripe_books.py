"""What is read of Stripe to compare books with it: amounts, ids and times alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engage.payouts.rails.base import check_alone

PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """A transfer as Stripe has it; `account_id` is for comparing, and is not kept."""

    remote_id: str
    transfer_group: str
    account_id: str
    cents: int
    cents_back: int
    currency: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One change of the balance: what kind, and how much more or less there is."""

    kind: str
    cents: int
    currency: str
    at: datetime


class BookCalls:
    """A part of the rail; the package itself is loaded where the client is made."""

    client: Any

    def transfers_between(self, start: datetime, end: datetime) -> Iterator[Transfer]:
        """Every transfer that was made from start on and before the end."""
        for row in _pages(self.client.v1.transfers.list, start, end):
            yield Transfer(
                remote_id=row.id,
                transfer_group=row.transfer_group or "",
                account_id=str(row.destination),
                cents=row.amount,
                cents_back=row.amount_reversed,
                currency=row.currency,
                at=datetime.fromtimestamp(row.created, UTC),
            )

    def movements_between(self, start: datetime, end: datetime) -> Iterator[Movement]:
        """Every change of the balance from start on and before the end, fees off."""
        for row in _pages(self.client.v1.balance_transactions.list, start, end):
            yield Movement(
                kind=row.type,
                cents=row.net,
                currency=row.currency,
                at=datetime.fromtimestamp(row.created, UTC),
            )

    def whole_balance(self, currency: str) -> int:
        """Everything that is there, also what cannot be sent yet."""
        check_alone()
        found = self.client.v1.balance.retrieve()
        parts = [*found.available, *found.pending]
        return sum(part.amount for part in parts if part.currency == currency)


def _pages(ask: Callable[..., Any], start: datetime, end: datetime) -> Iterator[Any]:
    check_alone()
    asked: Any = {
        "created": {"gte": int(start.timestamp()), "lt": int(end.timestamp())},
        "limit": PAGE,
    }
    return iter(ask(asked).auto_paging_iter())
