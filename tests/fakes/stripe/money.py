"""Transfers, their reversals, bank payouts and balances, under Stripe's real rules."""

from typing import Any

from tests.fakes.stripe.store import Refusal, Row, Store


def transfer(store: Store, given: Row) -> Row:
    """Move money to a payee's account, if it may have it and the platform has it."""
    account = store.account(given["destination"])
    if account["closed"]:
        raise Refusal(400, "account_invalid", "The destination account is closed.")
    if account["status"] != "active":
        raise Refusal(
            400,
            "insufficient_capabilities_for_transfer",
            "Your destination account needs to have at least one of the following "
            "capabilities enabled: transfers",
        )
    if given["currency"] != "usd":
        raise Refusal(400, "balance_insufficient", "You have no funds in that currency")
    cents = _whole(given["amount"])
    if cents > store.available_cents:
        raise Refusal(
            400, "balance_insufficient", "You have insufficient funds in your account."
        )
    row = {
        "id": store.new_id("tr"),
        "object": "transfer",
        "amount": cents,
        "amount_reversed": 0,
        "created": store.stamp(),
        "currency": "usd",
        "description": given.get("description"),
        "destination": account["id"],
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "reversals": [],
        "reversed": False,
        "source_transaction": None,
        "transfer_group": given.get("transfer_group"),
    }
    row["balance_transaction"] = store.move(-cents, "transfer", row["id"])
    account["balance"] += cents
    store.transfers[row["id"]] = row
    return shown(row)


def _whole(cents: int) -> int:
    if cents < 1:
        raise Refusal(400, "parameter_invalid_integer", "Invalid positive integer")
    return cents


def shown(row: Row) -> Row:
    """As the API shows it: reversals as a list of its own."""
    return {**row, "reversals": listed(row["reversals"], _reversals_of(row["id"]))}


def _reversals_of(transfer_id: str) -> str:
    return f"/v1/transfers/{transfer_id}/reversals"


def listed(rows: list[Row], url: str, *, has_more: bool = False) -> Row:
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


def found(store: Store, transfer_id: str) -> Row:
    if transfer_id not in store.transfers:
        raise Refusal(404, "resource_missing", f"No such transfer: '{transfer_id}'")
    return store.transfers[transfer_id]


def reverse(store: Store, transfer_id: str, given: Row) -> Row:
    """Take money back, never more than is left of it."""
    row = found(store, transfer_id)
    left = row["amount"] - row["amount_reversed"]
    cents = given.get("amount", left)
    if not left:
        raise Refusal(400, "", f"Transfer {transfer_id} is already fully reversed.")
    if _whole(cents) > left:
        raise Refusal(400, "", f"The most that can be reversed now is {left}.")
    reversal = {
        "id": store.new_id("trr"),
        "object": "transfer_reversal",
        "amount": cents,
        "balance_transaction": store.move(cents, "transfer_refund", transfer_id),
        "created": store.stamp(),
        "currency": "usd",
        "destination_payment_refund": None,
        "metadata": given.get("metadata", {}),
        "source_refund": None,
        "transfer": transfer_id,
    }
    row["reversals"].append(reversal)
    row["amount_reversed"] += cents
    row["reversed"] = row["amount_reversed"] == row["amount"]
    store.accounts[row["destination"]]["balance"] -= cents
    return reversal


def event_of_reversing(row: Row) -> str:
    """A part of a transfer taken back changes it; the whole reverses it."""
    return "transfer.reversed" if row["reversed"] else "transfer.updated"


def page(rows: list[Row], given: Row, url: str) -> Row:
    """The newest first, from a cursor on, in pages as the API gives them."""
    newest = list(reversed(rows))
    ids = [row["id"] for row in newest]
    if "starting_after" in given:
        newest = newest[_place(ids, given["starting_after"]) + 1 :]
    if "ending_before" in given:
        newest = newest[: _place(ids, given["ending_before"])]
        newest = newest[-given.get("limit", 10) :]
    limit = given.get("limit", 10)
    return listed(newest[:limit], url, has_more=len(newest) > limit)


def _place(ids: list[str], wanted: str) -> int:
    if wanted not in ids:
        raise Refusal(400, "resource_missing", f"No such object: '{wanted}'")
    return ids.index(wanted)


def is_asked(row: Row, given: Row) -> bool:
    """Does a row fit the filters of a list request?"""
    same = ("destination", "transfer_group", "type", "status", "currency")
    if any(name in given and row.get(name) != given[name] for name in same):
        return False
    if given.get("types") and row.get("type") not in given["types"]:
        return False
    return _is_in_time(row["created"], given.get("created", {}))


def _is_in_time(created: int, asked: Any) -> bool:
    if isinstance(asked, int):
        return created == asked
    return (
        created > asked.get("gt", -1)
        and created >= asked.get("gte", 0)
        and created < asked.get("lt", float("inf"))
        and created <= asked.get("lte", float("inf"))
    )


def balance(store: Store, account_id: str | None) -> Row:
    cents = store.available_cents
    if account_id:
        cents = store.account(account_id)["balance"]
    part = {"amount": cents, "currency": "usd", "source_types": {"card": cents}}
    nothing = {"amount": 0, "currency": "usd", "source_types": {"card": 0}}
    return {
        "object": "balance",
        "available": [part],
        "livemode": False,
        "pending": [nothing],
    }


def to_the_bank(store: Store, account_id: str) -> Row | None:
    """Stripe sends a payee's whole balance to their bank, once a day in the wild."""
    account = store.account(account_id)
    cents = account["balance"]
    if cents <= 0:
        return None
    account["balance"] = 0
    chosen = store.settings.get(account_id, {})
    row = {
        **dict.fromkeys(NOTHING),
        "id": store.new_id("po"),
        "object": "payout",
        "amount": cents,
        "arrival_date": store.stamp(),
        "automatic": True,
        "created": store.stamp(),
        "currency": "usd",
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed",
        "source_type": "card",
        "statement_descriptor": chosen.get("statement_descriptor"),
        "status": "paid",
        "type": "bank_account",
    }
    store.payouts.setdefault(account_id, {})[row["id"]] = row
    return row


NOTHING = (
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "description",
    "destination",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "original_payout",
    "payout_method",
    "reversed_by",
    "trace_id",
)


def refuse_at_the_bank(store: Store, account_id: str, payout_id: str) -> Row:
    """The bank sends it back, also days after it said paid."""
    row = store.payouts[account_id][payout_id]
    row.update(
        status="failed",
        failure_code="account_closed",
        failure_message="The bank account has been closed.",
    )
    store.accounts[account_id]["balance"] += row["amount"]
    return row


def settings(store: Store, account_id: str | None, given: Row | None = None) -> Row:
    """Payout text and interval of one account."""
    chosen = store.settings.setdefault(account_id or "platform", {})
    wanted = ((given or {}).get("payments") or {}).get("payouts") or {}
    if "statement_descriptor" in wanted:
        chosen["statement_descriptor"] = wanted["statement_descriptor"]
    interval = (wanted.get("schedule") or {}).get("interval")
    if interval:
        chosen["interval"] = interval
    payouts = {
        "automatic_transfer_rules_by_currency": {},
        "minimum_balance_by_currency": {},
        "schedule": {"interval": chosen.get("interval", "daily")},
        "statement_descriptor": chosen.get("statement_descriptor"),
        "status": "enabled",
    }
    return {
        "object": "balance_settings",
        "payments": {
            "debit_negative_balances": None,
            "payouts": payouts,
            "settlement_timing": {"delay_days": 2, "start_of_day": None},
        },
    }
