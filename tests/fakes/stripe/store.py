"""What the stand-in knows: accounts, transfers, money, events, keys. All in memory."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

KEPT_SECONDS = 24 * 3600
Row = dict[str, Any]


class Refusal(Exception):
    """A definite no, with Stripe's own words for it."""

    def __init__(self, status: int, code: str, message: str, param: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param


@dataclass
class Saved:
    """The answer that a key keeps; None while its first request is still running."""

    fingerprint: str
    at: float
    status: int | None = None
    body: Row = field(default_factory=dict)


@dataclass
class Store:
    """One platform in test mode; `ahead` moves its clock, in seconds."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    ahead: float = 0.0
    available_cents: int = 0
    accounts: dict[str, Row] = field(default_factory=dict)
    links: dict[str, Row] = field(default_factory=dict)
    transfers: dict[str, Row] = field(default_factory=dict)
    payouts: dict[str, dict[str, Row]] = field(default_factory=dict)
    settings: dict[str, Row] = field(default_factory=dict)
    movements: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    thin: dict[str, Row] = field(default_factory=dict)
    topups: dict[str, Row] = field(default_factory=dict)
    endpoints: dict[str, Row] = field(default_factory=dict)
    keys: dict[str, Saved] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    _numbers: int = 0

    def now(self) -> float:
        return time.time() + self.ahead

    def stamp(self) -> int:
        return int(self.now())

    def text_stamp(self, more: float = 0) -> str:
        """The way v2 of the API writes a moment."""
        moment = datetime.fromtimestamp(self.now() + more, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def new_id(self, kind: str) -> str:
        with self.lock:
            self._numbers += 1
            return f"{kind}_standin{self._numbers:08d}"

    def account(self, account_id: str) -> Row:
        if account_id not in self.accounts:
            raise Refusal(
                400, "resource_missing", f"No such destination: '{account_id}'"
            )
        return self.accounts[account_id]

    def move(self, cents: int, kind: str, source: str | None) -> str:
        """One movement of the platform's balance, as its own row."""
        with self.lock:
            self.available_cents += cents
            row = {
                "id": self.new_id("txn"),
                "object": "balance_transaction",
                "amount": cents,
                "available_on": self.stamp(),
                "balance_type": "payments",
                "created": self.stamp(),
                "currency": "usd",
                "description": None,
                "exchange_rate": None,
                "fee": 0,
                "fee_details": [],
                "net": cents,
                "reporting_category": kind,
                "source": source,
                "status": "available",
                "type": kind,
            }
            self.movements.append(row)
            return str(row["id"])

    def begin_key(self, key: str, fingerprint: str) -> Saved | None:
        """The saved answer of a key, or None when this request is its first."""
        with self.lock:
            saved = self.keys.get(key)
            if saved is None or self.now() - saved.at > KEPT_SECONDS:
                self.keys[key] = Saved(fingerprint, self.now())
                return None
            if saved.fingerprint != fingerprint:
                raise Refusal(
                    400,
                    "idempotency_error",
                    "Keys for idempotent requests can only be used with the same "
                    "parameters they were first used with.",
                )
            if saved.status is None:
                raise Refusal(
                    409,
                    "idempotency_key_in_use",
                    "There is currently another in-progress request using this key.",
                )
            return saved

    def end_key(self, key: str, status: int, body: Row) -> None:
        with self.lock:
            self.keys[key].status, self.keys[key].body = status, body

    def forget_key(self, key: str) -> None:
        """A request that never began executing leaves nothing under its key."""
        with self.lock:
            self.keys.pop(key, None)
