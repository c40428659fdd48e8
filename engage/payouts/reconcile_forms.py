from flask_babel import lazy_gettext as _l

from engage.core.fields import text
from engage.core.forms import BaseForm
from engage.payouts.reconcile_rules import Difference

DIFFERENCES = {
    Difference.OURS: _l("Engage sent it, and Stripe does not have it"),
    Difference.THEIRS: _l("Not ours: Stripe has it, and Engage did not send it"),
    Difference.DIFFERS: _l("The amount or where it went differs"),
    Difference.REVERSED: _l("Taken back at Stripe, and not here"),
    Difference.UNKNOWN: _l("Nobody knows for over an hour whether it was sent"),
    Difference.CLEARING: _l("Sent over a day ago, and not seen to arrive"),
    Difference.BALANCE: _l("The money at Stripe does not fit what moved there"),
}
MOVEMENTS = {
    "transfer": _l("Sent to payees"),
    "transfer_refund": _l("Taken back from payees"),
    "transfer_cancel": _l("Sending called off"),
    "transfer_failure": _l("It could not be sent"),
    "payout": _l("Sent to our own bank"),
    "payout_failure": _l("Came back from our own bank"),
    "payout_cancel": _l("Sending to our own bank called off"),
    "topup": _l("Added by us"),
    "stripe_fee": _l("Fees of Stripe"),
}
OTHER = _l("Other")
HEADERS = (
    _l("Day"),
    _l("Currency"),
    _l("Line"),
    _l("Payment"),
    _l("Engage"),
    _l("Stripe"),
    _l("Explained by"),
    _l("Explanation"),
    _l("Second look"),
    _l("Gone since"),
)


class ExplainForm(BaseForm):
    explanation = text(_l("What explains it"), 200)
