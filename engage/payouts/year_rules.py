"""Pay of a calendar year against the amount from which a tax form is due."""

from collections.abc import Mapping

FORM = "1099-NEC"


def reaches(cents: int, threshold: int | None) -> bool:
    """At the very amount the form is due; where none is known, nobody can say so."""
    return threshold is not None and cents >= threshold


def crosses(before_cents: int, more_cents: int, threshold: int | None) -> bool:
    """Is it this payment that comes to the amount or passes it?"""
    return not reaches(before_cents, threshold) and reaches(
        before_cents + more_cents, threshold
    )


def crossing(
    before: Mapping[str, int], more: Mapping[str, int], threshold: int | None
) -> dict[str, int]:
    """Payees whose payment crosses it, and what they come to with it."""
    return {
        payee: before.get(payee, 0) + cents
        for payee, cents in more.items()
        if crosses(before.get(payee, 0), cents, threshold)
    }
