"""Shapes of what a person types: text, money, lengths of time, days, zones."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from engage.core.errors import N_, Refused
from engage.core.forms import say
from engage.core.money import Minutes, Money, parse_minutes, parse_money

Pairs = Iterable[tuple[Any, Any]]

US_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Pacific/Guam",
)


def _clean(text: str | None) -> str | None:
    return text.replace("\r\n", "\n").strip() if text else text


def _no_control_signs(form: FlaskForm, field: Field) -> None:
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", field.data or ""):
        raise ValidationError(
            gettext("This has a sign that cannot be kept. Please type it again.")
        )


def _rules(required: bool, most: int) -> list[Any]:
    first = (
        DataRequired(lazy_gettext("Please fill this in.")) if required else Optional()
    )
    long = lazy_gettext("Please use at most %(most)s letters.", most=most)
    return [first, Length(max=most, message=long), _no_control_signs]


def line(label: Any, most: int = 200, *, required: bool = True) -> StringField:
    """One line of text, stripped."""
    return StringField(label, _rules(required, most), filters=[_clean])


def text(label: Any, most: int = 2000, *, required: bool = True) -> TextAreaField:
    """Some lines of text, stripped, line ends made plain."""
    return TextAreaField(label, _rules(required, most), filters=[_clean])


class _Listed:
    """Takes `choices` as (value, label) pairs; `offer` sets them later."""

    data: Any
    choices: Any

    def __init__(self, label: Any = None, choices: Pairs = (), **options: Any) -> None:
        super().__init__(  # type: ignore[call-arg]
            label, choices=_listed(choices), validate_choice=False, **options
        )

    def offer(self, choices: Pairs) -> None:
        """Set the list once it is known, as from a query."""
        self.choices = _listed(choices)

    def pre_validate(self, form: FlaskForm) -> None:
        known = {str(choice.value) for choice in self.iter_choices()}  # type: ignore[attr-defined]
        sent = self.data if isinstance(self.data, list) else [self.data]
        if not {str(value) for value in sent} <= known:
            raise ValidationError(gettext("Please choose from the list."))


def _listed(choices: Pairs) -> list[SelectChoice]:
    return [SelectChoice(value=str(value), label=label) for value, label in choices]


class Choice(_Listed, SelectField):
    """A list of which one is chosen; an unknown value gets a sentence."""


class OneOf(_Listed, RadioField):
    """Buttons of which one is chosen; an unknown value gets a sentence."""


class SomeOf(_Listed, SelectMultipleField):
    """Boxes of which any number is ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def tick(label: Any) -> BooleanField:
    return BooleanField(label)


class Parsed(StringField):
    """A text field whose `data` is what was read, while the page keeps what was typed.

    `required` False lets it be empty: `data` is then None.
    """

    def __init__(self, label: Any = None, *, required: bool = True, **kw: Any) -> None:
        super().__init__(label, **kw)
        self.is_required = required
        if required:
            self.flags.required = True
        else:
            self.flags.optional = True
        self.typed: str | None = None

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.typed = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if len(self.typed) > 40:
            raise ValueError(gettext("This is too long."))
        if not self.typed:
            return
        try:
            self.data = self.read(self.typed)
        except Refused as refused:
            raise ValueError(say(refused)) from refused

    def pre_validate(self, form: FlaskForm) -> None:
        if self.is_required and not self.typed and not self.process_errors:
            raise ValidationError(gettext("Please fill this in."))

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else self.show(self.data)

    def read(self, typed: str) -> Any:
        raise TypeError("a parsed field says how it reads")

    def show(self, data: Any) -> str:
        return str(data)


class MoneyField(Parsed):
    """Dollars typed, cents in `data`."""

    def read(self, typed: str) -> int:
        return parse_money(typed)

    def show(self, data: int) -> str:
        return str(Money(data)).replace("$", "").replace(",", "")


class MinutesField(Parsed):
    """A length of time typed as 1:30, 1.5 or 1 h 30 min; minutes in `data`."""

    def read(self, typed: str) -> int:
        return parse_minutes(typed)

    def show(self, data: int) -> str:
        return str(Minutes(data))


class NumberField(Parsed):
    """A whole number from `least` to `most`."""

    def __init__(self, label: Any = None, *, least: int = 0, most: int, **kw: Any):
        super().__init__(label, **kw)
        self.least, self.most = least, most

    def read(self, typed: str) -> int:
        if not re.fullmatch(r"\d{1,9}", typed, re.ASCII):
            raise Refused(N_("Write a whole number, such as 3."))
        if not self.least <= int(typed) <= self.most:
            raise Refused(
                N_("Write a number from %(least)s to %(most)s."),
                least=self.least,
                most=self.most,
            )
        return int(typed)


class DayField(Parsed):
    """A calendar day, as a browser's date field sends it; a `date` in `data`."""

    input_type = "date"

    def read(self, typed: str) -> date:
        return _read_day(typed)


class MomentField(Parsed):
    """A local day and time; aware UTC in `data`, read in the zone `zone` returns."""

    input_type = "datetime-local"

    def __init__(self, label: Any = None, *, zone: Callable[[], str], **kw: Any):
        super().__init__(label, **kw)
        self.zone = zone

    def read(self, typed: str) -> datetime:
        day, _, clock = typed.replace(" ", "T").partition("T")
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:00)?", clock, re.ASCII):
            raise Refused(N_("Write a day and a time, such as 2026-12-01 14:00."))
        hour, minute = int(clock[:2]), int(clock[3:5])
        at = _read_day(day)
        there = ZoneInfo(self.zone())
        return datetime(
            at.year, at.month, at.day, hour, minute, tzinfo=there
        ).astimezone(UTC)

    def show(self, data: datetime) -> str:
        return data.astimezone(ZoneInfo(self.zone())).strftime("%Y-%m-%dT%H:%M")


def _read_day(typed: str) -> date:
    wrong = Refused(N_("Write a day such as 2026-12-01 (year, month, day)."))
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", typed, re.ASCII):
        raise wrong
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise wrong from None
    if not 2000 <= day.year <= 2100:
        raise Refused(N_("Choose a day between 2000 and 2100."))
    return day


def zone_field(label: Any) -> Choice:
    """Time zones: the United States first, then every other one by name."""
    named = {zone for zone in available_timezones() if "/" in zone}
    zones = (*US_ZONES, *sorted(named.difference(US_ZONES)))
    return Choice(label, choices=[(zone, zone.replace("_", " ")) for zone in zones])
