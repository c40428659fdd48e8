"""The stand-in against the real client: it knows every call, and refuses others."""

import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
import stripe

from tests.answering import answering
from tests.fakes.stripe.server import StandIn

TRANSFERS = {"stripe_balance": {"stripe_transfers": {"requested": True}}}
ACCOUNT: dict[str, Any] = {
    "display_name": "Payee 7F3K",
    "dashboard": "express",
    "contact_email": "payee@example.org",
    "identity": {"country": "us", "entity_type": "individual"},
    "configuration": {"recipient": {"capabilities": TRANSFERS}},
    "defaults": {
        "currency": "usd",
        "responsibilities": {
            "fees_collector": "application",
            "losses_collector": "application",
        },
    },
    "include": ["configuration.recipient", "requirements", "defaults"],
    "metadata": {"payee": "7F3K"},
}


@pytest.fixture
def server() -> Iterator[StandIn]:
    with answering(StandIn()) as server:
        yield server
    assert server.drifted == []


@pytest.fixture
def client(server: StandIn) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_standin",
        base_addresses={"api": server.url},
        http_client=stripe.RequestsClient(timeout=(2, 5)),
    )


def control(server: StandIn, name: str, **given: Any) -> dict[str, Any]:
    request = Request(  # noqa: S310 - our own server
        f"{server.url}/_control/{name}", json.dumps(given).encode(), method="POST"
    )
    with urlopen(request) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
    return found


def ready(server: StandIn, client: stripe.StripeClient) -> str:
    account_id = str(client.v2.core.accounts.create(ACCOUNT).id)  # type: ignore[arg-type]
    control(server, "status", account=account_id, status="active")
    control(server, "fund", cents=100_000)
    return account_id


def order(account_id: str, cents: int = 2500) -> dict[str, Any]:
    return {
        "amount": cents,
        "currency": "usd",
        "destination": account_id,
        "transfer_group": "payout_9Q2M",
        "metadata": {"payout": "9Q2M", "attempt": "1"},
    }


def send(client: stripe.StripeClient, given: dict[str, Any], key: str = "k1") -> Any:
    return client.v1.transfers.create(given, {"idempotency_key": key})  # type: ignore[arg-type]


def test_an_account_is_made_linked_and_read(server, client) -> None:
    account = client.v2.core.accounts.create(ACCOUNT)
    link = client.v2.core.account_links.create(
        {
            "account": account.id,
            "use_case": {
                "type": "account_onboarding",
                "account_onboarding": {
                    "refresh_url": "http://127.0.0.1/r",
                    "return_url": "http://127.0.0.1/b",
                    "collection_options": {"fields": "eventually_due"},
                },
            },
        }
    )
    read = client.v2.core.accounts.retrieve(
        account.id, {"include": ["configuration.recipient", "requirements"]}
    )

    assert link.url.startswith(server.url)
    transfers = (
        read.configuration.recipient.capabilities.stripe_balance.stripe_transfers
    )
    assert transfers.status == "restricted"


def test_a_transfer_is_made_found_and_taken_back(server, client) -> None:
    account_id = ready(server, client)
    made = send(client, order(account_id))
    found = client.v1.transfers.list({"transfer_group": "payout_9Q2M", "limit": 100})
    client.v1.transfers.reversals.create(made.id, {"amount": 500})
    after = client.v1.transfers.retrieve(made.id)
    client.v1.transfers.update(made.id, {"metadata": {"seen": "yes"}})

    assert [row.id for row in found.auto_paging_iter()] == [made.id]
    assert (after.amount_reversed, after.reversed) == (500, False)
    assert client.v1.balance.retrieve().available[0].amount == 100_000 - 2000
    own = client.v1.balance.retrieve(None, {"stripe_account": account_id})
    assert own.available[0].amount == 2000
    kinds = [row.type for row in client.v1.balance_transactions.list({"limit": 5}).data]
    assert kinds == ["transfer_refund", "transfer", "topup"]


