from flask_babel import lazy_gettext as _l

from engage.core.fields import OneOf, line
from engage.core.forms import BaseForm
from engage.looks.rules import Reason

REASONS = {
    Reason.DANGER: _l("Somebody may be in danger"),
    Reason.LAW: _l("A court or the law orders it"),
    Reason.ASKED: _l("The person asked for it"),
    Reason.MISTAKE: _l("A mistake in the records has to be found"),
}


class AskForm(BaseForm):
    """The reason is from a list: staff write no free text about a person."""

    name = line(_l("Sign-in name or payee number"), 60)
    reason = OneOf(_l("Why does it have to be opened?"), choices=REASONS.items())
