from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectMultipleField
from wtforms.validators import DataRequired

from engage.core.errors import N_, Refused
from engage.core.fields import (
    Choice,
    DayField,
    MinutesField,
    NumberField,
    OneOf,
    text,
)
from engage.core.forms import BaseForm
from engage.hours.rules import HoursStatus, ReturnCheck
from engage.workload.rules import Activity

ACTIVITIES = {
    Activity.SESSION: _l("Session"),
    Activity.PREPARATION: _l("Preparation"),
    Activity.TRAVEL: _l("Travel"),
    Activity.DEBRIEF: _l("Debrief"),
    Activity.REVIEW: _l("Review"),
}
STATUSES = {
    HoursStatus.SUBMITTED: _l("Waiting to be approved"),
    HoursStatus.RETURNED: _l("Please check one thing"),
    HoursStatus.APPROVED: _l("Approved"),
    HoursStatus.PAID: _l("Paid"),
    HoursStatus.WITHDRAWN: _l("Taken back"),
}
# What the consultant reads, and what the coordinator chooses.
CHECKS = {
    ReturnCheck.DATE: _l("Please check the day."),
    ReturnCheck.MINUTES: _l("Please check how long it took."),
    ReturnCheck.ACTIVITY: _l("Please check what kind of work it was."),
    ReturnCheck.DUPLICATE: _l("Please check whether this is logged twice."),
}
CHOICES = {
    ReturnCheck.DATE: _l("The day"),
    ReturnCheck.MINUTES: _l("How long it took"),
    ReturnCheck.ACTIVITY: _l("The kind of work"),
    ReturnCheck.DUPLICATE: _l("Whether it is logged twice"),
}
WORDS = {
    "activities": ACTIVITIES,
    "statuses": STATUSES,
    "checks": CHECKS,
}
NO_INTEREST = _l("I have no personal or family interest in these engagements.")
SAY_SO = _l("Tick this line, or leave it to somebody without an interest.")


class HoursForm(BaseForm):
    day = DayField(_l("Day of the work"))
    minutes = MinutesField(_l("How long it took"))
    activity = OneOf(_l("What it was"))
    note = text(_l("A note for your coordinator"), 500, required=False)

    def offer(self, activities: Iterable[Activity]) -> "HoursForm":
        """List the kinds of work that the agreement has time for."""
        self.activity.offer((each, ACTIVITIES[each]) for each in activities)
        return self

    def with_problems(self, of: BaseForm) -> "HoursForm":
        """Say above this form why a press beside it did nothing."""
        self.form_errors += [*of.form_errors, *sum(of.errors.values(), [])]
        return self

    def work(self) -> dict[str, Any]:
        return {
            "day": self.day.data,
            "minutes": self.minutes.data,
            "activity": Activity(self.activity.data),
            "note": self.note.data or "",
        }


def as_typed(entry: Any, note: str | None) -> dict[str, Any]:
    """An entry as the form that mends it begins."""
    return {
        "day": entry.day,
        "minutes": entry.minutes,
        "activity": entry.activity.value,
        "note": note,
    }


class RepeatForm(BaseForm):
    number = NumberField(_l("Session"), least=1, most=1000)
    activity = Choice(_l("What it was"), choices=ACTIVITIES.items())

    def piece(self) -> dict[str, Any]:
        return {
            "session_number": self.number.data,
            "activity": Activity(self.activity.data),
        }


class ApproveForm(BaseForm):
    """Entries as "uid.version", so that one changed since is not approved unseen."""

    chosen = SelectMultipleField(_l("What you approve"), validate_choice=False)
    no_interest = BooleanField(NO_INTEREST, [DataRequired(SAY_SO)])

    def seen(self) -> dict[str, int]:
        """Version by uid of the ticked entries; refuses none."""
        pairs = [str(value).rpartition(".") for value in self.chosen.data or ()]
        if not pairs:
            raise Refused(N_("Tick what you approve."), field="chosen")
        return {uid: _number(version) for uid, _, version in pairs}

    def ticked(self, entries: Iterable[Any], is_all: bool) -> set[str]:
        """What was ticked stays so; `is_all` ticks the whole page without script."""
        if is_all and not self.chosen.data:
            return {f"{entry.uid}.{entry.version}" for entry in entries}
        return set(self.chosen.data or ())


def _number(typed: str | None) -> int:
    """A version as sent by a page; what makes no sense fits no version."""
    is_number = typed is not None and typed.isascii() and typed.isdecimal()
    return int(typed) if typed and is_number and len(typed) < 9 else 0


class OneForm(BaseForm):
    """One row on its page, with the version that was seen."""

    version = HiddenField()
    said = _l("Approved. It is owed now.")

    @property
    def seen(self) -> int:
        """The version of the entry on the page that was decided on."""
        return _number(self.version.data)


class ApproveOneForm(OneForm):
    no_interest = BooleanField(NO_INTEREST, [DataRequired(SAY_SO)])


class ReturnForm(OneForm):
    check = OneOf(_l("What should be checked?"), choices=CHOICES.items())
    said = _l("Sent back once, with what to check.")


def decide_form(open_: Callable[[type[OneForm]], OneForm], do: str | None) -> OneForm:
    """The form that was sent from a page with both of them."""
    return open_(ReturnForm if do == "return" else ApproveOneForm)
