"""The chain over plain values: what is written down cannot be altered unseen."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.audit import rules

THEN = datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=UTC)


def chain(length: int) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    head = rules.START
    for number in range(1, length + 1):
        body: dict[str, Any] = {
            "subject": "person:x",
            "number": number,
            "verb": f"verb {number}",
            "by_person_id": number if number % 2 else None,
            "at": THEN + timedelta(minutes=number),
        }
        entry = {**body, "previous": head, "hash": rules.link(head, body)}
        entries.append(entry)
        head = str(entry["hash"])
    return entries


def test_a_chain_that_nobody_touched_verifies() -> None:
    assert rules.first_break(chain(6)) is None
    assert rules.first_break([]) is None


def test_the_same_moment_in_another_zone_is_the_same_entry() -> None:
    entries = chain(2)
    entries[0]["at"] = entries[0]["at"].astimezone(timezone(timedelta(hours=5)))

    assert rules.first_break(entries) is None


def changed(entries: list[dict[str, Any]], at: int) -> None:
    entries[at]["verb"] = "something else"


def deleted(entries: list[dict[str, Any]], at: int) -> None:
    del entries[at]


def swapped(entries: list[dict[str, Any]], at: int) -> None:
    entries[at], entries[at + 1] = entries[at + 1], entries[at]


def inserted(entries: list[dict[str, Any]], at: int) -> None:
    entries.insert(at, {**entries[at], "verb": "never done"})


def rewritten(entries: list[dict[str, Any]], at: int) -> None:
    """Changed with a fresh hash of its own, as somebody who knows the rule would."""
    entry = entries[at]
    entry["verb"] = "something else"
    body = {key: entry[key] for key in entry if key not in {"previous", "hash"}}
    entry["hash"] = rules.link(str(entry["previous"]), body)


@pytest.mark.parametrize("tamper", [changed, deleted, swapped, inserted, rewritten])
@given(at=st.integers(0, 6))
def test_whatever_is_done_to_the_middle_is_found(tamper: Any, at: int) -> None:
    entries = chain(9)

    tamper(entries, at)

    found = rules.first_break(entries)
    assert found is not None
    assert found >= at + 1
