"""Stripe: every call that leaves for it, and the only file that imports its package.

Transfers go to recipient accounts that Stripe itself holds; nothing of a person is in
what we send but an account id. Nothing here decides that a transfer failed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe

from engage.ledger.models import Payee
from engage.payouts.hints import TOLERANCE, Hint, read_hint
from engage.payouts.rails.base import (
    Answer,
    Declined,
    NoOutcome,
    Order,
    Remote,
    Sent,
    check_alone,
)
from engage.payouts.resend import Outcome
from engage.payouts.rules import RailName

CONNECT_SECONDS, READ_SECONDS, RETRIES = 5, 30, 1
PAGE = 100
RECIPIENT = ["configuration.recipient"]
# What a definite no is about; a code that is not here needs a person.
REASONS = {
    "balance_insufficient": "funds",
    "insufficient_capabilities_for_transfer": "setup",
    "transfers_not_allowed": "setup",
    "capability_not_active": "setup",
    "account_invalid": "destination",
    "account_closed": "destination",
    "resource_missing": "destination",
}

stripe.enable_telemetry = False


@dataclass(frozen=True)
class Seen:
    """An account as Stripe shows it: a word, and whether Stripe asks for more."""

    readiness: str
    needs_details: bool
    is_closed: bool


class StripeRail:
    """What it knows of our rows it is given: the account id of a destination (None when
    it is gone), a payee's destination, and why nothing may go to one, as a word."""

    name = RailName.STRIPE
    is_automatic = True

    def __init__(
        self,
        key: str,
        *,
        account_of: Callable[[str], str | None],
        destination_of: Callable[[int], str] = lambda payee_id: "",
        reason_of: Callable[[str], str] = lambda destination: "",
        base: str = "",
        read_seconds: float = READ_SECONDS,
        retries: int = RETRIES,
    ) -> None:
        self.account_of, self.reason_of = account_of, reason_of
        self.destination_of = destination_of
        self.client = stripe.StripeClient(
            key,
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, read_seconds)),
            **({"base_addresses": {"api": base}} if base else {}),
        )

    def destination(self, payee: Payee) -> str:
        return self.destination_of(payee.id)

    def blocked(self, destination: str) -> str:
        return self.reason_of(destination)

    def send(self, order: Order, key: str) -> Answer:
        check_alone()
        account_id = self.account_of(order.destination)
        if account_id is None:
            return Declined("destination")
        request: Any = {
            "amount": order.cents,
            "currency": order.currency,
            "destination": account_id,
            "transfer_group": order.transfer_group,
            "metadata": {"payout": order.public_id},
        }
        try:
            made = self.client.v1.transfers.create(request, {"idempotency_key": key})
        except stripe.StripeError as error:
            return _answer(error)
        if not self._remote(made, order).fits(order):
            return NoOutcome(Outcome.KEY_MISMATCH)
        return Sent(made.id)

    def find(self, order: Order) -> list[Remote]:
        check_alone()
        found = self.client.v1.transfers.list(
            {"transfer_group": order.transfer_group, "limit": PAGE}
        )
        return [self._remote(row, order) for row in found.auto_paging_iter()]

    def funds(self) -> int | None:
        check_alone()
        parts = self.client.v1.balance.retrieve().available
        return sum(part.amount for part in parts if part.currency == "usd")

    def _remote(self, row: stripe.Transfer, order: Order) -> Remote:
        # Our own name for the account, so that its id stays in the sealed column.
        is_same = row.destination == self.account_of(order.destination)
        return Remote(
            remote_id=row.id,
            destination=order.destination if is_same else str(row.destination),
            cents=row.amount,
            currency=row.currency,
            has_arrived=True,
            cents_back=row.amount_reversed,
        )

    def reverse(self, remote_id: str, cents: int, key: str) -> Answer:
        """Take money back; what is back already counts as done."""
        check_alone()
        try:
            made = self.client.v1.transfers.reversals.create(
                remote_id, {"amount": cents}, {"idempotency_key": key}
            )
        except stripe.StripeError as error:
            if "already fully reversed" in str(error):
                return Sent(remote_id)
            return _answer(error)
        return Sent(made.id)

    # --- accounts of payees

    def open_account(self, handle: str, email: str | None, key: str) -> str:
        """A recipient's account; Stripe alone asks for a name, a number and a bank."""
        check_alone()
        transfers = {"stripe_balance": {"stripe_transfers": {"requested": True}}}
        request: Any = {
            "display_name": f"Payee {handle}",
            "dashboard": "express",
            "identity": {"country": "us", "entity_type": "individual"},
            "configuration": {"recipient": {"capabilities": transfers}},
            "defaults": {
                "currency": "usd",
                "responsibilities": {
                    "fees_collector": "application",
                    "losses_collector": "application",
                },
            },
            "metadata": {"payee": handle},
            **({"contact_email": email} if email else {}),
        }
        made = self.client.v2.core.accounts.create(request, {"idempotency_key": key})
        return made.id

    def link(self, account_id: str, back_url: str) -> str:
        """Where the payee goes in their own browser: five minutes, once."""
        check_alone()
        onboarding: Any = {
            "refresh_url": back_url,
            "return_url": back_url,
            "collection_options": {"fields": "eventually_due"},
        }
        made = self.client.v2.core.account_links.create(
            {
                "account": account_id,
                "use_case": {
                    "type": "account_onboarding",
                    "account_onboarding": onboarding,
                },
            }
        )
        return made.url

    def see(self, account_id: str) -> Seen:
        """How far an account is; no name, bank or missing field is read."""
        check_alone()
        include: Any = {"include": [*RECIPIENT, "requirements"]}
        row = self.client.v2.core.accounts.retrieve(account_id, include).to_dict()
        capabilities = (
            row.get("configuration", {}).get("recipient", {}).get("capabilities", {})
        )
        transfers = capabilities.get("stripe_balance", {}).get("stripe_transfers", {})
        return Seen(
            readiness=transfers.get("status", "unsupported"),
            needs_details=bool(row.get("requirements", {}).get("entries")),
            is_closed=bool(row.get("closed")),
        )

    def set_bank_text(self, account_id: str, text: str) -> None:
        """What the payee's bank statement says, as far as the bank shows it."""
        check_alone()
        payouts: Any = {"statement_descriptor": text, "schedule": {"interval": "daily"}}
        self.client.v1.balance_settings.update(
            {"payments": {"payouts": payouts}}, {"stripe_account": account_id}
        )

    # --- what happened there

    def events_since(self, moment: datetime) -> Iterator[Hint]:
        """Hints of everything since then, newest first; Stripe keeps thirty days."""
        check_alone()
        since: Any = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
        for event in self.client.v1.events.list(since).auto_paging_iter():
            yield read_hint(event.to_dict())


def is_signed(body: bytes, header: str, secrets: tuple[str, ...]) -> bool:
    """Did one of these secrets sign these very bytes, within the last five minutes?"""
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        return True
    return False


def _answer(error: stripe.StripeError) -> Answer:
    """What an error says about the money: a definite no, or nothing."""
    code = getattr(error.error, "code", None) or error.code or ""
    status = error.http_status or 0
    if isinstance(error, stripe.IdempotencyError):
        return NoOutcome(Outcome.KEY_MISMATCH)
    if isinstance(error, stripe.RateLimitError):
        return NoOutcome(Outcome.RATE_LIMITED)
    if status in {401, 403} and code not in REASONS:
        return NoOutcome(Outcome.RAIL_DOWN)
    if isinstance(error, stripe.InvalidRequestError | stripe.PermissionError):
        return Declined(REASONS.get(code, "refused"))
    if status >= 500:
        return NoOutcome(Outcome.SERVER_ERROR, is_replayed=_is_replayed(error))
    return NoOutcome(Outcome.NO_ANSWER)


def _is_replayed(error: stripe.StripeError) -> bool:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return headers.get("idempotent-replayed") == "true"
