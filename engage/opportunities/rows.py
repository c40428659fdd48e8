"""Pieces that the forms of a post share, and the rows of which one adds as needed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import g
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm

from engage.core.calendar import local_moment_utc
from engage.core.fields import (
    Choice,
    MinutesField,
    MomentField,
    MoneyField,
    OneOf,
    line,
    text,
    tick,
)
from engage.core.forms import BaseForm
from engage.opportunities import labels
from engage.opportunities.labels import FIELDS
from engage.people.rules import TOPICS

LAST_MINUTE = 23 * 60 + 59
SHORTEST, LONGEST = 15, 720


def label(name: str) -> Any:
    return lazy_gettext(FIELDS[name])


def choices(names: Mapping[Any, str]) -> list[tuple[str, Any]]:
    return labels.translated(dict(names), lazy_gettext)


def topic_words(keys: Iterable[str] | None) -> str:
    """Topics by name, for the card; terms from before there were any have none."""
    return ", ".join(gettext(TOPICS[key]) for key in keys or () if key in TOPICS)


def prose(name: str, most: int = 2000) -> Any:
    return text(label(name), most, required=False)


class Unanswered(OneOf):
    """Buttons of which none may be chosen yet."""

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data:
            super().pre_validate(form)


class SessionRow(BaseForm):
    """One session; an empty row is left out."""

    starts_at = MomentField(
        lazy_gettext("Day and time"), zone=lambda: g.work_zone, required=False
    )
    minutes = MinutesField(lazy_gettext("How long"), required=False)

    def validate(self, *args: Any, **kw: Any) -> bool:
        if not super().validate(*args, **kw):
            return False
        missing = gettext("Please fill this in, or empty the whole row.")
        begins: Any = self.starts_at.data
        minutes: Any = self.minutes.data
        if begins and minutes is None:
            self.minutes.errors = [missing]
        elif minutes is not None and not begins:
            self.starts_at.errors = [missing]
        elif minutes is not None and not SHORTEST <= minutes <= LONGEST:
            words = gettext("A session takes from 15 minutes to 12 hours.")
            self.minutes.errors = [words]
        return not (self.minutes.errors or self.starts_at.errors)


class SeatRow(BaseForm):
    """One professional seat: a role and an organization, never a name."""

    organization = line(lazy_gettext("Their organization"), 80, required=False)
    role = Choice(lazy_gettext("Role"), choices=choices(labels.ROLES))
    hourly_cents = MoneyField(lazy_gettext("Paid for an hour"), required=False)
    is_salaried_elsewhere = tick(lazy_gettext("Paid by their employer for this"))

    def validate(self, *args: Any, **kw: Any) -> bool:
        if not super().validate(*args, **kw):
            return False
        paid = self.hourly_cents.data is not None or self.is_salaried_elsewhere.data
        if paid and not self.organization.data:
            words = gettext("Please fill this in, or empty the whole row.")
            self.organization.errors = [words]
        return not self.organization.errors


def last_moment(day: Any) -> datetime | None:
    """A day to answer lasts to its end, where the work is."""
    return None if day is None else local_moment_utc(day, LAST_MINUTE, g.work_zone)
