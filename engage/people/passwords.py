"""Password hashes: argon2id, two at once at most, and a short queue before them."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_urlsafe
from threading import BoundedSemaphore

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from zxcvbn import zxcvbn

from engage.core.errors import N_, Refused

ARGON2 = Parameters(
    type=Type.ID,
    version=19,
    salt_len=16,
    hash_len=32,
    time_cost=1,
    memory_cost=46 * 1024,
    parallelism=1,
)
AT_ONCE, WAITING = 2, 6  # together half the threads of a web process
FULL = N_("Many people are at the door right now. Please try again soon.")
NO_HASH = "none"  # what no password fits
# What somebody who knows the house tries first.
BARRED = (
    "engage", "taskforce", "task force", "survivor", "consultant", "coordinator",
    "finance", "administrator", "admin", "panel", "payout", "consultora", "consultor",
    "coordinadora", "coordinador", "sobreviviente",
)  # fmt: skip
OWN_SIGNS = 8  # a password has as many beside them
MOST_WEIGHED = 72  # zxcvbn takes no more, and by then it has made up its mind

_at_once = BoundedSemaphore(AT_ONCE)
_door = BoundedSemaphore(AT_ONCE + WAITING)
_queue = BoundedSemaphore(AT_ONCE + WAITING)
_decoys: dict[str, str] = {}


def hashed(password: str) -> str:
    """The hash to keep; refuses when too many people wait for theirs."""
    with _Turn():
        return _hasher().hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Does the password fit? Costs one check also when there is no hash to fit."""
    hasher = _hasher()
    decoy = _decoy(hasher)
    with _Turn():
        try:
            hasher.verify(kept or decoy, password)
        except InvalidHashError:
            # Not a hash, as of invented people: the same work, and the same no.
            hasher.hash(password)
            return False
        except VerificationError:
            return False
    return kept is not None


def strength(password: str, *known: str) -> int:
    """0 (guessed first) to 4; `known` are words that a guesser would try first.

    It weighs against lists that come with it: nothing is asked of anybody outside.
    """
    title = str(current_app.config["SETTINGS"].site_title)
    words = [word.casefold() for word in (*known, title, *BARRED)]
    weighed = zxcvbn(password[:MOST_WEIGHED], user_inputs=words)
    score = int(weighed["score"])
    return score if _left(password, words) >= OWN_SIGNS else min(score, 2)


def _left(password: str, words: list[str]) -> int:
    """How many letters and digits are left once such words are taken out."""
    rest = password.casefold()
    for word in sorted(filter(None, words), key=len, reverse=True):
        rest = rest.replace(word, " ")
    return sum(sign.isalnum() for sign in rest)


@contextmanager
def at_the_door() -> Iterator[None]:
    """A place for a whole try to sign in; a full door says so before it does anything.

    The other threads of the process are for other pages, and for saying no in no time.
    """
    if not _door.acquire(blocking=False):
        raise Refused(FULL)
    try:
        yield
    finally:
        _door.release()


class _Turn:
    """A place in the short queue, then one of the two places at the work."""

    def __enter__(self) -> None:
        if not _queue.acquire(blocking=False):
            raise Refused(FULL)
        _at_once.acquire()

    def __exit__(self, *_: object) -> None:
        _at_once.release()
        _queue.release()


def _hasher() -> PasswordHasher:
    chosen: Parameters = current_app.config.get("ARGON2", ARGON2)
    return PasswordHasher.from_parameters(chosen)


def _decoy(hasher: PasswordHasher) -> str:
    """A hash of the same cost that nobody's password has, made once."""
    cost = f"{hasher.memory_cost}:{hasher.time_cost}:{hasher.parallelism}"
    if cost not in _decoys:
        with _Turn():
            _decoys[cost] = hasher.hash(token_urlsafe())
    return _decoys[cost]
