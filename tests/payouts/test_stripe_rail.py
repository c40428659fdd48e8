"""The Stripe rail against the stand-in: what each answer says about the money."""

import threading
from collections.abc import Iterator
from socket import socket
from typing import Any

import pytest

from engage.payouts.rails import stripe
from engage.payouts.rails.base import Declined, NoOutcome, Order, Sent
from engage.payouts.resend import Outcome
from tests.answering import answering
from tests.fakes.stripe import accounts, money
from tests.fakes.stripe.faults import Fault
from tests.fakes.stripe.server import StandIn

pytestmark = pytest.mark.usefixtures("no_transaction")
KEY = "payout-9Q2M9Q2M9Q-1"


@pytest.fixture
def no_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stripe", "stripe_accounts"):
        monkeypatch.setattr(f"engage.payouts.rails.{name}.check_alone", lambda: None)


@pytest.fixture
def there() -> Iterator[StandIn]:
    with answering(StandIn()) as server:
        server.store.available_cents = 100_000
        yield server
    assert server.drifted == []


@pytest.fixture
def rail(there: StandIn) -> stripe.StripeRail:
    return stripe.StripeRail(
        "sk_test_standin",
        account_of={"ours": "acct_standin00000001"}.get,
        base=there.url,
        read_seconds=1,
        retries=0,
    )


@pytest.fixture
def order(rail: stripe.StripeRail, there: StandIn) -> Order:
    account_id = rail.open_account("7F3K7F3K7F", None, "payee-7F3K7F3K7F-account-1")
    accounts.set_status(there.store, account_id, "active")
    return Order(public_id="9Q2M9Q2M9Q", destination="ours", cents=2500, currency="usd")


def test_it_pays_once_for_a_key_and_finds_what_it_paid(rail, there, order) -> None:
    first, again = rail.send(order, KEY), rail.send(order, KEY)
    (found,) = rail.find(order)

    assert first == again == Sent(found.remote_id)
    assert found.fits(order)
    assert rail.ask_funds() == 97_500
    (made,) = there.store.transfers.values()
    assert made["transfer_group"] == "payout_9Q2M9Q2M9Q"
    assert made["metadata"] == {"payout": "9Q2M9Q2M9Q"}
    assert made["description"] is None


@pytest.mark.parametrize(
    ("kind", "outcome", "paid"),
    [
        ("before", Outcome.NO_ANSWER, 0),
        ("after", Outcome.NO_ANSWER, 1),
        ("slow", Outcome.NO_ANSWER, 1),
        ("429", Outcome.RATE_LIMITED, 0),
        ("409", Outcome.NO_ANSWER, 0),
        ("503", Outcome.SERVER_ERROR, 0),
        ("500saved", Outcome.SERVER_ERROR, 1),
        ("500none", Outcome.SERVER_ERROR, 0),
        ("401", Outcome.RAIL_DOWN, 0),
    ],
)
def test_a_fault_is_no_no(rail, there, order, kind, outcome, paid) -> None:
    there.faults.add(Fault(kind, "PostTransfers", count=1, seconds=1.5))

    assert rail.send(order, KEY) == NoOutcome(outcome)

    threading.Event().wait(0.8 if kind == "slow" else 0)
    assert len(there.store.transfers) == paid
    again = rail.send(order, KEY)
    if kind.startswith("500"):
        assert again == NoOutcome(Outcome.SERVER_ERROR, is_replayed=True)
    else:
        assert isinstance(again, Sent)
        assert len(there.store.transfers) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cents": 200_000}, "funds"),
        ({"destination": "nobody of ours"}, "destination"),
    ],
)
def test_a_definite_no_says_what_it_is_about(rail, order, change, reason) -> None:
    fields: dict[str, Any] = {**order.stored(), **change}

    assert rail.send(Order.read(fields), KEY) == Declined(reason)


@pytest.mark.parametrize(
    ("status", "reason"), [("restricted", "setup"), ("pending", "setup")]
)
def test_a_payee_who_is_not_ready_is_set_up_first(
    rail, there, order, status, reason
) -> None:
    accounts.set_status(there.store, "acct_standin00000001", status)

    assert rail.send(order, KEY) == Declined(reason)
    assert rail.see("acct_standin00000001").readiness == status


def test_a_closed_account_is_a_matter_of_where_to(rail, there, order) -> None:
    accounts.close(there.store, "acct_standin00000001")

    assert rail.send(order, KEY) == Declined("destination")
    assert rail.see("acct_standin00000001").is_closed


def test_the_same_key_for_another_amount_stops_for_a_person(rail, order) -> None:
    rail.send(order, KEY)
    other = Order.read({**order.stored(), "cents": 2600})

    assert rail.send(other, KEY) == NoOutcome(Outcome.KEY_MISMATCH)


def test_nobody_there_is_no_answer(order) -> None:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    alone = stripe.StripeRail(
        "sk_test_standin",
        account_of=lambda destination: "acct_standin00000001",
        base=f"http://127.0.0.1:{port}",
        retries=0,
    )

    assert alone.send(order, KEY) == NoOutcome(Outcome.NO_ANSWER)


def test_f37_taking_back_twice_counts_as_done(rail, order) -> None:
    sent = rail.send(order, KEY)
    assert isinstance(sent, Sent)
    first = rail.reverse(sent.remote_id, 2500, "payout-9Q2M9Q2M9Q-rev-1")
    again = rail.reverse(sent.remote_id, 2500, "payout-9Q2M9Q2M9Q-rev-2")

    assert isinstance(first, Sent)
    assert again == Sent(sent.remote_id)
    assert rail.find(order)[0].cents_back == 2500


def test_a_transfer_to_another_account_does_not_fit(rail, there, order) -> None:
    other = accounts.create(there.store, {})
    accounts.set_status(there.store, other["id"], "active")
    given = {"amount": 2500, "currency": "usd", "destination": other["id"]}
    money.transfer(there.store, {**given, "transfer_group": order.transfer_group})

    (found,) = rail.find(order)
    assert not found.fits(order)


def test_the_bank_text_and_the_link_are_asked_for(rail, there, order) -> None:
    account_id = "acct_standin00000001"
    rail.set_bank_text(account_id, "TRANSFER")
    url = rail.link(account_id, "https://engage.example/continue")

    assert there.store.settings[account_id]["statement_descriptor"] == "TRANSFER"
    assert url.startswith(f"{there.url}/_onboarding/")
