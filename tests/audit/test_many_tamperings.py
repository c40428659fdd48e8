"""Ten thousand random tamperings, over entries in memory: each one is found."""

import random
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from engage.audit import rules

ROUNDS = 10_000
THEN = datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=UTC)
Entries = list[dict[str, Any]]
VERBS = ("hours.open", "engagement.open", "name.open", "hours.approve", "payout.open")
COLUMNS = ("kind", "verb", "thing", "by_person_id", "by_role", "organization_id", "at")


def chain(chance: random.Random) -> Entries:
    entries: Entries = []
    head = rules.START
    for number in range(1, chance.randint(4, 9)):
        verb = chance.choice(VERBS)
        body = {
            "subject": "person:x",
            "number": number,
            "kind": "look" if verb.endswith("open") else "act",
            "verb": verb,
            "thing": f"hours_entry:{chance.randint(1, 99)}",
            "by_person_id": chance.choice([None, 3, 4, 5]),
            "by_role": chance.choice(["coordinator", "finance"]),
            "organization_id": chance.choice([None, 1, 2]),
            "at": THEN + timedelta(minutes=number, microseconds=chance.randint(0, 9)),
        }
        hashed = rules.link(head, body)
        entries.append({**body, "previous": head, "hash": hashed})
        head = hashed
    return entries


def fresh_hash(entry: dict[str, Any]) -> str:
    body = {key: entry[key] for key in entry if key not in {"previous", "hash"}}
    return rules.link(str(entry["previous"]), body)


def change(entries: Entries, chance: random.Random) -> None:
    entry, column = chance.choice(entries), chance.choice(COLUMNS)
    if column == "at":
        entry["at"] += timedelta(microseconds=chance.choice([-1, 1, 60_000_000]))
    elif column in {"by_person_id", "organization_id"}:
        entry[column] = chance.choice(
            [each for each in (None, 1, 2, 7) if each != entry[column]]
        )
    else:
        entry[column] = f"{entry[column]}x"
    if chance.random() < 0.5:
        entry["hash"] = fresh_hash(entry)  # by somebody who knows the rule


def delete(entries: Entries, chance: random.Random) -> None:
    del entries[chance.randrange(len(entries))]
    if chance.random() < 0.5:
        renumber(entries)


def renumber(entries: Entries) -> None:
    for number, entry in enumerate(entries, 1):
        entry["number"] = number


def swap(entries: Entries, chance: random.Random) -> None:
    one, other = chance.sample(range(len(entries)), 2)
    entries[one], entries[other] = entries[other], entries[one]
    if chance.random() < 0.5:
        renumber(entries)


def insert(entries: Entries, chance: random.Random) -> None:
    place = chance.randint(0, len(entries))
    previous = entries[place - 1]["hash"] if place else rules.START
    new = {**chance.choice(entries), "verb": "never.done", "previous": previous}
    entries.insert(place, new)
    renumber(entries)
    new["hash"] = fresh_hash(new)


def cut(entries: Entries, chance: random.Random) -> None:
    del entries[-chance.randint(1, len(entries)) :]


TAMPERINGS = [change, delete, swap, insert, cut]


def found(
    rounds: int, verify: Callable[[Entries, int, str], int | None]
) -> dict[str, int]:
    """How many of each kind were found, in so many rounds over all kinds."""
    chance = random.Random(2026)
    whole = [chain(chance) for _ in range(60)]
    counts = dict.fromkeys((each.__name__ for each in TAMPERINGS), 0)
    for number in range(rounds):
        tamper = TAMPERINGS[number % len(TAMPERINGS)]
        right = chance.choice(whole)
        altered = deepcopy(right)
        tamper(altered, chance)
        broken = verify(altered, len(right), right[-1]["hash"])
        counts[tamper.__name__] += broken is not None
    return counts


def test_ten_thousand_tamperings_are_found_ten_thousand_times() -> None:
    counts = found(ROUNDS, rules.chain_break)

    assert sum(counts.values()) == ROUNDS
    assert set(counts.values()) == {ROUNDS // len(TAMPERINGS)}


def test_what_nobody_touched_is_never_called_broken() -> None:
    chance = random.Random(7)
    for _ in range(200):
        entries = chain(chance)
        assert rules.chain_break(entries, len(entries), entries[-1]["hash"]) is None


def test_control_without_hashing_some_are_missed() -> None:
    """A verifier that looks at numbers and links, and believes every hash."""

    def believed(entries: Entries, length: int, head: str) -> int | None:
        for place, entry in enumerate(entries, 1):
            previous = entries[place - 2]["hash"] if place > 1 else rules.START
            if (entry["number"], entry["previous"]) != (place, previous):
                return place
        ends = entries[-1]["hash"] if entries else rules.START
        return None if (len(entries), ends) == (length, head) else length

    counts = found(1_000, believed)

    assert counts["change"] < 1_000 // len(TAMPERINGS)
    assert sum(counts.values()) < 1_000


def test_control_without_the_head_a_cut_tail_is_missed() -> None:
    counts = found(1_000, lambda entries, _length, _head: rules.first_break(entries))

    assert counts["cut"] == 0
