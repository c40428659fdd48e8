from typing import Any

from flask_babel import lazy_gettext as _l

from engage.core.fields import tick
from engage.core.forms import BaseForm


class FeedForm(BaseForm):
    has_reply_days = tick(_l("Also mark the last day to answer a request"))

    def values(self) -> dict[str, Any]:
        return {"has_reply_days": bool(self.has_reply_days.data)}
