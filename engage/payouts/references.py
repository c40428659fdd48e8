import re
import unicodedata

from engage.core.errors import N_, Refused

LONGEST_REFERENCE = 40
LONGEST_NUMBER = 8

_DATE = re.compile(r"\b20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b")
_DIGITS = re.compile(r"\d(?:[ ./_-]{0,2}\d)*")
_CODES = (
    # a run without a break: letters and digits mixed, ten or more
    re.compile(r"\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{10,}\b"),
    # three or more groups of four to six signs, as shops print their codes
    re.compile(r"\b[A-Z\d]{4,6}(?:[ ._-][A-Z\d]{4,6}){2,}\b"),
)


def check_reference(text: str) -> str:
    """The reference of a manual payment, trimmed; refuses what could be used to pay.

    A check number or an order number is fine; a card number, an account number or the
    code of a gift card would be a secret that Engage must not hold.
    """
    reference = " ".join(unicodedata.normalize("NFKC", text).split())
    if not reference:
        raise Refused(
            N_("Write a reference, such as the number of the check."), field="reference"
        )
    if len(reference) > LONGEST_REFERENCE:
        raise Refused(
            N_("Use at most %(most)s signs for the reference."),
            field="reference",
            most=LONGEST_REFERENCE,
        )
    _check_no_secret(_DATE.sub("/date/", _visible(reference)))
    return reference


def _check_no_secret(bare: str) -> None:
    numbers = [re.sub(r"\D", "", found) for found in _DIGITS.findall(bare)]
    if any(is_card_number(number) for number in numbers):
        raise Refused(
            N_(
                "This looks like a card number. Leave it out: an order number is "
                "enough."
            ),
            field="reference",
        )
    if any(len(number) > LONGEST_NUMBER for number in numbers):
        raise Refused(
            N_(
                "This looks like an account number. Use a check number or an order "
                "number of at most %(most)s digits."
            ),
            field="reference",
            most=LONGEST_NUMBER,
        )
    if is_gift_code(bare):
        raise Refused(
            N_(
                "This looks like the code of a gift card. Use the order number instead."
            ),
            field="reference",
        )


def _visible(text: str) -> str:
    """Without signs that print nothing, which would cut a number in two."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn"))


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
    """Letters and digits mixed, long or in groups; words alone are no code."""
    found = [match[0] for code in _CODES for match in code.finditer(text.upper())]
    return any(_mixed(each) for each in found)


def _mixed(code: str) -> bool:
    digits = sum(sign.isdigit() for sign in code)
    parts = re.split(r"[ ._-]", code)
    has_mixed_part = any(not part.isdigit() and not part.isalpha() for part in parts)
    return has_mixed_part and digits >= 2
