"""Which request does what: the operations that paying people out needs."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.stripe import accounts, money
from tests.fakes.stripe.hooks import API_VERSION, Hooks
from tests.fakes.stripe.store import Refusal, Row, Store


@dataclass(frozen=True)
class Call:
    """One valid request: what its address names, what it gives, on whose behalf."""

    path: dict[str, str]
    given: Row
    account_id: str | None
    base: str


Handler = Callable[[Store, Hooks, Call], Row]


def make_account(store: Store, hooks: Hooks, call: Call) -> Row:
    return accounts.create(store, call.given)


def show_account(store: Store, hooks: Hooks, call: Call) -> Row:
    row = accounts.found(store, call.path["id"])
    return accounts.shown(row, call.given.get("include", []))


def close_account(store: Store, hooks: Hooks, call: Call) -> Row:
    shown = accounts.close(store, call.path["id"])
    hooks.tell("v2.core.account.closed", shown)
    return shown


def make_link(store: Store, hooks: Hooks, call: Call) -> Row:
    return accounts.link(store, call.given, call.base)


def make_transfer(store: Store, hooks: Hooks, call: Call) -> Row:
    made = money.transfer(store, call.given)
    hooks.tell("transfer.created", made)
    return made


def show_transfer(store: Store, hooks: Hooks, call: Call) -> Row:
    return money.shown(money.found(store, call.path["transfer"]))


def change_transfer(store: Store, hooks: Hooks, call: Call) -> Row:
    row = money.found(store, call.path["transfer"])
    row["metadata"] = {**row["metadata"], **call.given.get("metadata", {})}
    hooks.tell("transfer.updated", money.shown(row))
    return money.shown(row)


def list_transfers(store: Store, hooks: Hooks, call: Call) -> Row:
    rows = [
        money.shown(row)
        for row in store.transfers.values()
        if money.is_asked(row, call.given)
    ]
    return money.page(rows, call.given, "/v1/transfers")


def make_reversal(store: Store, hooks: Hooks, call: Call) -> Row:
    made = money.reverse(store, call.path["id"], call.given)
    row = money.shown(money.found(store, call.path["id"]))
    hooks.tell(money.event_of_reversing(row), row)
    return made


def list_reversals(store: Store, hooks: Hooks, call: Call) -> Row:
    row = money.found(store, call.path["id"])
    return money.page(row["reversals"], call.given, "/v1/transfers")


def show_balance(store: Store, hooks: Hooks, call: Call) -> Row:
    return money.balance(store, call.account_id)


def list_movements(store: Store, hooks: Hooks, call: Call) -> Row:
    rows = [row for row in store.movements if money.is_asked(row, call.given)]
    return money.page(rows, call.given, "/v1/balance_transactions")


def balance_settings(store: Store, hooks: Hooks, call: Call) -> Row:
    return money.settings(store, call.account_id, call.given)


def list_payouts(store: Store, hooks: Hooks, call: Call) -> Row:
    own = store.payouts.get(call.account_id or "platform", {}).values()
    rows = [row for row in own if money.is_asked(row, call.given)]
    return money.page(rows, call.given, "/v1/payouts")


def show_payout(store: Store, hooks: Hooks, call: Call) -> Row:
    own = store.payouts.get(call.account_id or "platform", {})
    if call.path["payout"] not in own:
        raise Refusal(404, "resource_missing", "No such payout")
    return own[call.path["payout"]]


def list_events(store: Store, hooks: Hooks, call: Call) -> Row:
    rows = [row for row in store.events if money.is_asked(row, call.given)]
    return money.page(rows, call.given, "/v1/events")


def show_event(store: Store, hooks: Hooks, call: Call) -> Row:
    for event in store.events:
        if event["id"] == call.path["id"]:
            return event
    raise Refusal(404, "resource_missing", "No such event")


def show_thin_event(store: Store, hooks: Hooks, call: Call) -> Row:
    if call.path["id"] not in store.thin:
        raise Refusal(404, "resource_missing", "No such event")
    return store.thin[call.path["id"]]


def make_topup(store: Store, hooks: Hooks, call: Call) -> Row:
    row = {
        "id": store.new_id("tu"),
        "object": "topup",
        "amount": call.given["amount"],
        "created": store.stamp(),
        "currency": call.given["currency"],
        "description": call.given.get("description"),
        "expected_availability_date": None,
        "failure_code": None,
        "failure_message": None,
        "initiated_by": "user",
        "livemode": False,
        "metadata": call.given.get("metadata", {}),
        "source": None,
        "statement_descriptor": None,
        "status": "succeeded",
        "transfer_group": None,
    }
    row["balance_transaction"] = store.move(row["amount"], "topup", row["id"])
    store.topups[row["id"]] = row
    hooks.tell("topup.succeeded", row)
    return row


def make_login(store: Store, hooks: Hooks, call: Call) -> Row:
    accounts.found(store, call.path["account"])
    url = f"{call.base}/_dashboard/{store.new_id('login')}"
    return {"object": "login_link", "created": store.stamp(), "url": url}


def make_endpoint(store: Store, hooks: Hooks, call: Call) -> Row:
    row = {
        "id": store.new_id("we"),
        "object": "webhook_endpoint",
        "api_version": call.given.get("api_version", API_VERSION),
        "application": None,
        "created": store.stamp(),
        "description": None,
        "enabled_events": call.given["enabled_events"],
        "livemode": False,
        "metadata": {},
        "secret": f"whsec_{store.new_id('standin')}",
        "status": "enabled",
        "url": call.given["url"],
    }
    connect = bool(call.given.get("connect"))
    store.endpoints[row["id"]] = {**row, "connect": connect, "thin": False}
    return row


HANDLERS: dict[tuple[str, str], Handler] = {
    ("post", "/v2/core/accounts"): make_account,
    ("get", "/v2/core/accounts/{id}"): show_account,
    ("post", "/v2/core/accounts/{id}/close"): close_account,
    ("post", "/v2/core/account_links"): make_link,
    ("get", "/v2/core/events/{id}"): show_thin_event,
    ("post", "/v1/transfers"): make_transfer,
    ("get", "/v1/transfers"): list_transfers,
    ("get", "/v1/transfers/{transfer}"): show_transfer,
    ("post", "/v1/transfers/{transfer}"): change_transfer,
    ("post", "/v1/transfers/{id}/reversals"): make_reversal,
    ("get", "/v1/transfers/{id}/reversals"): list_reversals,
    ("get", "/v1/balance"): show_balance,
    ("get", "/v1/balance_settings"): balance_settings,
    ("post", "/v1/balance_settings"): balance_settings,
    ("get", "/v1/balance_transactions"): list_movements,
    ("get", "/v1/payouts"): list_payouts,
    ("get", "/v1/payouts/{payout}"): show_payout,
    ("get", "/v1/events"): list_events,
    ("get", "/v1/events/{id}"): show_event,
    ("post", "/v1/topups"): make_topup,
    ("post", "/v1/accounts/{account}/login_links"): make_login,
    ("post", "/v1/webhook_endpoints"): make_endpoint,
}
