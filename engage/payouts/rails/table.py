"""Which rail is which; the one that needs a key is made when it is first used."""

from functools import partial
from importlib import import_module
from typing import Any

from flask import current_app

from engage.ledger.models import Payee
from engage.payouts import account_queries
from engage.payouts.rails.base import Rail
from engage.payouts.rails.demo import DemoRail
from engage.payouts.rails.manual import ManualRail
from engage.payouts.rules import RailName

RAILS: dict[RailName, Rail] = {
    RailName.DEMO: DemoRail(),
    RailName.MANUAL: ManualRail(),
}


def rail_of(name: RailName) -> Rail:
    """The rail, or the manual one where a chosen rail is not open here."""
    if name is RailName.STRIPE and has_stripe():
        return stripe_rail()
    return RAILS.get(name, RAILS[RailName.MANUAL])


def has_stripe() -> bool:
    return bool(current_app.config["SETTINGS"].has_stripe)


def is_live() -> bool:
    """Does real money move? Rows of the other mode are not used."""
    return bool(current_app.config["SETTINGS"].is_live)


def stripe_payer_id() -> int | None:
    """The payer whose the account at Stripe is: its staff see names there."""
    owner = current_app.config["SETTINGS"].stripe_payer
    return account_queries.payer_named(owner) if has_stripe() else None


def pays_by_stripe(payer_id: int) -> bool:
    return stripe_payer_id() == payer_id


def rail_for(payee: Payee) -> Rail:
    """The rail of a payee's next payment."""
    name = RailName(payee.rail)
    if name is RailName.STRIPE and not pays_by_stripe(payee.payer_id):
        name = RailName.MANUAL
    return rail_of(name)


def pace() -> tuple[int, float]:
    """How many payments may be called at a time, and begin in a second."""
    settings = current_app.config["SETTINGS"]
    if not has_stripe():
        return 1, float("inf")
    return settings.stripe_at_once, settings.stripe_per_second


def longest_call() -> float:
    """Seconds that one call to a rail may take with all its tries; 0 in the house."""
    return stripe_rail().longest_call if has_stripe() else 0.0


def stripe_rail() -> Any:
    """The one rail to Stripe of this process; its type is its module's.

    Its package takes 40 MB that a web worker only needs once somebody sets up.
    """
    made = current_app.extensions.get("stripe_rail")
    if made is None:
        settings, live = current_app.config["SETTINGS"], is_live()
        made = import_module("engage.payouts.rails.stripe").StripeRail(
            settings.stripe_key,
            account_of=partial(account_queries.account_id, is_live=live),
            destination_of=partial(account_queries.destination, is_live=live),
            reason_of=partial(account_queries.reason_to_hold, is_live=live),
            funds_of=account_queries.funds,
            base=settings.stripe_base,
        )
        current_app.extensions["stripe_rail"] = made
    return made


def is_signed(body: bytes, header: str) -> bool:
    """Did Stripe sign these very bytes with a secret of ours, within five minutes?"""
    settings = current_app.config["SETTINGS"]
    signed: bool = import_module("engage.payouts.rails.stripe").is_signed(
        body, header, settings.stripe_webhook_secrets
    )
    return signed
