"""Events of the stand-in: signed as Stripe signs, and as unreliable as asked for."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import stripe

from tests.answering import answering
from tests.fakes.stripe import accounts, money
from tests.fakes.stripe.hooks import Delivery, Hooks
from tests.fakes.stripe.server import StandIn
from tests.fakes.stripe.store import Store

SECRET = "whsec_" + "a" * 24


class Ear(ThreadingHTTPServer):
    """Keeps (body, signature) of everything that reaches it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Heard)
        self.heard: list[tuple[bytes, str]] = []

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.heard]

    def wait(self, number: int) -> list[tuple[bytes, str]]:
        until = time.monotonic() + 5
        while len(self.heard) < number and time.monotonic() < until:
            time.sleep(0.01)
        return self.heard


class Heard(BaseHTTPRequestHandler):
    server: Ear

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((body, self.headers["Stripe-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def ear() -> Iterator[Ear]:
    with answering(Ear()) as ear:
        yield ear


@pytest.fixture
def page() -> Iterator[StandIn]:
    with answering(StandIn()) as there:
        yield there


@pytest.fixture
def hooks(ear: Ear) -> Hooks:
    store = Store(available_cents=100_000)
    for key, thin in (("a", False), ("b", True)):
        store.endpoints[key] = {
            "url": f"http://127.0.0.1:{ear.server_port}/hook",
            "secret": SECRET,
            "connect": False,
            "thin": thin,
            "enabled_events": ["*"],
        }
    return Hooks(store)


def paid(hooks: Hooks) -> dict[str, Any]:
    account = accounts.create(hooks.store, {})
    accounts.set_status(hooks.store, account["id"], "active")
    given = {"amount": 100, "currency": "usd", "destination": account["id"]}
    return money.transfer(hooks.store, given)


def test_the_real_client_takes_the_signature_and_no_other(hooks, ear) -> None:
    hooks.tell("transfer.created", paid(hooks))
    ((body, signature),) = ear.wait(1)
    client = stripe.StripeClient("sk_test_x")

    event = client.construct_event(body, signature, SECRET)
    assert event.type == "transfer.created"
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body, signature, "whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body + b" ", signature, SECRET)


def test_an_account_that_changed_is_told_by_its_id_alone(hooks, ear) -> None:
    kind = "v2.core.account[configuration.recipient].capability_status_updated"
    hooks.tell(kind, accounts.create(hooks.store, {"contact_email": "a@example.org"}))
    ((body, signature),) = ear.wait(1)

    told = stripe.StripeClient("sk_test_x").parse_event_notification(
        body, signature, SECRET
    )
    assert told.type == kind
    assert b"example.org" not in body


def test_delivery_is_as_bad_as_asked_for(hooks, ear) -> None:
    made = paid(hooks)
    hooks.delivery = Delivery(copies=2, reverse=True)
    hooks.tell("transfer.created", made)
    hooks.tell("transfer.updated", made)
    assert ear.heard == []
    hooks.let_go()
    assert ear.types() == ["transfer.updated"] * 2 + ["transfer.created"] * 2

    hooks.delivery = Delivery(drop=True)
    hooks.tell("transfer.reversed", made)
    assert len(ear.heard) == 4
    assert [event["type"] for event in hooks.store.events][-1] == "transfer.reversed"

    hooks.delivery = Delivery(age=400)
    hooks.tell("transfer.updated", made)
    body, signature = ear.wait(5)[-1]
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.StripeClient("sk_test_x").construct_event(body, signature, SECRET)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("finish", "active"), ("restrict", "restricted"), ("leave", "restricted")],
)
def test_the_hosted_page_says_what_it_is_and_opens_once(page, outcome, status) -> None:
    created = {"configuration": {"recipient": {"capabilities": {}}}}
    capabilities = created["configuration"]["recipient"]["capabilities"]
    capabilities["stripe_balance"] = {"stripe_transfers": {"requested": True}}
    account = accounts.create(page.store, created)["id"]
    back = f"{page.url}/_state"
    use = {"account_onboarding": {"refresh_url": f"{back}?again", "return_url": back}}
    asked = {"account": account, "use_case": {"type": "account_onboarding", **use}}
    url = accounts.link(page.store, asked, page.url)["url"]

    with urlopen(url) as answer:  # noqa: S310
        assert b"no money moves" in answer.read()
    sent = urlencode({"outcome": outcome}).encode()
    with urlopen(Request(url, sent, method="POST")) as answer:  # noqa: S310
        assert answer.url == back
    with urlopen(url) as answer:  # noqa: S310
        assert answer.url.endswith("?again")
    assert page.store.accounts[account]["status"] == status
