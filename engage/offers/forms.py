import re
from random import SystemRandom
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from engage.core.calendar import end_of_local_day_utc
from engage.core.fields import DayField, OneOf, tick
from engage.core.forms import BaseForm


class AnswerForm(BaseForm):
    """An answer: which, whether to count, and whether a limit was raised for this one.

    `seen` is the version of the post that the page showed.
    """

    answer = OneOf(
        _l("Your answer"),
        choices=[
            ("yes", _l("Yes")),
            ("if_second", _l("Yes, if a second survivor joins")),
            ("not_this_time", _l("Not this time")),
            ("withdraw", _l("Take my yes back")),
        ],
    )
    seen = HiddenField()
    counted = tick(_l("Count me as a survivor voice on this panel"))
    raised = tick(_l("Raise my limit for this one"))

    def values(self) -> dict[str, Any]:
        seen = str(self.seen.data or "")
        return {
            "counted": bool(self.counted.data),
            "raised": bool(self.raised.data),
            "seen": int(seen) if re.fullmatch(r"[0-9]{1,6}", seen) else None,
        }


class NameForm(BaseForm):
    """One alias of the weekly list, in an order that says nothing, and a day."""

    alias = OneOf(_l("Whom to ask"), choices=[])
    reply_by = DayField(_l("Last day to answer"))

    def offer(self, aliases: list[Any]) -> None:
        named = [(alias.uid, alias.name) for alias in aliases]
        SystemRandom().shuffle(named)
        self.alias.offer(named)

    def values(self) -> dict[str, Any]:
        """The day to answer lasts to its end, where the organization is."""
        day: Any = self.reply_by.data
        return {
            "alias_uid": str(self.alias.data),
            "reply_by": end_of_local_day_utc(day, g.work_zone),
        }
