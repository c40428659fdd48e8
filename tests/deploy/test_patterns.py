"""No pattern takes long for what a stranger may type, however it is made."""

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask

from engage.core import fields, money, no_secrets
from engage.core.errors import Refused
from engage.people.rules import is_local

SECONDS = 0.1
LONGEST = 1_000  # signs: what doubles with each sign shows long before
PUMPS = (
    "a", "A", "1", " ", "-", "_", ".", ",", "/", "a ", "1 ", "1-", "a1", "1a", "a-",
    "/a",
    "\n", "\t ", "é", "0:", "$1", "(", "20", "A1B2 ", "ab12-", "mr. ", "h ", "1h",
)  # fmt: skip
ENDS = ("", "!", "\0", "x", "1", "-")


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern that a module of the house keeps."""
    return {
        f"{name}.{key}": value
        for name, module in list(sys.modules.items())
        if name.startswith("engage.")
        for key, value in vars(module).items()
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    }


def typed() -> Iterator[str]:
    for pump in PUMPS:
        for end in ENDS:
            yield (pump * LONGEST)[:LONGEST] + end


def is_slow(check: Callable[[str], Any], text: str) -> bool:
    """Does it take longer than it may, three times? Once may be a tidying of memory."""

    def seconds() -> float:
        began = time.process_time()
        with suppress(Refused, ValueError):
            check(text)
        return time.process_time() - began

    return all(seconds() > SECONDS for _ in range(3))


def slow(pattern: re.Pattern[str], texts: Iterable[str] = ()) -> str:
    """What takes it longer than it may, or nothing."""
    for text in texts or typed():
        if is_slow(pattern.search, text) or is_slow(pattern.fullmatch, text):
            return f"{text[:12]!r}...{text[-1:]!r}"
    return ""


def test_no_pattern_of_the_house_is_slow(bare_app: Flask) -> None:
    found = patterns()
    assert len(found) > 10
    took_long = {name: slow(each) for name, each in found.items()}
    assert {name: text for name, text in took_long.items() if text} == {}


def test_a_planted_slow_one_is_caught() -> None:
    assert slow(re.compile(r"(?:a+)+b"), ["a" * 23])


CHECKS: dict[str, Callable[[str], Any]] = {
    "no number": no_secrets.check_no_secret,
    "local": is_local,
    "money": money.parse_money,
    "minutes": money.parse_minutes,
    "day": fields._read_day,
}


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_no_check_of_a_field_is_slow(bare_app: Flask, name: str) -> None:
    assert [text for text in typed() if is_slow(CHECKS[name], text[:500])] == []
