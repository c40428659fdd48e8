"""Where the installed package and the trimmed description no longer say the same."""

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, ForwardRef, Literal, get_args, get_origin

from stripe import RequestOptions

from tests.fakes.stripe.description import DOCUMENT, OPERATIONS, Operation, _described

# What the product asks for, and where the package declares its parameters.
ASKED = {
    "PostTransfers": "_transfer_create_params.TransferCreateParams",
    "GetTransfers": "_transfer_list_params.TransferListParams",
    "PostTransfersIdReversals": (
        "_transfer_reversal_create_params.TransferReversalCreateParams"
    ),
    "GetBalance": "_balance_retrieve_params.BalanceRetrieveParams",
    "GetBalanceTransactions": (
        "_balance_transaction_list_params.BalanceTransactionListParams"
    ),
    "PostBalanceSettings": (
        "_balance_settings_update_params.BalanceSettingsUpdateParams"
    ),
    "GetEvents": "_event_list_params.EventListParams",
    "GetPayouts": "_payout_list_params.PayoutListParams",
    "PostV2CoreAccounts": "v2.core._account_create_params.AccountCreateParams",
    "GetV2CoreAccountsId": "v2.core._account_retrieve_params.AccountRetrieveParams",
    "PostV2CoreAccountLinks": (
        "v2.core._account_link_create_params.AccountLinkCreateParams"
    ),
}
CALLS = {
    "v1.transfers.create": "PostTransfers",
    "v1.transfers.list": "GetTransfers",
    "v1.transfers.reversals.create": "PostTransfersIdReversals",
    "v1.balance.retrieve": "GetBalance",
    "v1.balance_transactions.list": "GetBalanceTransactions",
    "v1.balance_settings.update": "PostBalanceSettings",
    "v1.events.list": "GetEvents",
    "v1.payouts.list": "GetPayouts",
    "v2.core.accounts.create": "PostV2CoreAccounts",
    "v2.core.accounts.retrieve": "GetV2CoreAccountsId",
    "v2.core.account_links.create": "PostV2CoreAccountLinks",
}
OWN = set(RequestOptions.__annotations__)  # of the call, and not of what it asks


def declared(place: str) -> type:
    module, _, name = place.rpartition(".")
    found: type = getattr(import_module(f"stripe.params.{module}"), name)
    return found


def operation(name: str) -> Operation:
    return next(each for _, each in OPERATIONS if each.name == name)


def differences(name: str, params: type) -> list[str]:
    """One line for each parameter that only one of the two knows or requires."""
    asked = operation(name)
    schema = asked.body_schema() or asked.query_schema() or {}
    return sorted(set(_differ(name, params, _described(schema))))


def _differ(path: str, params: type, schema: Mapping[str, Any]) -> Iterator[str]:
    hints = {key: h for key, h in params.__annotations__.items() if key not in OWN}
    known = schema.get("properties", {})
    for key in hints.keys() ^ known.keys():
        side = "package" if key in hints else "description"
        yield f"{path}.{key} is known to the {side} alone"
    required = params.__required_keys__ - OWN  # type: ignore[attr-defined]
    for key in required ^ set(schema.get("required", ())):
        side = "package" if key in required else "description"
        yield f"{path}.{key} is required by the {side} alone"
    for key in hints.keys() & known.keys():
        below = next(_typed_dicts(hints[key], params), None)
        inner = next(_objects(known[key]), None)
        if below is not None and inner is not None:
            yield from _differ(f"{path}.{key}", below, inner)


def _typed_dicts(hint: Any, params: type) -> Iterator[type]:
    if isinstance(hint, ForwardRef | str):
        text = hint if isinstance(hint, str) else hint.__forward_arg__
        hint = eval(text, vars(sys.modules[params.__module__]))  # noqa: S307 - theirs
    if hasattr(hint, "__required_keys__"):
        yield hint
    elif get_origin(hint) not in {dict, Literal}:
        for each in get_args(hint):
            yield from _typed_dicts(each, params)


def _objects(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    schema = _described(schema)
    if "properties" in schema:
        yield schema
    for branch in schema.get("anyOf", ()):
        yield from _objects(branch)
    if "items" in schema:
        yield from _objects(schema["items"])


def described_version() -> str:
    version: str = DOCUMENT["info"]["version"]
    return version
