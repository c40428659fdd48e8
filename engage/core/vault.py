"""Files that anybody may close and only the offline key opens.

X25519 with a key of its own for each file, HKDF-SHA256, then ChaCha20-Poly1305 in
pieces. A piece says by its nonce which one it is and whether it is the last: pieces
that are missing, moved or cut off are found.
"""

import base64
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MARK = b"CLOSED1\n"
PIECE = 1 << 20
TAG = 16


class CannotOpen(Exception):
    """Another key, or a file that was altered or cut off."""


def new_pair() -> tuple[str, str]:
    """(private, public) in base64; the private half belongs on no server."""
    private = X25519PrivateKey.generate()
    halves = private.private_bytes_raw(), private.public_key().public_bytes_raw()
    return base64.b64encode(halves[0]).decode(), base64.b64encode(halves[1]).decode()


def close(public: bytes, parts: Iterable[bytes], out: BinaryIO) -> None:
    """Write everything closed for the holder of the private half."""
    once = X25519PrivateKey.generate()
    mine = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    cipher = ChaCha20Poly1305(_derived(shared, mine, public))
    out.write(MARK + mine)
    for number, (piece, is_last) in enumerate(_pieces(parts)):
        sealed = cipher.encrypt(_nonce(number, is_last), piece, MARK)
        out.write(len(sealed).to_bytes(4) + sealed)


def opened(private: bytes, closed: BinaryIO) -> Iterator[bytes]:
    """The pieces again, in order; CannotOpen as soon as one does not fit."""
    if closed.read(len(MARK)) != MARK:
        raise CannotOpen("this is not a file of this kind")
    theirs, key = closed.read(32), X25519PrivateKey.from_private_bytes(private)
    shared = key.exchange(X25519PublicKey.from_public_bytes(theirs))
    mine = key.public_key().public_bytes_raw()
    cipher = ChaCha20Poly1305(_derived(shared, theirs, mine))
    number, sealed = 0, _next(closed)
    while sealed is not None:
        after = _next(closed)
        try:
            yield cipher.decrypt(_nonce(number, after is None), sealed, MARK)
        except InvalidTag as broken:
            raise CannotOpen("another key, or the file was altered") from broken
        number, sealed = number + 1, after
    if number == 0:
        raise CannotOpen("the file is empty")


def _next(closed: BinaryIO) -> bytes | None:
    size = closed.read(4)
    if not size:
        return None
    length = int.from_bytes(size)
    sealed = closed.read(length)
    if len(size) < 4 or length > PIECE + TAG or len(sealed) < length:
        raise CannotOpen("the file was cut off")
    return sealed


def _derived(shared: bytes, once: bytes, public: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=once + public, info=b"engage backup").derive(shared)


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11) + bytes([is_last])


def _pieces(parts: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in pieces of one size, each with whether it is the last."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > PIECE:
            yield bytes(waiting[:PIECE]), False
            del waiting[:PIECE]
    yield bytes(waiting), True


def put(public: bytes, parts: Iterable[bytes], path: str) -> None:
    """Close into a file that appears whole or not at all, for its owner's eyes."""
    part = f"{path}.part"
    opened_ = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened_, "wb") as out:
        close(public, parts, out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, path)
