"""Copies of the database and, apart from them, of the keys; both closed, both dated."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

from engage.core import apart, crypto, vault
from engage.core.errors import N_, Refused
from engage.records import dumping

DATA_KEPT, KEYS_KEPT = timedelta(days=30), timedelta(days=7)
DATA, KEYS = ".data", ".keys"
STAMP = "%Y%m%dT%H%M%SZ"


def make(now: datetime) -> list[Path]:
    """A copy of the data and one of the keys; then old ones are deleted."""
    found = apart.places()
    if found is None:
        raise Refused(
            N_("Set BACKUP_PUBLIC_KEY, BACKUP_FOLDER and KEY_BACKUP_FOLDER first.")
        )
    stamp = now.astimezone(UTC).strftime(STAMP)
    data, keys = found.data / f"{stamp}{DATA}", found.keys / f"{stamp}{KEYS}"
    listed = apart.begin()
    with dumping.taken() as taken:
        head = {
            "at": now.isoformat(),
            "engine": dumping.engine_name(),
            "listed": listed,
            **taken.facts,
        }
        parts = chain([json.dumps(head).encode() + b"\n"], taken.parts)
        vault.put(found.public_key, parts, str(data))
    vault.put(found.public_key, [crypto.key_store().copy()], str(keys))
    prune(now)
    return [data, keys]


def prune(now: datetime) -> int:
    """Delete copies past their time, and what a copy that was cut off has left."""
    found = apart.places()
    if found is None:
        return 0
    gone = [
        path
        for folder, ending, kept in (
            (found.data, DATA, DATA_KEPT),
            (found.keys, KEYS, KEYS_KEPT),
        )
        for path in folder.glob(f"*{ending}*")
        if _is_over(path, kept, now)
    ]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _is_over(path: Path, kept: timedelta, now: datetime) -> bool:
    try:
        made = datetime.strptime(path.name.partition(".")[0], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return False
    cut_off = path.suffix == ".part" and made <= now - timedelta(days=1)
    return cut_off or made <= now - kept


def opened(private: bytes, path: Path) -> tuple[dict[str, Any], Iterator[bytes]]:
    """(what its first line says, the rest) of a copy of the data."""
    parts = vault.opened(private, BytesIO(path.read_bytes()))
    first, _, rest = next(parts).partition(b"\n")
    return json.loads(first), chain([rest], parts)


def opened_keys(private: bytes, path: Path) -> bytes:
    return b"".join(vault.opened(private, BytesIO(path.read_bytes())))
