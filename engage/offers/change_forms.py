from datetime import datetime
from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, HiddenField

from engage.core import formats
from engage.core.calendar import end_of_local_day_utc
from engage.core.fields import (
    Choice,
    DayField,
    MinutesField,
    MomentField,
    OneOf,
    tick,
)
from engage.core.forms import BaseForm
from engage.engagements.models import Engagement
from engage.offers.terms_rules import LINES
from engage.opportunities.models import Opportunity
from engage.opportunities.rows import SessionRow, label, prose

BLANK_SESSIONS = 2


def _end_of(day: Any) -> datetime:
    """A day to answer lasts to its end, where the organization is."""
    return end_of_local_day_utc(day, g.work_zone)


class MoveForm(BaseForm):
    """One session on another day, other words on some lines, and a day to answer."""

    version = HiddenField()
    which = Choice(_l("Which session moves"), choices=[])
    starts_at = MomentField(
        _l("New day and time"), zone=lambda: g.work_zone, required=False
    )
    place = prose("place")
    access = prose("access")
    interpretation = prose("interpretation")
    who_is_in_the_room = prose("who_is_in_the_room")
    recording = prose("recording")
    support_person = prose("support_person")
    reply_by = DayField(_l("Last day to answer"))

    def offer(self, post: Opportunity, now: datetime) -> None:
        coming = [each for each in post.sessions if each.starts_at > now]
        none = ("", gettext("None: only words change"))
        named = [(each.uid, formats.moment(each.starts_at)) for each in coming]
        self.which.offer([none, *named])

    def validate(self, *args: Any, **kw: Any) -> bool:
        if not super().validate(*args, **kw):
            return False
        if self.which.data and not self.starts_at.data:
            self.starts_at.errors = [gettext("Please fill this in.")]
        return not self.starts_at.errors

    def values(self) -> dict[str, Any]:
        typed = str(self.version.data or "")
        return {
            "version": int(typed) if typed.isascii() and typed.isdigit() else 0,
            "which": self.which.data or None,
            "starts_at": self.starts_at.data,
            "lines": {name: self[name].data or "" for name in LINES},
            "reply_by": _end_of(self.reply_by.data),
        }


def as_posted(post: Opportunity) -> dict[str, Any]:
    """What the form shows before anything is changed."""
    lines = {name: getattr(post, name) for name in LINES}
    return {**lines, "version": post.version}


class MoreForm(BaseForm):
    """One longer session, new sessions, more time beside each, and a day to answer."""

    session = Choice(_l("A session that takes longer"), choices=[])
    minutes = MinutesField(_l("How long it takes then"), required=False)
    sessions = FieldList(FormField(SessionRow), label("sessions"), max_entries=12)
    preparation_minutes = MinutesField(label("preparation_minutes"))
    debrief_minutes = MinutesField(label("debrief_minutes"))
    reply_by = DayField(_l("Last day to answer"))

    def offer(self, of: Engagement, now: datetime) -> None:
        coming = [each for each in of.sessions if each.is_held and each.starts_at > now]
        self.starts = {"": None, **{each.uid: each.starts_at for each in coming}}
        none = ("", gettext("None"))
        named = [(each.uid, formats.moment(each.starts_at)) for each in coming]
        self.session.offer([none, *named])

    def validate(self, *args: Any, **kw: Any) -> bool:
        if not super().validate(*args, **kw):
            return False
        if self.session.data and self.minutes.data is None:
            self.minutes.errors = [gettext("Please fill this in.")]
        return not self.minutes.errors

    def values(self) -> dict[str, Any]:
        starts_at = self.starts[self.session.data or ""]
        return {
            "longer": {} if starts_at is None else {starts_at: self.minutes.data},
            "added": {
                row.starts_at.data: row.minutes.data
                for row in self.sessions
                if row.starts_at.data
            },
            "preparation_minutes": self.preparation_minutes.data,
            "debrief_minutes": self.debrief_minutes.data,
            "reply_by": _end_of(self.reply_by.data),
        }


def as_agreed(of: Engagement) -> dict[str, Any]:
    return {
        "preparation_minutes": of.terms["preparation_minutes"],
        "debrief_minutes": of.terms["debrief_minutes"],
        "sessions": [{} for _ in range(BLANK_SESSIONS)],
    }


class ChangeForm(BaseForm):
    """An answer to new terms, and whether a limit was raised for this one."""

    answer = OneOf(
        _l("Your answer"), choices=[("yes", _l("Yes")), ("no", _l("Not this time"))]
    )
    raised = tick(_l("Raise my limit for this one"))
