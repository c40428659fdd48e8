"""Sealed text opens in its own row and column, with its own key, and nowhere else."""

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask

from engage.core import crypto
from engage.core.crypto import KeyStore, open_sealed, seal
from engage.core.key_store import MasterKeyMissing, SealBroken
from tests.conftest import JULY

MASTER, LOOKUP = bytes(range(32)), bytes(range(32, 64))
OTHER = bytes(range(7, 39))


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
    other = "INSERT INTO wrapped_key VALUES ('person:b', 0, ?, NULL)"
    stored.execute(other, (wrapped,))
    stored.commit()
    stored.close()
    assert path.stat().st_mode & 0o077 == 0
    for store, subject in (
        (KeyStore(path, LOOKUP, LOOKUP), "person:a"),
        (KeyStore(path, MASTER, LOOKUP), "person:b"),
    ):
        with pytest.raises((InvalidTag, SealBroken)):
            store.newest(subject, make=False)
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


def test_a_key_forgotten_by_one_process_is_gone_in_all(
    key_store: KeyStore, tmp_path: Path
) -> None:
    sealed = seal("person:a", "t", "c", "row", "mine")
    assert open_sealed("person:a", "t", "c", "row", sealed) == "mine"
    KeyStore(tmp_path / "keys.sqlite", MASTER, LOOKUP).forget("person:a")
    with pytest.raises(SealBroken):
        open_sealed("person:a", "t", "c", "row", sealed)


def test_the_control_that_never_looks_at_the_file_still_opens_it(
    key_store: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = seal("person:a", "t", "c", "row", "mine")
    open_sealed("person:a", "t", "c", "row", sealed)
    monkeypatch.setattr("engage.core.key_file.KeyFile.look", lambda self: None)
    KeyStore(tmp_path / "keys.sqlite", MASTER, LOOKUP).forget("person:a")
    assert open_sealed("person:a", "t", "c", "row", sealed) == "mine"


def test_a_forgotten_key_leaves_no_bytes_in_the_file(
    key_store: KeyStore, tmp_path: Path
) -> None:
    seal("person:a", "t", "c", "row", "mine")
    stored = sqlite3.connect(tmp_path / "keys.sqlite")
    (wrapped,) = stored.execute("SELECT wrapped FROM wrapped_key").fetchone()
    stored.close()
    assert wrapped in (tmp_path / "keys.sqlite").read_bytes()
    key_store.forget("person:a")
    assert wrapped[-40:] not in (tmp_path / "keys.sqlite").read_bytes()


def test_after_a_fork_a_child_has_a_connection_of_its_own(key_store: KeyStore) -> None:
    sealed = seal("person:a", "t", "c", "row", "mine")
    child = os.fork()
    if child == 0:
        fine = open_sealed("person:a", "t", "c", "row", sealed) == "mine"
        key_store.forget("person:a")
        os._exit(0 if fine else 1)
    assert os.waitpid(child, 0)[1] == 0
    with pytest.raises(SealBroken):
        open_sealed("person:a", "t", "c", "row", sealed)


def test_a_new_master_key_renews_and_opens_what_the_old_one_closed(
    bare_app: Flask, key_store: KeyStore, tmp_path: Path
) -> None:
    sealed = seal("person:a", "t", "c", "row", "mine")
    path = tmp_path / "keys.sqlite"
    both = KeyStore(path, OTHER, LOOKUP, old_master=MASTER)
    bare_app.extensions["key_store"] = both
    assert open_sealed("person:a", "t", "c", "row", sealed) == "mine"
    assert both.stale(9) == ["person:a"]
    both.renew("person:a", JULY)
    assert both.stale(9) == []
    bare_app.extensions["key_store"] = KeyStore(path, OTHER, LOOKUP)
    assert open_sealed("person:a", "t", "c", "row", sealed) == "mine"
    newer = seal("person:a", "t", "c", "row", "newer")
    assert crypto.key_number(newer)[0] == 1
    assert both.retired(JULY + timedelta(days=1)) == [("person:a", 0)]
    both.drop("person:a", 0)
    both.drop("person:a", 1)  # it seals: it stays
    with pytest.raises(SealBroken):
        open_sealed("person:a", "t", "c", "row", sealed)
    assert open_sealed("person:a", "t", "c", "row", newer) == "newer"
    with pytest.raises(MasterKeyMissing):
        key_store.newest("person:a", make=True)


def test_keys_of_the_first_kind_of_file_and_text_go_on_opening(
    bare_app: Flask, tmp_path: Path
) -> None:
    path, key = tmp_path / "first.sqlite", bytes(range(64, 96))
    nonce = bytes(12)
    stored = sqlite3.connect(path)
    stored.execute(
        "CREATE TABLE wrapped_key (subject TEXT PRIMARY KEY, wrapped BLOB NOT NULL)"
    )
    wrapped = nonce + AESGCM(MASTER).encrypt(nonce, key, b"person:a")
    stored.execute("INSERT INTO wrapped_key VALUES ('person:a', ?)", (wrapped,))
    stored.commit()
    stored.close()
    text = b"\x01" + nonce + AESGCM(key).encrypt(nonce, b"mine", b"t.c:row")
    store = KeyStore(path, OTHER, LOOKUP, old_master=MASTER)
    bare_app.extensions["key_store"] = store
    assert open_sealed("person:a", "t", "c", "row", text) == "mine"
    store.renew("person:a", JULY)
    bare_app.extensions["key_store"] = KeyStore(path, OTHER, LOOKUP)
    assert open_sealed("person:a", "t", "c", "row", text) == "mine"


def test_a_look_up_finds_what_either_key_has_hashed(key_store: KeyStore) -> None:
    old = crypto.lookup_hash("sign-in", "rosa")
    key_store.lookup, key_store.old_lookup = MASTER, LOOKUP
    assert crypto.lookup_hashes("sign-in", "rosa") == [
        crypto.lookup_hash("sign-in", "rosa"),
        old,
    ]