def test_payout_text_bank_and_events(server, client) -> None:
    account_id = ready(server, client)
    own: Any = {"stripe_account": account_id}
    text: Any = {
        "payments": {
            "payouts": {
                "statement_descriptor": "TRANSFER",
                "schedule": {"interval": "daily"},
            }
        }
    }
    client.v1.balance_settings.update(text, own)
    send(client, order(account_id))
    payout = control(server, "bank", account=account_id)["payout"]
    control(server, "bank_refuses", account=account_id, payout=payout)

    failed = client.v1.payouts.list({"status": "failed"}, own).data
    assert [(row.id, row.statement_descriptor) for row in failed] == [
        (payout, "TRANSFER")
    ]
    kinds = [row.type for row in client.v1.events.list({"limit": 10}).data]
    assert kinds[:3] == ["payout.failed", "payout.paid", "transfer.created"]
    only: Any = {"types": ["payout.paid"]}
    assert len(client.v1.events.list(only).data) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 10_000_000}, "balance_insufficient"),
        ({"destination": "acct_nobody"}, "resource_missing"),
        ({"colour": "red"}, "parameter_unknown"),
        ({"currency": None}, "parameter_missing"),
        ({"amount": "a lot"}, "parameter_invalid"),
    ],
)
def test_what_stripe_refuses_is_refused(server, client, change, code) -> None:
    given = {**order(ready(server, client)), **change}
    given = {name: value for name, value in given.items() if value is not None}

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        send(client, given)

    assert refusal.value.code == code


def test_a_payee_who_is_not_ready_is_refused(server, client) -> None:
    account_id = ready(server, client)
    control(server, "status", account=account_id, status="restricted")

    with pytest.raises(stripe.InvalidRequestError, match="capabilities"):
        send(client, order(account_id))


def test_a_live_key_is_never_taken(server) -> None:
    live = stripe.StripeClient("sk_live_x", base_addresses={"api": server.url})

    with pytest.raises(stripe.AuthenticationError):
        live.v1.balance.retrieve()


def test_a_key_pays_once_and_says_the_same_for_a_day(server, client) -> None:
    given = order(ready(server, client))
    first, again = send(client, given), send(client, given)
    with pytest.raises(stripe.IdempotencyError):
        send(client, {**given, "amount": 2600})
    control(server, "clock", seconds=25 * 3600)
    later = send(client, given)

    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert later.id != first.id


def test_a_refusal_stays_under_its_key_when_the_money_has_come(server, client) -> None:
    given = order(ready(server, client), 200_000)
    with pytest.raises(stripe.InvalidRequestError):
        send(client, given)
    control(server, "fund", cents=500_000)
    with pytest.raises(stripe.InvalidRequestError):
        send(client, given)

    assert send(client, given, "k2").amount == 200_000


@pytest.mark.parametrize(
    ("kind", "error", "done"),
    [
        ("before", stripe.APIConnectionError, 0),
        ("after", stripe.APIConnectionError, 1),
        ("slow", stripe.APIConnectionError, 1),
        ("429", stripe.RateLimitError, 0),
        ("409", stripe.APIError, 0),
        ("503", stripe.APIError, 0),
        ("500saved", stripe.APIError, 1),
        ("500none", stripe.APIError, 0),
        ("401", stripe.AuthenticationError, 0),
        ("403", stripe.PermissionError, 0),
    ],
)
def test_each_fault_is_what_its_name_says(server, client, kind, error, done) -> None:
    given = order(ready(server, client))
    control(server, "fault", kind=kind, operation="PostTransfers", count=1, seconds=5.5)

    with pytest.raises(error):
        send(client, given)

    if kind == "slow":
        threading.Event().wait(1)
    assert len(server.store.transfers) == done
    if kind in {"before", "after", "429", "409", "503", "401", "403"}:
        assert send(client, given).amount == 2500
        assert len(server.store.transfers) == 1
    if kind in {"500saved", "500none"}:
        with pytest.raises(stripe.APIError):  # the key keeps it, the work done or not
            send(client, given)


def test_one_key_in_flight_is_not_begun_twice(server, client) -> None:
    given = order(ready(server, client))
    control(
        server, "fault", kind="slow", operation="PostTransfers", count=1, seconds=1.0
    )
    first = threading.Thread(target=send, args=(client, given))
    first.start()
    threading.Event().wait(0.3)

    with pytest.raises(stripe.APIError) as refusal:
        send(client, given)

    first.join()
    assert refusal.value.error.code == "idempotency_key_in_use"
    assert len(server.store.transfers) == 1


def test_an_unknown_address_and_another_method_are_not_there(server) -> None:
    request = Request(  # noqa: S310
        f"{server.url}/v1/charges", headers={"Authorization": "Bearer sk_test_x"}
    )
    with pytest.raises(OSError, match="404"):
        urlopen(request)  # noqa: S310
