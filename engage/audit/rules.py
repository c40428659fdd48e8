from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from json import dumps

START = "0" * 64


def link(previous: str, entry: Mapping[str, object]) -> str:
    """The hash that chains an entry to the one before it, over all its values."""
    plain = {
        name: value.astimezone(UTC).isoformat(timespec="microseconds")
        if isinstance(value, datetime)
        else value
        for name, value in entry.items()
    }
    text = dumps([previous, plain], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def first_break(entries: Sequence[Mapping[str, object]]) -> int | None:
    """The number of the first entry of one chain that does not verify, or None.

    Each entry has what `link` hashed, and its own `number`, `previous` and `hash`.
    """
    previous = START
    for place, entry in enumerate(entries, 1):
        body = {key: entry[key] for key in entry if key not in {"previous", "hash"}}
        wrong = entry["number"] != place or entry["previous"] != previous
        if wrong or entry["hash"] != link(previous, body):
            return place
        previous = str(entry["hash"])
    return None
