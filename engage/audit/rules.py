from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from json import dumps

START = "0" * 64
Heads = Sequence[Sequence[str | int]]  # (subject, length, head), in order of subject
KEPT_YEARS = 2  # of who looked at somebody, and of that person's own log


def plain(entry: Mapping[str, object]) -> dict[str, object]:
    """An entry's values as they are hashed, and as JSON has them."""
    return {
        name: value.astimezone(UTC).isoformat(timespec="microseconds")
        if isinstance(value, datetime)
        else value
        for name, value in entry.items()
    }


def link(previous: str, entry: Mapping[str, object]) -> str:
    """The hash that chains an entry to the one before it, over all its values."""
    text = dumps([previous, plain(entry)], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def chain_break(
    entries: Sequence[Mapping[str, object]],
    length: int,
    head: str,
    forgotten: int = 0,
    anchor: str = START,
) -> int | None:
    """As `first_break`, and whether it ends where its head, kept apart, says."""
    broken = first_break(entries, forgotten, anchor)
    if broken is not None:
        return broken
    last = entries[-1]["hash"] if entries else anchor
    end = forgotten + len(entries)
    return None if (end, last) == (length, head) else end + 1


def mark(previous: str, heads: Heads) -> str:
    """One hash for the heads of all chains that grew, on top of the mark before."""
    text = dumps([previous, [list(each) for each in heads]], separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def first_break(
    entries: Sequence[Mapping[str, object]], forgotten: int = 0, anchor: str = START
) -> int | None:
    """The number of the first entry of one chain that does not verify, or None.

    Each entry has what `link` hashed, and its own `number`, `previous` and `hash`. Of
    those that are `forgotten` the hash of the last is left: the `anchor`.
    """
    previous = anchor
    for place, entry in enumerate(entries, forgotten + 1):
        body = {key: entry[key] for key in entry if key not in {"previous", "hash"}}
        wrong = entry["number"] != place or entry["previous"] != previous
        if wrong or entry["hash"] != link(previous, body):
            return place
        previous = str(entry["hash"])
    return None
