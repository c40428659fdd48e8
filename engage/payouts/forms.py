from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import DataRequired

from engage.core.fields import (
    DayField,
    MoneyField,
    OneOf,
    SomeOf,
    line,
    text,
    tick,
)
from engage.core.forms import BaseForm, is_uid
from engage.ledger.rules import PayableKind
from engage.payouts.returning_rules import ReversalReason
from engage.payouts.rules import (
    ManualKind,
    RailName,
    RepeatedAmount,
    RepeatedReference,
)

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
    "failing": _l("Engage could not send it, though it tried several times"),
    "several": _l("several payments were found: look at them where the money is"),
    "differs": _l("a payment was found that does not fit: look where the money is"),
    "funds": _l("the account does not hold enough"),
    "setup": _l("the payee still has to finish setting up payments"),
    "new_place": _l("it is a new account, and new accounts wait three days"),
    "anew": _l("the payee's account was opened anew: payments wait seven days"),
    "destination": _l("the payee has to set up payments again"),
    "elsewhere": _l("the payee set up another account: prepare this anew"),
}
STOPPED = {
    "person": _l("A person stopped it."),
    "books": _l("The daily check found that payments and ledger differ."),
    "rail": _l("The payment service takes no payments from here just now."),
    "silent": _l(
        "Stripe cannot be reached just now. Engage tries again every minute and goes "
        "on by itself."
    ),
    "ahead": _l(
        "Stripe has payments that Engage does not know of, as after a backup was put "
        "back. Look at what is there before anything is paid."
    ),
    "mismatch": _l("The payment service shows something else than Engage."),
    "reconcile": _l("A day's payments differ between Stripe and Engage."),
    "restored": _l("A copy of the data was put back. Payments wait for a check."),
}
WORDS = {
    "kinds": KINDS,
    "rails": RAILS,
    "by_hand_kinds": BY_HAND,
    "held": HELD,
    "stopped_words": STOPPED,
}


WHY_REPEATED = {
    RepeatedAmount.SAME_PAY: _l("The same pay comes each time"),
    RepeatedAmount.OTHER_WORK: _l("It is for other work"),
    RepeatedAmount.CAME_BACK: _l("The earlier payment came back"),
}
WHY_SAME = {
    RepeatedReference.ONE_ORDER: _l("One order or transfer for several payments"),
    RepeatedReference.NEW_SERIES: _l("The numbers began anew"),
}
WHY_BACK = {
    ReversalReason.WRONG_PAYEE: _l("It went to the wrong payee"),
    ReversalReason.WRONG_AMOUNT: _l("It was too much"),
    ReversalReason.DOUBLE: _l("The same work was paid twice"),
}
WORDS |= {"why_same": WHY_SAME, "why_back": WHY_BACK, "why_repeated": WHY_REPEATED}


class MaybeOneOf(OneOf):
    """Buttons of which one is chosen, or none."""

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data:
            super().pre_validate(form)


class PrepareForm(BaseForm):
    """Takes any uid; which of them wait is for the action to say, in words."""

    payables = SomeOf(_l("What to pay"))

    def offer(self, sent: Iterable[str]) -> None:
        """Let through what looks like a uid at all."""
        self.payables.offer((uid, uid) for uid in sent if is_uid(uid))


class ReleaseForm(BaseForm):
    no_interest = BooleanField(
        _l("I have no personal interest in this work or its people."),
        [
            DataRequired(
                _l("Tick this if it is true. If not, somebody else has to release it.")
            )
        ],
    )
    repeated = MaybeOneOf(
        _l("Why the repeated amounts are right"), choices=WHY_REPEATED.items()
    )

    @property
    def why_repeated(self) -> RepeatedAmount:
        return RepeatedAmount(self.repeated.data or RepeatedAmount.NONE)


class ConfirmForm(BaseForm):
    repeat_seen = tick(_l("I looked at the other payment of this reference."))


class AskBackForm(BaseForm):
    reason = OneOf(_l("What went wrong"), choices=WHY_BACK.items())
    cents = MoneyField(_l("How much should come back"))


class GoForm(BaseForm):
    is_sure = tick(_l("I read that the payee objected, and it has to come back."))


class DetailsForm(BaseForm):
    text = text(_l("What they need to pay you"), 400, required=False)


class RecordForm(BaseForm):
    kind = OneOf(_l("How it was paid"), choices=BY_HAND.items())
    reference = line(_l("Reference"), 40)
    paid_on = DayField(_l("Day it was paid"))
    repeated = MaybeOneOf(
        _l("If another payment has the same reference, why"), choices=WHY_SAME.items()
    )

    @property
    def values(self) -> dict[str, Any]:
        return {
            "kind": ManualKind(self.kind.data),
            "reference": self.reference.data,
            "paid_on": self.paid_on.data,
            "repeated": RepeatedReference(self.repeated.data or "none"),
        }
