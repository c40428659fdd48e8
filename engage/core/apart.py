"""The list of what must never come back, in a file that only grows.

It is kept apart from the database and its backups. After a restore it says what was
erased, closed or withdrawn since, to do it again.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from flask import current_app

from engage.core import crypto


class Line(NamedTuple):
    """`what` is a word of the feature that wrote it; `uid` names the thing."""

    at: datetime
    what: str
    uid: str


class Places(NamedTuple):
    """Where copies of the data and of the keys go, and who may open them."""

    public_key: bytes
    data: Path
    keys: Path


def places() -> Places | None:
    """By the settings; None where no copies are made."""
    found = current_app.config["SETTINGS"]
    if not (
        found.backup_public_key and found.backup_folder and found.key_backup_folder
    ):
        return None
    return Places(found.backup_public_key, found.backup_folder, found.key_backup_folder)


def path() -> Path:
    """Where the settings say, else beside the key store."""
    named: Path | None = current_app.config["SETTINGS"].erasure_list
    return named or crypto.key_store().path.with_suffix(".erasures")


def note(what: str, uid: str, *, now: datetime) -> None:
    """Write it down for good, before it is done: doing it twice does no harm."""
    said = json.dumps({"at": now.isoformat(), "what": what, "uid": uid})
    line = f"{said}\n".encode()
    with _appending() as out:
        size = os.fstat(out).st_size
        if size and os.pread(out, 1, size - 1) != b"\n":
            line = b"\n" + line  # after a line cut short, which would swallow this one
        if os.write(out, line) != len(line):
            raise OSError("the list of what was erased could not be written")
        os.fsync(out)


@contextmanager
def _appending() -> Iterator[int]:
    opened = os.open(path(), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        yield opened
    finally:
        os.close(opened)


def begin() -> int:
    """There is a list from now on, also an empty one; how many lines it has."""
    with _appending():
        return len(list(lines()))


def lines() -> Iterator[Line]:
    """Everything on it, the oldest first; a line cut short by a crash is left out."""
    if not path().exists():
        return
    for text in path().read_text().splitlines():
        try:
            found = json.loads(text)
            yield Line(datetime.fromisoformat(found["at"]), found["what"], found["uid"])
        except (ValueError, KeyError):
            continue
