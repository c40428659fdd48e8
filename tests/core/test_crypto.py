"""Sealed text opens in its own row and column, with its own key, and nowhere else."""

import sqlite3
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask

from engage.core import crypto
from engage.core.crypto import KeyStore, SealBroken, open_sealed, seal

MASTER, LOOKUP = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture(autouse=True)
def key_store(bare_app: Flask, tmp_path: Path):  # type: ignore[no-untyped-def]
    store = KeyStore(tmp_path / "keys.sqlite", MASTER, LOOKUP)
    bare_app.extensions["key_store"] = store
    with bare_app.app_context():
        yield store


def test_text_comes_back_and_never_looks_the_same_twice() -> None:
    one = seal("person:a", "hours_entry", "note", "row", "Leí el borrador")
    two = seal("person:a", "hours_entry", "note", "row", "Leí el borrador")
    assert one != two
    assert open_sealed("person:a", "hours_entry", "note", "row", one) == (
        "Leí el borrador"
    )


@pytest.mark.parametrize(
    "place",
    [
        ("person:b", "hours_entry", "note", "row"),
        ("person:a", "voice_flag", "note", "row"),
        ("person:a", "hours_entry", "other", "row"),
        ("person:a", "hours_entry", "note", "other"),
    ],
)
def test_text_that_was_moved_does_not_open(place: tuple[str, str, str, str]) -> None:
    seal("person:b", "hours_entry", "note", "row", "so that the key exists")
    sealed = seal("person:a", "hours_entry", "note", "row", "mine")
    with pytest.raises(SealBroken):
        open_sealed(*place, sealed)


@pytest.mark.parametrize("place", [0, 1, 13, -1])
def test_text_that_was_altered_does_not_open(place: int) -> None:
    sealed = bytearray(seal("person:a", "t", "c", "row", "mine"))
    sealed[place] ^= 1
    with pytest.raises(SealBroken):
        open_sealed("person:a", "t", "c", "row", bytes(sealed))


def test_a_forgotten_key_erases_what_it_sealed(key_store: KeyStore) -> None:
    sealed = seal("person:a", "t", "c", "row", "mine")
    other = seal("person:b", "t", "c", "row", "theirs")
    key_store.forget("person:a")
    with pytest.raises(SealBroken):
        open_sealed("person:a", "t", "c", "row", sealed)
    seal("person:a", "t", "c", "row", "a new key does not bring it back")
    with pytest.raises(SealBroken):
        open_sealed("person:a", "t", "c", "row", sealed)
    assert open_sealed("person:b", "t", "c", "row", other) == "theirs"


def test_a_key_is_wrapped_for_its_subject_and_by_the_master_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    sealed = seal("person:a", "t", "c", "row", "mine")
    stored = sqlite3.connect(path)
    (wrapped,) = stored.execute("SELECT wrapped FROM wrapped_key").fetchone()
    stored.execute("INSERT INTO wrapped_key VALUES ('person:b', ?)", (wrapped,))
    stored.commit()
    stored.close()
    assert path.stat().st_mode & 0o077 == 0
    for store, subject in (
        (KeyStore(path, LOOKUP, LOOKUP), "person:a"),
        (KeyStore(path, MASTER, LOOKUP), "person:b"),
    ):
        with pytest.raises(InvalidTag):
            store.key(subject, make=False)
    assert open_sealed("person:a", "t", "c", "row", sealed) == "mine"


def test_a_look_up_hash_is_keyed_and_tells_kinds_apart(key_store: KeyStore) -> None:
    hashed = crypto.lookup_hash("sign-in", "rosa")
    assert hashed == crypto.lookup_hash("sign-in", "rosa")
    assert hashed != crypto.lookup_hash("code", "rosa")
    key_store.lookup = MASTER
    assert hashed != crypto.lookup_hash("sign-in", "rosa")


@pytest.mark.parametrize("text", ["", "AAAA", "not base64", "A" * 44])
def test_a_key_has_32_bytes(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes|base64"):
        crypto.decode_key(text)
