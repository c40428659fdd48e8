"""What must not be guessed or used twice is not, many at once included."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from math import log2

from flask import Flask

from engage.core import crypto
from engage.core.db import new_uid
from engage.people.rules import CODE_SIGNS, code
from engage.settings import Settings

EACH, THREADS = 2_000, 8


def test_no_nonce_comes_twice(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        sealed = [
            crypto.seal("person:a", "message", "text", "u", "the same words")
            for _ in range(EACH)
        ]
    nonces = {each[3:15] for each in sealed}
    assert len(nonces) == EACH
    assert len(set(sealed)) == EACH


def test_tokens_of_many_threads_are_all_different() -> None:
    makes = (crypto.new_token, new_uid, lambda: code(secrets.choice))
    with ThreadPoolExecutor(THREADS) as pool:
        for make in makes:
            made = list(pool.map(lambda _, make=make: make(), range(EACH)))
            assert len(set(made)) == EACH


def test_they_are_as_long_as_they_are_said_to_be() -> None:
    assert len(crypto.new_token()) >= 43  # 256 bits
    assert len(set("".join(new_uid() for _ in range(200)))) >= 30
    plain = code(secrets.choice).replace("-", "")
    assert len(set(CODE_SIGNS)) == len(CODE_SIGNS)
    assert len(plain) * log2(len(CODE_SIGNS)) >= 112


def test_no_secret_is_made_by_the_program_itself_in_production() -> None:
    """Keys come from the settings alone; those of the demo are made on its machine."""
    for name in ("secret_key", "master_key", "lookup_key"):
        assert name not in {
            field for field, value in vars(Settings).items() if value is not None
        }
