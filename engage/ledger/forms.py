from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from engage.core.fields import OneOf
from engage.core.forms import BaseForm
from engage.ledger.rules import PayableKind, PayableStatus

KINDS = {
    PayableKind.HOURS: _l("Time"),
    PayableKind.STIPEND: _l("Flat pay"),
    PayableKind.EXPENSE: _l("Costs given back"),
    PayableKind.ADVANCE: _l("Costs paid ahead"),
}
STATUSES = {
    PayableStatus.WAITING: _l("To be paid"),
    PayableStatus.IN_PAYOUT: _l("On its way"),
    PayableStatus.PAID: _l("Paid"),
}
COLUMNS = (
    _l("Day of the work"),
    _l("Organization"),
    _l("Paid by"),
    _l("What for"),
    _l("Amount"),
    _l("Currency"),
    _l("State"),
    _l("Pay date"),
    _l("Paid on"),
)
RAILS = {
    "manual": _l("A check, a bank transfer, a card or cash, as you agree with them"),
    "stripe": _l("To your bank account or debit card, through Stripe"),
    "demo": _l("A practice payment: no money moves"),
}


class RailForm(BaseForm):
    rail = OneOf(_l("How this payer sends your pay"))

    def offer(self, names: Iterable[str]) -> "RailForm":
        self.rail.offer((name, RAILS[name]) for name in names)
        return self
