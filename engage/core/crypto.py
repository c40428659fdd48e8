"""Sealed text: AES-256-GCM under a key per subject, kept apart from the database."""

import base64
import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

SCHEME = b"\x01"
NONCE = 12


class SealBroken(Exception):
    """The text was altered, moved to another row, or its key was thrown away."""


class KeyStore:
    """Wrapped keys in a file of its own, left out of the database and its backups.

    A subject's key is made on first use, wrapped by the master key, and losing it
    erases every text sealed for that subject.
    """

    def __init__(self, path: Path, master: bytes, lookup: bytes) -> None:
        self.path = path
        self.lookup = lookup
        self._master = AESGCM(master)
        self._held: dict[str, bytes] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as store:
            store.execute(
                "CREATE TABLE IF NOT EXISTS wrapped_key"
                " (subject TEXT PRIMARY KEY, wrapped BLOB NOT NULL)"
            )
        path.chmod(0o600)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        store = sqlite3.connect(self.path, timeout=30)
        try:
            with store:
                yield store
        finally:
            store.close()

    def key(self, subject: str, *, make: bool) -> bytes:
        if subject not in self._held:
            self._held[subject] = self._unwrap(subject, make=make)
        return self._held[subject]

    def _unwrap(self, subject: str, *, make: bool) -> bytes:
        with self._open() as store:
            if make:
                nonce = os.urandom(NONCE)
                fresh = self._master.encrypt(
                    nonce, AESGCM.generate_key(256), subject.encode()
                )
                store.execute(
                    "INSERT OR IGNORE INTO wrapped_key VALUES (?, ?)",
                    (subject, nonce + fresh),
                )
            row = store.execute(
                "SELECT wrapped FROM wrapped_key WHERE subject = ?", (subject,)
            ).fetchone()
        if row is None:
            raise SealBroken(f"no key for {subject}")
        wrapped = bytes(row[0])
        return self._master.decrypt(wrapped[:NONCE], wrapped[NONCE:], subject.encode())

    def forget(self, subject: str) -> None:
        """Throw a subject's key away: its texts can never be read again."""
        self._held.pop(subject, None)
        with self._open() as store:
            store.execute("DELETE FROM wrapped_key WHERE subject = ?", (subject,))


def _store() -> KeyStore:
    store: KeyStore = current_app.extensions["key_store"]
    return store


def seal(subject: str, table: str, column: str, uid: str, text: str) -> bytes:
    """Encrypt for one subject ("person:uid"), bound to its table, column and row."""
    nonce = os.urandom(NONCE)
    bound = f"{table}.{column}:{uid}".encode()
    key = _store().key(subject, make=True)
    return SCHEME + nonce + AESGCM(key).encrypt(nonce, text.encode(), bound)


def open_sealed(subject: str, table: str, column: str, uid: str, sealed: bytes) -> str:
    """The text again; SealBroken when it was moved, altered or its key is gone."""
    bound = f"{table}.{column}:{uid}".encode()
    key = _store().key(subject, make=False)
    if sealed[:1] != SCHEME:
        raise SealBroken("unknown scheme")
    nonce, body = sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, body, bound).decode()
    except InvalidTag as broken:
        raise SealBroken(bound.decode()) from broken


def lookup_hash(kind: str, value: str) -> str:
    """A keyed hash for exact look-ups of what is otherwise sealed or secret."""
    message = f"{kind}:{value}".encode()
    return hmac.new(_store().lookup, message, hashlib.sha256).hexdigest()


def token_hash(token: str) -> str:
    """SHA-256 of a random token: enough, since the token has 256 bits itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """256 random bits, safe in a cookie."""
    return secrets.token_urlsafe(32)


def decode_key(text: str) -> bytes:
    """32 bytes from base64; ValueError when it is anything else."""
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("a key has 32 bytes")
    return key
