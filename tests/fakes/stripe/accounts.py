"""Accounts of payees: made by the platform, finished by the payee on a hosted page."""

from secrets import token_hex
from typing import Any

from tests.fakes.stripe.store import Refusal, Row, Store

LINK_SECONDS = 300
ASKED = {
    "awaiting_action_from": "user",
    "description": "identity.individual.id_numbers",
    "errors": [],
    "impact": {},
    "minimum_deadline": {"status": "currently_due"},
    "requested_reasons": [{"code": "routine_onboarding"}],
}
WORDS = ("active", "pending", "rejected", "restricted", "unsupported")


def create(store: Store, given: Row) -> Row:
    recipient = given.get("configuration", {}).get("recipient", {})
    asked = recipient.get("capabilities", {}).get("stripe_balance", {})
    row = {
        "id": store.new_id("acct"),
        "created": store.text_stamp(),
        "contact_email": given.get("contact_email"),
        "display_name": given.get("display_name"),
        "dashboard": given.get("dashboard", "express"),
        "metadata": given.get("metadata", {}),
        "defaults": given.get("defaults", {}),
        "country": given.get("identity", {}).get("country", "us"),
        "status": "restricted" if "stripe_transfers" in asked else None,
        "needs_details": True,
        "closed": False,
        "balance": 0,
    }
    store.accounts[row["id"]] = row
    return shown(row, given.get("include", []))


def shown(row: Row, include: list[str]) -> Row:
    """Only what was asked for is included, as v2 of the API does it."""
    found: dict[str, Any] = {
        "id": row["id"],
        "object": "v2.core.account",
        "applied_configurations": ["recipient"],
        "created": row["created"],
        "livemode": False,
        "closed": row["closed"],
        "dashboard": row["dashboard"],
        "display_name": row["display_name"],
        "metadata": row["metadata"],
    }
    if row["contact_email"]:
        found["contact_email"] = row["contact_email"]
    if "configuration.recipient" in include:
        found["configuration"] = {"recipient": _recipient(row)}
    if "requirements" in include:
        found["requirements"] = {"entries": [ASKED] if row["needs_details"] else []}
    if "defaults" in include:
        duties = row["defaults"].get("responsibilities", {})
        found["defaults"] = {
            "currency": row["defaults"].get("currency", "usd"),
            "responsibilities": {**duties, "requirements_collector": "stripe"},
        }
    return found


def _recipient(row: Row) -> Row:
    if row["status"] is None:
        return {"applied": True, "capabilities": {}}
    transfers = {"status": row["status"], "status_details": []}
    balance = {"stripe_transfers": transfers}
    return {"applied": True, "capabilities": {"stripe_balance": balance}}


def close(store: Store, account_id: str) -> Row:
    row = found(store, account_id)
    row["closed"] = True
    return shown(row, [])


def found(store: Store, account_id: str) -> Row:
    if account_id not in store.accounts:
        raise Refusal(404, "resource_missing", f"No such account: '{account_id}'")
    return store.accounts[account_id]


def link(store: Store, given: Row, base: str) -> Row:
    """An address for the payee's own browser: five minutes, and once."""
    found(store, given["account"])
    use = given["use_case"]
    token = token_hex(16)
    row = {
        "account": given["account"],
        "use": use,
        "until": store.now() + LINK_SECONDS,
        "is_used": False,
    }
    store.links[token] = row
    return {
        "object": "v2.core.account_link",
        "account": given["account"],
        "created": store.text_stamp(),
        "expires_at": store.text_stamp(LINK_SECONDS),
        "livemode": False,
        "url": f"{base}/_onboarding/{token}",
        "use_case": use,
    }


def open_link(store: Store, token: str) -> tuple[Row, bool]:
    """The link and whether it may be used; an old one leads back to be made anew."""
    row = store.links.get(token)
    if row is None:
        raise Refusal(404, "resource_missing", "No such page.")
    if row["is_used"] or store.now() > row["until"]:
        return row, False
    row["is_used"] = True
    return row, True


def finish(store: Store, account_id: str, outcome: str) -> str | None:
    """What the payee did on the hosted page; the event type that follows, if any."""
    row = found(store, account_id)
    if outcome == "leave":
        return None
    row["status"] = "active" if outcome == "finish" else "restricted"
    row["needs_details"] = outcome != "finish"
    return "v2.core.account[configuration.recipient].capability_status_updated"


def set_status(store: Store, account_id: str, status: str) -> None:
    if status not in WORDS:
        raise ValueError(f"{status} is no state of a capability")
    found(store, account_id)["status"] = status
