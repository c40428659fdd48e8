from typing import Any

from flask_babel import lazy_gettext as _l

from engage.core.fields import text, tick
from engage.core.forms import BaseForm
from engage.engagements.talk_rules import LONGEST


class MessageForm(BaseForm):
    """A short plain text; `is_seen` is offered to staff beside a warning alone."""

    words = text(_l("Your message"), LONGEST)
    is_seen = tick(_l("I have read this note. Send my message as it is."))

    def values(self) -> dict[str, Any]:
        return {"words": self.words.data, "is_seen": self.is_seen.data}
