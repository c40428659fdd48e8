"""The manual rail: a person pays outside of Engage, and two people say so here."""

from engage.ledger.models import Payee
from engage.payouts.rails.base import Answer, Declined, Order, Remote
from engage.payouts.rules import RailName


class ManualRail:
    name = RailName.MANUAL
    is_automatic = False

    def destination(self, payee: Payee) -> str:
        return ""

    def blocked(self, destination: str) -> str:
        return ""

    def funds(self) -> int | None:
        return None

    def send(self, order: Order, key: str) -> Answer:
        """Never pays: engage/payouts/manual.py records what a person did."""
        return Declined("by_hand")

    def reverse(self, remote_id: str, cents: int, key: str) -> Answer:
        """Two people void it instead: engage/payouts/voiding.py."""
        return Declined("by_hand")

    def find(self, order: Order) -> list[Remote]:
        return []
