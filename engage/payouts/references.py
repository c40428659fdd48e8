import re

from engage.core.errors import N_, Refused
from engage.core.no_secrets import check_no_secret, visible

LONGEST_REFERENCE = 40
LONGEST_DETAILS = 400

_ZIP = re.compile(r"\b\d{5}-\d{4}\b")


def check_reference(text: str) -> str:
    """The reference of a manual payment, trimmed; refuses what could be used to pay.

    A check number or an order number is fine; a card number, an account number or the
    code of a gift card would be a secret that Engage must not hold.
    """
    reference = " ".join(visible(text).split())
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
    check_no_secret(reference)
    return reference


def check_details(text: str) -> str:
    """What a payee gives for a payment by hand, such as a name and where to send it;
    the same secrets are refused, since a check needs none of them."""
    if len(text.strip()) > LONGEST_DETAILS:
        raise Refused(
            N_("Use at most %(most)s signs for this."),
            field="text",
            most=LONGEST_DETAILS,
        )
    check_no_secret(_ZIP.sub("/zip/", visible(text)), "text")
    return text.strip()
