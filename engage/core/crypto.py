"""Sealed text: AES-256-GCM under a key per subject, kept apart from the database."""

import base64
import hashlib
import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from engage.core.key_store import NONCE, SealBroken
from engage.core.key_store import KeyStore as KeyStore

FIRST = b"\x01"  # sealed by a subject's first key, which had no number then
SCHEME = b"\x02"  # then the key's number in two bytes, the nonce, the text


def key_store() -> KeyStore:
    """This installation's, as the settings say."""
    store: KeyStore = current_app.extensions["key_store"]
    return store


def seal(subject: str, table: str, column: str, uid: str, text: str) -> bytes:
    """Encrypt for one subject ("person:uid"), bound to its table, column and row."""
    nonce = os.urandom(NONCE)
    bound = f"{table}.{column}:{uid}".encode()
    number, key = key_store().newest(subject, make=True)
    named = SCHEME + number.to_bytes(2) + nonce
    return named + AESGCM(key).encrypt(nonce, text.encode(), bound)


def open_sealed(subject: str, table: str, column: str, uid: str, sealed: bytes) -> str:
    """The text again; SealBroken when it was moved, altered or its key is gone."""
    bound = f"{table}.{column}:{uid}".encode()
    number, start = key_number(sealed)
    key = key_store().key(subject, number)
    nonce, body = sealed[start : start + NONCE], sealed[start + NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, body, bound).decode()
    except InvalidTag as broken:
        raise SealBroken(bound.decode()) from broken


def key_number(sealed: bytes) -> tuple[int, int]:
    """(number of the subject's key that sealed it, where its nonce begins)."""
    if sealed[:1] == FIRST:
        return 0, 1
    if sealed[:1] != SCHEME or len(sealed) < 3:
        raise SealBroken("unknown scheme")
    return int.from_bytes(sealed[1:3]), 3


def lookup_hash(kind: str, value: str) -> str:
    """A keyed hash for exact look-ups of what is otherwise sealed or secret."""
    return _hash(key_store().lookup, kind, value)


def lookup_hashes(kind: str, value: str) -> list[str]:
    """Every hash it may be kept under while the look-up key is changed, newest first.

    Look for all of them; write `lookup_hash`.
    """
    store = key_store()
    return [_hash(key, kind, value) for key in (store.lookup, store.old_lookup) if key]


def _hash(key: bytes, kind: str, value: str) -> str:
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


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
