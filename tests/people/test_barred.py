"""Passwords that a guesser tries first are refused; all others may be as they are."""

from collections.abc import Iterator

import pytest
from flask import Flask
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from engage.core.errors import Refused
from engage.people import passwords
from engage.people.rules import LEAST_PASSWORD, MOST_PASSWORD, check_password


@pytest.fixture(autouse=True)
def here(bare_app: Flask) -> Iterator[None]:
    with bare_app.app_context():
        yield


def is_taken(password: str, *known: str) -> bool:
    try:
        check_password(password, passwords.strength(password, *known))
    except Refused:
        return False
    return True


def test_every_common_password_and_word_is_refused() -> None:
    """The lists come with the program: 30,000 from breaches, and common words."""
    common = {word for words in FREQUENCY_LISTS.values() for word in words}
    long_enough = sorted(word for word in common if len(word) >= LEAST_PASSWORD)
    assert len(FREQUENCY_LISTS["passwords"]) >= 30_000
    assert len(long_enough) > 3_000
    # Each takes some time: all that were passwords, and some of the others.
    breached = [word for word in FREQUENCY_LISTS["passwords"] if word in long_enough]
    tried = {*breached, *long_enough[::40]}
    assert [word for word in tried if is_taken(word)] == []


@pytest.mark.parametrize(
    "password",
    [
        "engageengage", "EngageConsultant", "consultant2026", "coordinator1234",
        "Survivor-survivor", "admin-engage-1", "taskforce-finance",
        "sobreviviente1", "juniper-41-juniper",
    ],
)  # fmt: skip
def test_words_of_the_house_and_of_the_person_are_refused(password: str) -> None:
    assert not is_taken(password, "Juniper 41", "juniper-41")


def test_how_it_is_made_up_is_not_asked() -> None:
    words = "lattice orchid winnow tram"
    for password in (words, words.upper(), words.replace(" ", ""), "шалфей осока клён"):
        assert is_taken(password)


def test_it_may_be_long_and_is_weighed_as_it_was_typed() -> None:
    long = ("lattice orchid winnow tram " * 9)[:MOST_PASSWORD]
    assert MOST_PASSWORD >= 64
    assert is_taken(long)
    assert not is_taken(long + "x")
    for typed in (long, " lattice orchid winnow ", "Lattice Orchid ünnow"):
        kept = passwords.hashed(typed)
        assert passwords.is_right(typed, kept)
        for other in (typed.strip() + "?", typed.swapcase(), typed[:-1], typed + " "):
            assert not passwords.is_right(other, kept)
