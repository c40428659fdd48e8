from flask_babel import lazy_gettext as _l

from engage.core.errors import N_, Refused
from engage.core.fields import MoneyField, OneOf
from engage.core.forms import BaseForm

ALL, PART, NONE = "all", "part", "none"
CHOICES = {
    ALL: _l("All of it"),
    PART: _l("A part of it"),
    NONE: _l("None of it"),
}


class PartForm(BaseForm):
    """How much of one line of pay is taken."""

    how = OneOf(_l("What you take"), choices=CHOICES.items())
    cents = MoneyField(_l("How much, if it is a part"), required=False)

    @property
    def taken(self) -> int | None:
        """Cents, 0 for none, None for all."""
        if self.how.data == ALL:
            return None
        if self.how.data == NONE:
            return 0
        if not self.cents.data:
            raise Refused(N_("Write how much you take."), field="cents")
        cents: int = self.cents.data
        return cents
