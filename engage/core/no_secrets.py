"""What could be used to pay has no place in a reference: cards, accounts, codes."""

import re
import unicodedata

from engage.core.errors import N_, Refused

LONGEST_NUMBER = 8

_DATE = re.compile(r"\b20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b")
_DIGITS = re.compile(r"\d(?:[ ./_-]{0,2}\d)*")
_RUN = re.compile(r"[A-Za-z\d]{10,}")
_GROUPS = re.compile(r"\b[A-Za-z\d]{4,6}(?:[._-][A-Za-z\d]{4,6}){2,}\b")
_SPACED = re.compile(r"\b[A-Za-z\d]{4,6}(?: [A-Za-z\d]{4,6}){2,}\b")
_SWITCH = re.compile(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)")


def check_no_secret(text: str, field: str = "reference") -> None:
    """Refuses what looks like a card, an account, or the code of a gift card."""
    bare = _DATE.sub("/date/", visible(text))
    numbers = [re.sub(r"\D", "", found) for found in _DIGITS.findall(bare)]
    if any(is_card_number(number) for number in numbers):
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
    if is_gift_code(bare):
        raise Refused(
            N_(
                "This looks like the code of a gift card. Use the order number instead."
            ),
            field=field,
        )


def visible(text: str) -> str:
    """Without signs that print nothing, which would cut a number in two."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Mn"))


def is_card_number(digits: str) -> bool:
    """Thirteen to nineteen digits with a right Luhn check digit."""
    if not 13 <= len(digits) <= 19:
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
