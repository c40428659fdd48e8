"""A closed file opens for the offline key alone, whole or not at all."""

import base64
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core import vault

PRIVATE, PUBLIC = (base64.b64decode(half) for half in vault.new_pair())


def closed(*parts: bytes) -> bytes:
    out = io.BytesIO()
    vault.close(PUBLIC, parts, out)
    return out.getvalue()


def opened(data: bytes, private: bytes = PRIVATE) -> bytes:
    return b"".join(vault.opened(private, io.BytesIO(data)))


@pytest.mark.parametrize(
    "size", [0, 1, 9, vault.PIECE - 1, vault.PIECE, 2 * vault.PIECE]
)
def test_what_was_closed_comes_back(size: int) -> None:
    text = bytes(range(256)) * (size // 256 + 1)
    assert opened(closed(text[: size // 2], b"", text[size // 2 : size])) == text[:size]


def test_another_key_does_not_open_it() -> None:
    other = base64.b64decode(vault.new_pair()[0])
    with pytest.raises(vault.CannotOpen):
        opened(closed(b"text"), other)


@given(st.data())
def test_one_changed_bit_anywhere_is_found(data: st.DataObject) -> None:
    sealed = bytearray(closed(b"some text to alter"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(vault.CannotOpen):
        opened(bytes(sealed))


def test_pieces_that_are_missing_cut_or_changed_about_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vault, "PIECE", 10)
    whole = closed(b"a" * 10, b"b" * 10, b"c" * 10)
    head, size = len(vault.MARK) + 32, 4 + 10 + vault.TAG
    first, second = (whole[head + at * size : head + (at + 1) * size] for at in (0, 1))
    third = whole[head + 2 * size :]
    start = whole[:head]
    assert opened(start + first + second + third) == b"a" * 10 + b"b" * 10 + b"c" * 10
    for wrong in (
        start + first + second,
        start + first + third,
        start + second + first + third,
        start + first + second + third[:-1],
        start + first + second + third + third,
        start,
        b"",
    ):
        with pytest.raises(vault.CannotOpen):
            opened(wrong)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def breaking():  # type: ignore[no-untyped-def]
        yield b"begun"
        raise OSError("the disk is full")

    path = tmp_path / "20260101T000000Z.data"
    with pytest.raises(OSError, match="full"):
        vault.put(PUBLIC, breaking(), str(path))
    assert not path.exists()
    vault.put(PUBLIC, [b"text"], str(path))
    assert path.stat().st_mode & 0o077 == 0
    assert opened(path.read_bytes()) == b"text"
