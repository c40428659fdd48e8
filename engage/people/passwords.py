"""Password hashes: argon2id, two at once at most, and a short queue before them."""

from functools import lru_cache
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
AT_ONCE, WAITING = 2, 6
MOST_WEIGHED = 72  # zxcvbn takes no more, and by then it has made up its mind

_at_once = BoundedSemaphore(AT_ONCE)
_queue = BoundedSemaphore(AT_ONCE + WAITING)


def hashed(password: str) -> str:
    """The hash to keep; refuses when too many people wait for theirs."""
    with _Turn():
        return _hasher(_parameters()).hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Does the password fit? Costs one check also when there is no hash to fit."""
    decoy = _decoy(_parameters())
    known = kept is not None and kept.startswith("$argon2")
    with _Turn():
        try:
            _hasher(_parameters()).verify(
                kept if known and kept is not None else decoy, password
            )
        except (VerificationError, InvalidHashError):
            return False
    return known


def strength(password: str, *known: str) -> int:
    """0 (guessed first) to 4; `known` are words that a guesser would try first."""
    weighed = zxcvbn(password[:MOST_WEIGHED], user_inputs=list(known))
    return int(weighed["score"])


class _Turn:
    """A place in the short queue, then one of the two places at the work."""

    def __enter__(self) -> None:
        if not _queue.acquire(blocking=False):
            raise Refused(
                N_("Many people are at the door right now. Please try again soon.")
            )
        _at_once.acquire()

    def __exit__(self, *_: object) -> None:
        _at_once.release()
        _queue.release()


def _parameters() -> Parameters:
    chosen: Parameters = current_app.config.get("ARGON2", ARGON2)
    return chosen


@lru_cache(maxsize=4)
def _hasher(parameters: Parameters) -> PasswordHasher:
    return PasswordHasher.from_parameters(parameters)


@lru_cache(maxsize=4)
def _decoy(parameters: Parameters) -> str:
    return _hasher(parameters).hash("nobody has this password")
