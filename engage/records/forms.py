from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField
from wtforms.validators import DataRequired, Length

from engage.core.fields import line
from engage.core.forms import BaseForm


class CloseForm(BaseForm):
    word = line(_l("The word"), 20)


class OpenForm(BaseForm):
    """What signs in to an account that was closed, or what a passkey answered."""

    name = line(_l("Sign-in name"), 60)
    password = PasswordField(
        _l("Password"),
        [
            DataRequired(_l("Please fill this in.")),
            Length(max=400, message=_l("This is too long.")),
        ],
    )
    code = line(_l("Printed code, or code from your app"), 40, required=False)
    key = HiddenField()
