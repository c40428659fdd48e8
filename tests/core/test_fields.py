"""What people type: read as meant, or answered with a sentence, never with an error."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from engage.core.errors import Refused
from engage.core.fields import (
    DayField,
    MinutesField,
    MomentField,
    MoneyField,
    NumberField,
    line,
    text,
)
from engage.core.forms import BaseForm
from engage.core.money import (
    MOST_CENTS,
    Minutes,
    Money,
    parse_minutes,
    parse_money,
    rate_times_minutes,
    split,
)

ANY = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TYPED = st.text(max_size=60) | st.from_regex(r"[-$0-9.,: hmT]{0,20}", fullmatch=True)


class Every(BaseForm):
    cents = MoneyField("Pay")
    minutes = MinutesField("Time")
    number = NumberField("Seats", least=1, most=30)
    day = DayField("Day")
    moment = MomentField("Start", zone=lambda: "America/New_York")
    name = line("Name", 40)
    note = text("Note", 200, required=False)


FIELDS = ("cents", "minutes", "number", "day", "moment", "name", "note")


@pytest.fixture
def sent(bare_app: Flask):  # type: ignore[no-untyped-def]
    """sent(field=typed): the form as it arrives, after it was looked at."""

    def arrive(**typed: str) -> Any:
        form = Every(MultiDict(typed))
        form.validate()
        return form

    with bare_app.test_request_context():
        yield arrive


@ANY
@given(cents=st.integers(0, MOST_CENTS))
def test_money_comes_back_as_it_was_shown(cents: int) -> None:
    assert parse_money(str(Money(cents))) == cents
    assert parse_money(f" {Money(cents)} ".replace(",", "").replace("$", "")) == cents


@ANY
@given(minutes=st.integers(0, 999 * 60))
def test_lengths_of_time_come_back_as_they_were_shown(minutes: int) -> None:
    assert parse_minutes(str(Minutes(minutes))) == minutes
    assert parse_minutes(f"{minutes // 60}:{minutes % 60:02d}") == minutes


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("81.25", 8125), ("$81", 8100), ("$ 1,234.5", 123450), ("0", 0), ("7.", 700),
    ],
)  # fmt: skip
def test_money_is_read_as_meant(typed: str, cents: int) -> None:
    assert parse_money(typed) == cents


@pytest.mark.parametrize(
    "typed",
    ["", "-1", "1e3", "1.005", "1,23", "12,34.5", "٣", "1 2", "NaN", "10000000.01"],
)
def test_money_that_cannot_be_read_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        parse_money(typed)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("1:30", 90), ("1.5", 90), ("1,5", 90), ("0.25", 15), ("2", 120),
        ("1 h 30 min", 90), ("45m", 45), ("2 horas", 120), ("90 minutos", 90),
    ],
)  # fmt: skip
def test_lengths_of_time_are_read_as_meant(typed: str, minutes: int) -> None:
    assert parse_minutes(typed) == minutes


@pytest.mark.parametrize(
    "typed", ["", "1:60", "1.33", "-1", "h", "1h h", "1 2", "٣:٠٠"]
)
def test_lengths_of_time_that_cannot_be_read_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        parse_minutes(typed)


@ANY
@given(rate=st.integers(0, 100_000), minutes=st.integers(0, 100_000))
def test_f40_rounding_is_half_even_and_once(rate: int, minutes: int) -> None:
    cents = rate_times_minutes(rate, minutes)
    off = abs(60 * cents - rate * minutes)
    assert off <= 30
    assert off < 30 or cents % 2 == 0


@ANY
@given(cents=st.integers(0, MOST_CENTS), parts=st.integers(1, 50))
def test_f40_splitting_loses_no_cent(cents: int, parts: int) -> None:
    shares = split(cents, parts)
    assert sum(shares) == cents
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True)


@ANY
@given(typed=TYPED)
@example(typed="9" * 300)
@example(typed="\x00")
@example(typed="\ud800")
@example(typed="2026-02-30")
@example(typed="2026-03-08T02:30")
def test_whatever_is_typed_gives_a_value_or_a_sentence(sent: Any, typed: str) -> None:
    form = sent(**dict.fromkeys(FIELDS, typed))
    for name in FIELDS[:5]:
        field = form[name]
        assert (field.data is None) == bool(field.errors), name
        if field.errors:
            assert field._value() == typed.strip()


@pytest.mark.parametrize("typed", ["a\x00b", "a\x1bb", "\ud800"])
def test_signs_that_cannot_be_kept_are_refused(sent: Any, typed: str) -> None:
    assert sent(name=typed).name.errors
    assert sent(note=typed).note.errors


def test_text_is_stripped_and_its_line_ends_made_plain(sent: Any) -> None:
    assert sent(note="  one\r\ntwo \r\n").note.data == "one\ntwo"


def test_a_moment_is_read_where_the_reader_lives(sent: Any) -> None:
    summer = sent(moment="2026-07-15T12:00").moment
    winter = sent(moment="2026-01-14 12:00").moment
    assert summer.data == datetime(2026, 7, 15, 16, tzinfo=UTC)
    assert winter.data == datetime(2026, 1, 14, 17, tzinfo=UTC)
    assert summer.show(summer.data) == "2026-07-15T12:00"
