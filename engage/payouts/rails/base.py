"""What a rail is: it pays once for a key, and can say later whether it did.

No rail raises for what its other side does, and none runs inside a transaction.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from engage.core.db import in_transaction
from engage.ledger.models import Payee
from engage.payouts.resend import Outcome
from engage.payouts.rules import RailName


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was released and stored with the attempt; every call reads it from there."""

    public_id: str
    destination: str
    cents: int
    currency: str

    @property
    def transfer_group(self) -> str:
        """One for each payout, so that one look-up says whether it was paid."""
        return f"payout_{self.public_id}"

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Order":
        return cls(**stored)


@dataclass(frozen=True)
class Sent:
    remote_id: str


@dataclass(frozen=True)
class Declined:
    """A definite no: nothing was paid under this key, nor will be."""

    reason: str


@dataclass(frozen=True)
class NoOutcome:
    """Nobody knows whether it was paid; `wait` is what the other side asked for."""

    outcome: Outcome
    is_replayed: bool = False
    wait: int | None = None


Answer = Sent | Declined | NoOutcome


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A payment as the other side shows it."""

    remote_id: str
    destination: str
    cents: int
    currency: str
    has_arrived: bool
    cents_back: int = 0  # taken back there, of `cents`

    def fits(self, order: Order) -> bool:
        mine = (order.destination, order.cents, order.currency)
        return (self.destination, self.cents, self.currency) == mine


class Rail(Protocol):
    """`is_automatic` False: a person pays, and the worker never calls."""

    name: RailName
    is_automatic: bool

    def destination(self, payee: Payee) -> str:
        """Where a payee is paid; frozen when a batch is prepared. Empty: not set up."""

    def blocked(self, destination: str) -> str:
        """Why nothing can go there now, as a word, or empty; asks nobody."""

    def funds(self) -> int | None:
        """Cents that are there for sending, None when that is not known."""

    def send(self, order: Order, key: str) -> Answer:
        """Pay, or say again what came of the same key."""

    def find(self, order: Order) -> list[Remote]:
        """Every payment made for this payout; safe at any time."""

    def reverse(self, remote_id: str, cents: int, key: str) -> Answer:
        """Take so much of a payment back, once for a key; what is back is done."""


def check_alone() -> None:
    """A call that may last, or be lost, must not hold a transaction open."""
    if in_transaction():
        raise RuntimeError("a rail was called inside a transaction")
