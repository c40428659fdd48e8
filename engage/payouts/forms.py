import re
from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import DataRequired

from engage.core.fields import DayField, OneOf, SomeOf, line, tick
from engage.core.forms import BaseForm
from engage.ledger.rules import PayableKind
from engage.payouts.rules import ManualKind, RailName

UID = re.compile(r"[a-z0-9]{1,26}", re.ASCII)
KINDS = {
    PayableKind.HOURS: _l("Time"),
    PayableKind.STIPEND: _l("Flat pay"),
    PayableKind.EXPENSE: _l("Costs given back"),
    PayableKind.ADVANCE: _l("Costs paid ahead"),
}
RAILS = {
    RailName.DEMO: _l("Practice payment, no money moves"),
    RailName.MANUAL: _l("By hand"),
    RailName.STRIPE: _l("Stripe"),
}
BY_HAND = {
    ManualKind.CHECK: _l("Check"),
    ManualKind.ACH: _l("Bank transfer (ACH)"),
    ManualKind.PREPAID_CARD: _l("Prepaid card"),
    ManualKind.GIFT_CARD: _l("Gift card"),
    ManualKind.CASH: _l("Cash"),
}
HELD = {
    "closed": _l("this way to pay is not open here"),
    "releaser": _l("who released it may no longer do so"),
    "changed": _l("something changed after the release"),
    "funds": _l("the account does not hold enough"),
    "setup": _l("the payee still has to finish setting up payments"),
    "new_place": _l("it is a new account, and new accounts wait three days"),
    "destination": _l("the payee has to set up payments again"),
    "elsewhere": _l("the payee set up another account: prepare this anew"),
}
STOPPED = {
    "person": _l("A person stopped it."),
    "books": _l("The daily check found that payments and ledger differ."),
    "mismatch": _l("The payment service shows something else than Engage."),
}
WORDS = {
    "kinds": KINDS,
    "rails": RAILS,
    "by_hand_kinds": BY_HAND,
    "held": HELD,
    "stopped_words": STOPPED,
}


class PrepareForm(BaseForm):
    """Takes any uid; which of them wait is for the action to say, in words."""

    payables = SomeOf(_l("What to pay"))

    def offer(self, sent: Iterable[str]) -> None:
        """Let through what looks like a uid at all."""
        self.payables.offer((uid, uid) for uid in sent if UID.fullmatch(uid))


class ReleaseForm(BaseForm):
    no_interest = BooleanField(
        _l("I have no personal interest in this work or its people."),
        [
            DataRequired(
                _l("Tick this if it is true. If not, somebody else has to release it.")
            )
        ],
    )
    repeats_seen = tick(_l("I looked at the repeated amounts, and they are right."))


class RecordForm(BaseForm):
    kind = OneOf(_l("How it was paid"), choices=BY_HAND.items())
    reference = line(_l("Reference"), 40)
    paid_on = DayField(_l("Day it was paid"))
