"""How values look on a page, in the reader's language and zone."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_skeleton
from flask import Flask, g
from flask_babel import (
    format_currency,
    format_date,
    format_datetime,
    format_decimal,
    format_time,
    get_locale,
    gettext,
)
from markupsafe import Markup

from engage.core import sentences
from engage.core.money import Minutes, Money

DOLLARS = re.compile(r"-?\$\d[\d,]*(?:\.\d+)?")


def money(cents: int) -> str:
    """Dollars with their sign, $1,234.50 in English and in Spanish (es_US)."""
    return str(format_currency(Decimal(cents) / 100, "USD"))


def amount(cents: int) -> str:
    """Dollars on a page: hidden until *Show* is pressed where the page says so."""
    if not g.get("hides_amounts"):
        return money(cents)
    return _hidden(money(cents))


def sums(said: object) -> str:
    """A sentence that was made elsewhere, the dollars in it as `amount` has them."""
    words = str(said)
    if not g.get("hides_amounts") or not DOLLARS.search(words):
        return words
    parts = DOLLARS.split(words)
    found = [_hidden(each) for each in DOLLARS.findall(words)]
    pairs = zip(parts, [*found, ""], strict=True)
    whole: str = Markup("").join(each for pair in pairs for each in pair)
    return whole


def _hidden(words: str) -> str:
    g.hid_amounts = True
    span: str = Markup('<span class="sum"><span>{}</span></span>').format(words)
    return span


def is_hidden_sum(field: Any) -> bool:
    """Is there a sum in this field that waits for *Show*, as those on the page do?"""
    is_sum = field.type == "MoneyField" and bool(field._value())
    if not (is_sum and g.get("hides_amounts")):
        return False
    g.hid_amounts = True
    return True


def hours(minutes: int) -> str:
    """A length of time in words: 2 h 30 min."""
    whole, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else ""
    if whole and rest:
        return sign + gettext("%(hours)s h %(minutes)s min", hours=whole, minutes=rest)
    if whole or not rest:
        return sign + gettext("%(hours)s h", hours=whole)
    return sign + gettext("%(minutes)s min", minutes=rest)


def day(value: date) -> str:
    """A calendar day written out; for a date, or a datetime in the reader's zone."""
    if isinstance(value, datetime):
        pattern = get_locale().date_formats["full"].pattern
        return str(format_datetime(value, pattern))
    return str(format_date(value, "full"))


def short_day(value: date) -> str:
    """Day and month for a narrow place: Nov 23."""
    return str(format_skeleton("MMMd", value, locale=get_locale()))


def clock_time(value: datetime) -> str:
    """The time of day in the reader's zone: 2:00 PM."""
    return str(format_time(value, "short"))


def moment(value: datetime) -> str:
    """Day and time in the reader's zone, with the zone's name."""
    zone = format_datetime(value, "zzz")
    return gettext(
        "%(day)s, %(time)s (%(zone)s)",
        day=day(value),
        time=clock_time(value),
        zone=zone,
    )


def month(value: date) -> str:
    """A month and its year: November 2026."""
    return str(format_skeleton("yMMMM", value, locale=get_locale()))


def write_out(value: object) -> str:
    """Any value a refusal may carry, as the reader would write it."""
    if isinstance(value, Money):
        return money(value.cents)
    if isinstance(value, Minutes):
        return hours(value.minutes)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int):
        return str(format_decimal(value))
    return str(value)


def init_app(app: Flask) -> None:
    """Give the templates their filters, and a short way to their words."""
    sentences.init_app(app)
    app.add_template_filter(amount, "money")
    app.add_template_filter(sums)
    app.add_template_test(is_hidden_sum, "hidden_sum")
    for filter_ in (hours, day, short_day, clock_time, moment, month):
        app.add_template_filter(filter_)
