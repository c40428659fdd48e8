"""What could be used to pay has no place in a reference: cards, accounts, codes."""

import re
import unicodedata
from collections.abc import Iterator

from engage.core.errors import N_, Refused

LONGEST_NUMBER, LONGEST_CARD = 8, 19

_DATE = re.compile(r"\b20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b")
_DASH = re.compile("[\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}]")
_DIGITS = re.compile(r"\d(?:[ \t./_-]{0,3}\d)*")
# A card is printed in groups: these may stand on lines of their own, or in a list.
_ROW = re.compile(r"\d+(?:[\W_]{1,3}\d+)*")
_RUN = re.compile(r"[A-Za-z\d]{10,}")
_GROUPS = re.compile(r"\b[A-Za-z\d]{4,6}(?:[._-][A-Za-z\d]{4,6}){2,}\b")
_SPACED = re.compile(r"\b[A-Za-z\d]{4,6}(?: [A-Za-z\d]{4,6}){2,}\b")
_SWITCH = re.compile(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)")


def check_no_secret(text: str, field: str = "reference") -> None:
    """Refuses what looks like a card, an account, or the code of a gift card."""
    check_no_number(text, field)
    if is_gift_code(_bare(text)):
        raise Refused(
            N_(
                "This looks like the code of a gift card. Use the order number instead."
            ),
            field=field,
        )


def check_no_number(text: str, field: str) -> None:
    """Refuses what looks like a card or an account."""
    bare = _bare(text)
    numbers = [re.sub(r"\D", "", found) for found in _DIGITS.findall(bare)]
    if any(is_card_number(number) for number in [*numbers, *_joined(bare)]):
        raise Refused(
            N_(
                "This looks like a card number. Leave it out: an order number is "
                "enough."
            ),
            field=field,
        )
    if any(len(number) > LONGEST_NUMBER for number in numbers):
        raise Refused(
            N_(
                "This looks like an account number. Use a check number or an order "
                "number of at most %(most)s digits."
            ),
            field=field,
            most=LONGEST_NUMBER,
        )


def _bare(text: str) -> str:
    return _DATE.sub("/date/", _DASH.sub("-", visible(text)))


def _joined(text: str) -> Iterator[str]:
    """Neighboring groups of digits, put together as far as a card is long."""
    for row in _ROW.findall(text):
        groups = re.findall(r"\d+", row)
        for first in range(len(groups)):
            number = ""
            for group in groups[first:]:
                number += group
                if len(number) > LONGEST_CARD:
                    break
                yield number


def visible(text: str) -> str:
    """Without signs that print nothing, which would cut a number in two."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(
        c for c in plain if unicodedata.category(c) not in ("Cf", "Mn", "Me")
    )


def is_card_number(digits: str) -> bool:
    """Thirteen to nineteen digits with a right Luhn check digit."""
    if not 13 <= len(digits) <= LONGEST_CARD:
        return False
    total = 0
    for place, sign in enumerate(reversed(digits)):
        doubled = int(sign) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def is_gift_code(text: str) -> bool:
    """Letters and digits in turns, or groups of four to six signs as shops print them;
    words, and a word with a number behind it, are no code."""
    if any(
        _turns(run) > 1 or _turns(run) and len(run) > 13 for run in _found(_RUN, text)
    ):
        return True
    if any(group.isupper() or _has_digit(group) for group in _found(_GROUPS, text)):
        return True
    parts = [group.split() for group in _found(_SPACED, text)]
    return any(sum(_turns(part) > 0 for part in group) > 1 for group in parts)


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match[0] for match in pattern.finditer(text)]


def _turns(run: str) -> int:
    """How often letters and digits take turns."""
    return len(_SWITCH.findall(run))


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)
