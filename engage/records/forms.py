from flask_babel import lazy_gettext as _l
from wtforms import PasswordField
from wtforms.validators import DataRequired, Length

from engage.core.fields import line
from engage.core.forms import BaseForm


class CloseForm(BaseForm):
    word = line(_l("The word"), 20)


class OpenForm(BaseForm):
    """The name and password of an account that was closed."""

    name = line(_l("Sign-in name"), 60)
    password = PasswordField(
        _l("Password"),
        [
            DataRequired(_l("Please fill this in.")),
            Length(max=400, message=_l("This is too long.")),
        ],
    )
