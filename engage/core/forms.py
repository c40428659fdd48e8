"""The base of every form, and how a refusal is said on it."""

import re

from flask_babel import gettext
from flask_wtf import FlaskForm

from engage.core.errors import Refused
from engage.core.formats import write_out

_UID = re.compile(r"[a-z0-9]{1,26}", re.ASCII)


def is_uid(sent: str) -> bool:
    """What is no uid at all is not looked for: some databases choke on its signs."""
    return _UID.fullmatch(sent) is not None


class BaseForm(FlaskForm):
    """A form whose token is checked once for the whole application, not here."""

    class Meta:
        csrf = False

    @property
    def problems(self) -> list[str]:
        """Sentences that belong to the whole form."""
        return list(self.form_errors)

    def refuse(self, refused: Refused) -> None:
        """Show a rule's refusal beside its field, or above the form."""
        words = say(refused)
        field = self._fields.get(refused.field or "")
        if field is None:
            self.form_errors.append(words)
        else:
            field.errors = [*field.errors, words]


def say(refused: Refused) -> str:
    """The refusal's sentence in the reader's language, its values written out."""
    values = {name: write_out(value) for name, value in refused.values.items()}
    return gettext(refused.sentence, **values)


class PressForm(BaseForm):
    """A button without fields."""
