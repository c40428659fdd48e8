"""What a test turns, and what a checker reads, apart from the application's tables."""

from typing import TYPE_CHECKING, Any

from tests.fakes.stripe import accounts, money
from tests.fakes.stripe.faults import Fault
from tests.fakes.stripe.hooks import Delivery
from tests.fakes.stripe.store import Row

if TYPE_CHECKING:
    from tests.fakes.stripe.server import StandIn


def serve(server: "StandIn", path: str, given: Row) -> Row:
    if path == "/_state":
        return state(server)
    name = path.removeprefix("/_control/")
    return CONTROLS[name](server, **given) or {"done": True}


def state(server: "StandIn") -> Row:
    """Totals as the other side has them."""
    store = server.store
    transfers = list(store.transfers.values())
    return {
        "transfers": [
            {
                "id": row["id"],
                "amount": row["amount"],
                "amount_reversed": row["amount_reversed"],
                "destination": row["destination"],
                "transfer_group": row["transfer_group"],
                "metadata": row["metadata"],
            }
            for row in transfers
        ],
        "sent_cents": sum(row["amount"] for row in transfers),
        "available_cents": store.available_cents,
        "accounts": {key: row["status"] for key, row in store.accounts.items()},
        "requests": len(store.requests),
        "faults_met": server.faults.met,
        "drifted": server.drifted,
        "answers_of_hooks": server.hooks.answers,
    }


def fund(server: "StandIn", cents: int) -> None:
    with server.store.lock:
        row = {"id": server.store.new_id("tu"), "object": "topup"}
        server.store.move(cents, "topup" if cents > 0 else "payout", row["id"])
    server.hooks.tell("balance.available", money.balance(server.store, None))


def fault(server: "StandIn", **values: Any) -> None:
    server.faults.add(Fault(**values))


def calm(server: "StandIn") -> None:
    server.faults.clear()


def clock(server: "StandIn", seconds: float) -> None:
    server.store.ahead += seconds


def slow(server: "StandIn", seconds: float) -> None:
    server.delay = seconds


def deliver(server: "StandIn", **values: Any) -> None:
    server.hooks.delivery = Delivery(**values)


def let_go(server: "StandIn") -> None:
    server.hooks.let_go()


def endpoint(
    server: "StandIn",
    url: str,
    secret: str,
    connect: bool = False,
    thin: bool = False,
    events: tuple[str, ...] = ("*",),
) -> None:
    key = server.store.new_id("we")
    server.store.endpoints[key] = {
        "url": url,
        "secret": secret,
        "connect": connect,
        "thin": thin,
        "enabled_events": list(events),
    }


def status(server: "StandIn", account: str, status: str) -> None:
    accounts.set_status(server.store, account, status)
    kind = "v2.core.account[configuration.recipient].capability_status_updated"
    server.hooks.tell(kind, {"id": account})


def payees(server: "StandIn", count: int) -> Row:
    """So many people who set everything up long ago."""
    made = [accounts.create(server.store, {})["id"] for _ in range(count)]
    for account in made:
        accounts.set_status(server.store, account, "active")
    return {"accounts": made}


def bank(server: "StandIn", account: str) -> Row:
    row = money.to_the_bank(server.store, account)
    if row is not None:
        server.hooks.tell("payout.paid", row, account)
    return {"payout": row and row["id"]}


def banks(server: "StandIn") -> None:
    """Every payee's money goes on to their bank, as Stripe does it once a day."""
    for account in list(server.store.accounts):
        bank(server, account)


def bank_refuses(server: "StandIn", account: str, payout: str) -> None:
    row = money.refuse_at_the_bank(server.store, account, payout)
    server.hooks.tell("payout.failed", row, account)


def reverse(server: "StandIn", transfer: str, cents: int | None = None) -> None:
    """Somebody takes money back in Stripe's own pages."""
    given = {} if cents is None else {"amount": cents}
    money.reverse(server.store, transfer, given)
    row = money.shown(money.found(server.store, transfer))
    server.hooks.tell(
        "transfer.reversed" if row["reversed"] else "transfer.updated", row
    )


def stray(server: "StandIn", account: str, cents: int) -> Row:
    """Somebody pays by hand in Stripe's own pages: a transfer that is not ours."""
    given = {"amount": cents, "currency": "usd", "destination": account}
    made = money.transfer(server.store, given)
    server.hooks.tell("transfer.created", made)
    return {"transfer": made["id"]}


CONTROLS: dict[str, Any] = {
    each.__name__: each
    for each in (
        fund,
        fault,
        calm,
        clock,
        slow,
        deliver,
        let_go,
        endpoint,
        status,
        payees,
        bank,
        banks,
        bank_refuses,
        reverse,
        stray,
    )
}
