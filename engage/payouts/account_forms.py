from flask_babel import lazy_gettext as _l
from wtforms import EmailField
from wtforms.validators import Email, Length, Optional

from engage.core.fields import line
from engage.core.forms import BaseForm
from engage.payouts.account_rules import LONGEST_BANK_TEXT


class SetUpForm(BaseForm):
    """What Stripe is told before the payee goes there."""

    bank_text = line(_l("Text to ask for"), LONGEST_BANK_TEXT)


class GoOnForm(BaseForm):
    """The address is handed on and never kept."""

    email = EmailField(
        _l("E-mail for Stripe"),
        [
            Optional(),
            Length(max=254, message=_l("Use at most 254 letters.")),
            Email(message=_l("Write an address such as name@example.org.")),
        ],
    )
