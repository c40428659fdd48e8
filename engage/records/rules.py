from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from engage.core.errors import N_, Refused

MIND = timedelta(days=14)  # to change one's mind about a closed account
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
SIGNS = "23456789BCDFGHJKMNPQRSTVWXZ"


def is_over(closed_at: datetime, now: datetime) -> bool:
    """Has the time to change one's mind gone by?"""
    return now - closed_at >= MIND


def check_word(typed: str, wanted: str) -> None:
    """Closing takes a word of one's own hand, so that no slip of it does."""
    if typed.strip().casefold() != wanted.casefold():
        raise Refused(
            N_("Type the word %(word)s to close your account."),
            field="word",
            word=wanted,
        )


def label(number: int) -> str:
    """A name that says nothing, by its number from 0: Consultant A, B, … AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, len(LETTERS))
        letters = LETTERS[rest] + letters
    return f"Consultant {letters}"


def is_label(name: str) -> bool:
    """Is a name one of these already?"""
    first, _, letters = name.partition(" ")
    return first == "Consultant" and bool(letters) and not set(letters) - set(LETTERS)


def random_label(choose: Callable[[Sequence[str]], str]) -> str:
    """A name for somebody who is gone, that no list of labels leads to."""
    return "Consultant " + "".join(choose(SIGNS) for _ in range(6))
