import re
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, time
from typing import Any

from babel.dates import format_time, get_day_names
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import DataRequired

from engage.core.errors import N_, Refused
from engage.core.fields import (
    DayField,
    MinutesField,
    NumberField,
    OneOf,
    Parsed,
    SomeOf,
    tick,
)
from engage.core.forms import BaseForm
from engage.core.money import Minutes
from engage.organizations.models import Organization
from engage.people.rules import TOPICS
from engage.workload.availability import WHOLE_DAY
from engage.workload.changes import MOST, stepped
from engage.workload.filters import Filters
from engage.workload.rules import Limits


def weekdays(first: int) -> list[tuple[int, str]]:
    """(number, name) of each weekday in the reader's language, from `first` on."""
    names = get_day_names("wide", locale=get_locale())
    order = [(first + step) % 7 for step in range(7)]
    return [(day, names[day][:1].upper() + names[day][1:]) for day in order]


def wall(minute: int) -> str:
    """A minute of the day as a clock shows it: 9:00 AM, and midnight at its end."""
    if minute == WHOLE_DAY:
        return str(gettext("midnight"))
    clock = time(*divmod(minute, 60))
    return str(format_time(clock, "short", locale=get_locale()))


class HoursField(MinutesField):
    """A number of hours up to `most`; shown as 8, or 7:30."""

    def __init__(self, label: Any = None, *, most: int, **kw: Any) -> None:
        super().__init__(label, required=False, **kw)
        self.most = most

    def read(self, typed: str) -> int:
        minutes = super().read(typed)
        if minutes > self.most:
            raise Refused(N_("Write at most %(most)s."), most=Minutes(self.most))
        return minutes

    def show(self, data: int) -> str:
        return hours_typed(data)


def hours_typed(minutes: int) -> str:
    """Minutes as a person types hours: 8, or 7:30."""
    whole, rest = divmod(minutes, 60)
    return f"{whole}:{rest:02}" if rest else str(whole)


class ClockField(Parsed):
    """A time on the wall, as a browser's time field sends it, or as 9 am; minutes."""

    input_type = "time"

    def read(self, typed: str) -> int:
        shape = r"(\d{1,2})(?::([0-5]\d)(?::00)?)?\s*(?:([ap])\.?\s?m\.?)?"
        found = re.fullmatch(shape, typed.lower(), re.ASCII)
        hours = range(1, 13) if found and found[3] else range(24)
        if found is None or int(found[1]) not in hours:
            raise Refused(N_("Write a time, such as 9:00 or 2:30 PM."))
        hour = int(found[1])
        if found[3]:
            hour = hour % 12 + (12 if found[3] == "p" else 0)
        return hour * 60 + int(found[2] or 0)

    def show(self, data: int) -> str:
        return f"{data // 60 % 24:02}:{data % 60:02}"


class LimitsForm(BaseForm):
    """A consultant's own limits: one or many are sent, and what is sent empty is none.

    `step` is a press on more or less, beside what is sent.
    """

    week_minutes = HoursField(_l("Hours a week"), most=MOST["week_minutes"])
    month_minutes = HoursField(_l("Hours a month"), most=MOST["month_minutes"])
    at_once = NumberField(
        _l("Plans at the same time"), most=MOST["at_once"], required=False
    )
    invitations_30 = NumberField(
        _l("Requests in 30 days"), most=MOST["invitations_30"], required=False
    )
    story_90 = NumberField(
        _l("Speaking in 90 days"), most=MOST["story_90"], required=False
    )
    rest_days = NumberField(
        _l("Days of rest after speaking"), most=MOST["rest_days"], required=False
    )
    notice_days = NumberField(
        _l("Days of notice"), most=MOST["notice_days"], required=False
    )
    step = HiddenField()
    sure = HiddenField()

    @property
    def is_sure(self) -> bool:
        return bool(self.sure.data == "yes")

    def keep(self, limits: Limits) -> None:
        """Let what was not sent stay as it is."""
        for name in MOST.keys() - self.sent:
            self[name].typed, self[name].data = None, getattr(limits, name)

    @property
    def sent(self) -> set[str]:
        return {name for name in MOST if self[name].raw_data}

    def limits(self) -> Limits:
        values = {name: self[name].data for name in MOST}
        if self.step.data in {"more", "less"}:
            is_more = self.step.data == "more"
            for name in self.sent:
                values[name] = stepped(name, values[name], is_more=is_more)
        return Limits(**values)


def filled(limits: Limits) -> dict[str, Any]:
    """What the form shows for these limits."""
    values = asdict(limits)
    return {name: values[name] for name in MOST}


def typed(limits: Limits, names: Iterable[str] = MOST) -> dict[str, str]:
    """What a person would have typed for these limits, for a press that sends them."""
    return {name: _typed(name, getattr(limits, name)) for name in names}


def _typed(name: str, value: int | None) -> str:
    if value is None:
        return ""
    return hours_typed(value) if name.endswith("_minutes") else str(value)


class PauseForm(BaseForm):
    """Pause until a day, or until ended; `end` is the press that ends it."""

    ends_on = DayField(_l("Last day of the pause"), required=False)
    end = HiddenField()

    @property
    def last_day(self) -> date | None:
        day: Any = self.ends_on.data
        return day if isinstance(day, date) else None


class TimesForm(BaseForm):
    """Weekly times on any number of days at once."""

    weekdays = SomeOf(
        _l("Days"), validators=[DataRequired(_l("Choose at least one day."))]
    )
    starts = ClockField(_l("From"))
    ends = ClockField(_l("To"))

    def offer(self, first_weekday: int) -> None:
        """Set the days in the order of the person's own week."""
        self.weekdays.offer(weekdays(first_weekday))

    def values(self) -> dict[str, Any]:
        return {
            "weekdays": [int(day) for day in self.weekdays.data or []],
            "start_minute": self.starts.data,
            "end_minute": self.ends.data,
        }


class DaysForm(BaseForm):
    """Single days that are free or not, whatever the weekly times say."""

    first = DayField(_l("First day"))
    last = DayField(_l("Last day"), required=False)
    kind = OneOf(
        _l("These days I am"),
        choices=[("busy", _l("Not free")), ("free", _l("Free all day"))],
        default="busy",
    )

    def values(self) -> dict[str, Any]:
        return {
            "first": self.first.data,
            "last": self.last.data,
            "is_free": self.kind.data == "free",
        }


class FiltersForm(BaseForm):
    """What a consultant does not want to be asked for."""

    law_enforcement = tick(_l("Work with law enforcement in the room"))
    travel = tick(_l("Work that needs travel"))
    topics = SomeOf(
        _l("Work about these topics"),
        choices=[(key, _l(words)) for key, words in TOPICS.items()],
    )
    organizations = SomeOf(_l("Work with these organizations"))

    def offer(self, organizations: Iterable[Organization]) -> None:
        """Set which organizations may be ticked."""
        self.known = {each.uid: each.id for each in organizations}
        self.organizations.offer((each.uid, each.name) for each in organizations)

    def values(self) -> dict[str, Any]:
        return {
            "organization_ids": [
                self.known[uid] for uid in self.organizations.data or []
            ],
            "law_enforcement": self.law_enforcement.data,
            "travel": self.travel.data,
            "topics": self.topics.data or [],
        }


def ticked(filters: Filters, organizations: Iterable[Organization]) -> dict[str, Any]:
    """What the form shows for the filters there are."""
    return {
        "law_enforcement": filters.law_enforcement,
        "travel": filters.travel,
        "topics": sorted(filters.topics),
        "organizations": [
            each.uid for each in organizations if each.id in filters.organizations
        ],
    }
