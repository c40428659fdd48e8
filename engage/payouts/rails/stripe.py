"""Stripe: every call that leaves for it, and the only file that imports its package.

Transfers go to recipient accounts that Stripe itself holds; nothing of a person is in
what we send but an account id. Nothing here decides that a transfer failed.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import stripe

from engage.core.money import CURRENCY
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
from engage.payouts.rails.stripe_accounts import AccountCalls
from engage.payouts.rails.stripe_books import BookCalls
from engage.payouts.rails.stripe_way import StraightWay
from engage.payouts.resend import Outcome
from engage.payouts.rules import RailName

CONNECT_SECONDS, READ_SECONDS, RETRIES = 5, 30, 1
PAGE = 100
TOLD = [
    "transfer.created",
    "transfer.reversed",
    "transfer.updated",
    "topup.succeeded",
    "balance.available",
]
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
# The package logs every address it asks, and those hold account ids.
logging.getLogger("stripe").setLevel(logging.CRITICAL)


class StripeRail(AccountCalls, BookCalls):
    """What it knows of our rows it is given: the account id of a destination (None when
    it is gone), a payee's destination, why nothing may go to one, as a word, and the
    money that was there when the worker last asked."""

    name = RailName.STRIPE
    is_automatic = True

    def __init__(
        self,
        key: str,
        *,
        account_of: Callable[[str], str | None],
        destination_of: Callable[[int], str] = lambda payee_id: "",
        reason_of: Callable[[str], str] = lambda destination: "",
        funds_of: Callable[[], int | None] = lambda: None,
        base: str = "",
        read_seconds: float = READ_SECONDS,
        retries: int = RETRIES,
    ) -> None:
        self.account_of, self.reason_of = account_of, reason_of
        self.destination_of, self.funds_of = destination_of, funds_of
        # Its own waits between tries are five seconds each at most.
        one_try = CONNECT_SECONDS + read_seconds
        self.longest_call = one_try * (retries + 1) + 5.0 * retries
        self.client = stripe.StripeClient(
            key,
            max_network_retries=retries,
            http_client=stripe.RequestsClient(
                timeout=(CONNECT_SECONDS, read_seconds), session=StraightWay()
            ),
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
        return self.funds_of()

    def ask_funds(self) -> int:
        """Cents that are there for sending at this moment."""
        check_alone()
        parts = self.client.v1.balance.retrieve().available
        return sum(part.amount for part in parts if part.currency == CURRENCY)

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

    # --- what happened there

    def events_since(self, moment: datetime) -> Iterator[Hint]:
        """Hints of what it was since then, newest first; Stripe keeps thirty days.

        One that cannot be read is left out: what is open is looked at anyway.
        """
        check_alone()
        asked: Any = {
            "created": {"gte": int(moment.timestamp())},
            "limit": PAGE,
            "types": TOLD,
        }
        for event in self.client.v1.events.list(asked).auto_paging_iter():
            with suppress(ValueError):
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
