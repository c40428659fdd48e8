"""Events, and how they reach us: signed, twice, late, in another order, or never."""

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.stripe.store import Row, Store

API_VERSION = "2026-10-28.endive"
THIN = "v2."


@dataclass
class Delivery:
    """How the next events travel: each of these can be changed while it runs."""

    copies: int = 1
    hold: bool = False  # kept back until they are let go
    reverse: bool = False
    drop: bool = False
    secret: str | None = None  # another one than the endpoint's
    age: float = 0.0  # how old the signature says it is, in seconds
    livemode: bool = False


@dataclass
class Hooks:
    store: Store
    delivery: Delivery = field(default_factory=Delivery)
    waiting: list[tuple[Row, Row]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def tell(self, kind: str, thing: Row, account_id: str | None = None) -> Row:
        """Keep an event of that kind and send it to whoever listens."""
        if kind.startswith(THIN):
            event = self._thin(kind, thing)
        else:
            event = self._snapshot(kind, thing, account_id)
        for endpoint in list(self.store.endpoints.values()):
            if _listens(endpoint, event, account_id):
                self._send(endpoint, event)
        return event

    def _snapshot(self, kind: str, thing: Row, account_id: str | None) -> Row:
        event = {
            "id": self.store.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.store.stamp(),
            "data": {"object": thing},
            "livemode": self.delivery.livemode,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        if account_id:
            event["account"] = account_id
        self.store.events.append(event)
        return event

    def _thin(self, kind: str, thing: Row) -> Row:
        event = {
            "id": self.store.new_id("evt"),
            "object": "v2.core.event",
            "created": self.store.text_stamp(),
            "livemode": self.delivery.livemode,
            "type": kind,
            "related_object": {
                "id": thing["id"],
                "type": "v2.core.account",
                "url": f"/v2/core/accounts/{thing['id']}",
            },
        }
        self.store.thin[event["id"]] = event
        return event

    def _send(self, endpoint: Row, event: Row) -> None:
        if self.delivery.drop:
            return
        for _ in range(self.delivery.copies):
            if self.delivery.hold or self.delivery.reverse:
                self.waiting.append((endpoint, event))
            else:
                threading.Thread(target=self._post, args=(endpoint, event)).start()

    def let_go(self) -> None:
        """Send what was kept back, the last first where the order is turned."""
        kept, self.waiting = self.waiting, []
        for endpoint, event in reversed(kept) if self.delivery.reverse else kept:
            self._post(endpoint, event)

    def _post(self, endpoint: Row, event: Row) -> None:
        body = json.dumps(event).encode()
        where = urlsplit(endpoint["url"])
        secret = self.delivery.secret or endpoint["secret"]
        stamp = int(self.store.now() - self.delivery.age)
        connection = HTTPConnection(where.hostname or "", where.port, timeout=10)
        try:
            connection.request(
                "POST",
                where.path,
                body,
                {
                    "Content-Type": "application/json",
                    "Stripe-Signature": signature(body, secret, stamp),
                },
            )
            self.answers.append(connection.getresponse().status)
        except OSError:
            self.answers.append(0)
        finally:
            connection.close()


def _listens(endpoint: Row, event: Row, account_id: str | None) -> bool:
    if event["type"].startswith(THIN) != endpoint["thin"]:
        return False
    if not endpoint["thin"] and endpoint["connect"] != bool(account_id):
        return False
    wanted: list[Any] = endpoint["enabled_events"]
    return "*" in wanted or event["type"] in wanted


def signature(body: bytes, secret: str, stamp: int) -> str:
    """Stripe's own scheme: HMAC-SHA256 over the time and the raw bytes."""
    text = f"{stamp}.".encode() + body
    return f"t={stamp},v1={hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}"
