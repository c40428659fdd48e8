"""What is asked of Stripe about a payee's account; no name and no bank is ever read."""

from dataclasses import dataclass
from typing import Any

from engage.core.money import CURRENCY
from engage.payouts.rails.base import check_alone

RECIPIENT = ["configuration.recipient"]
OTHER = "unsupported"


@dataclass(frozen=True)
class Seen:
    """An account as Stripe shows it: a word, and whether Stripe asks for more."""

    readiness: str
    needs_details: bool
    is_closed: bool


class AccountCalls:
    """A part of the rail; the package itself is loaded where the client is made."""

    client: Any

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
                "currency": CURRENCY,
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
        include: Any = {"include": [*RECIPIENT, "requirements", "defaults"]}
        row = self.client.v2.core.accounts.retrieve(account_id, include).to_dict()
        capabilities = (
            row.get("configuration", {}).get("recipient", {}).get("capabilities", {})
        )
        transfers = capabilities.get("stripe_balance", {}).get("stripe_transfers", {})
        # Money that is changed on its way is another amount than was released.
        is_ours = row.get("defaults", {}).get("currency", CURRENCY) == CURRENCY
        return Seen(
            readiness=transfers.get("status", OTHER) if is_ours else OTHER,
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

    def last_bank_leg(self, account_id: str) -> str:
        """The service's word for the newest way to the payee's bank, empty for none.

        What a bank sent back goes out again in a newer one: that one counts then.
        """
        check_alone()
        found = self.client.v1.payouts.list(
            {"limit": 1}, {"stripe_account": account_id}
        )
        return found.data[0].status if found.data else ""
