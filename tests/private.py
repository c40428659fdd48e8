"""Which columns are about a person, and which text may be read: said here or there."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from tests.house import FLOORS

# Columns of tables with a person that say nothing about them.
NOT_ABOUT: dict[str, frozenset[str]] = {
    "alias": frozenset({"organization_id", "is_open", "is_listed"}),
    "audit_chain": frozenset({"length", "head"}),
    "audit_entry": frozenset(
        {"number", "kind", "verb", "thing", "by_role", "organization_id", "at"}
    )
    | {"previous", "hash"},
    "kept_text": frozenset({"kept_at"}),
    "membership": frozenset({"organization_id", "ended_on"}),
    "notice": frozenset({"created_at", "mail", "tries", "next_try_at"}),
    "sign_in": frozenset({"token_hash"}),
}

HOUSE_WORDS = "one of our own words, or an id or hash"
OWN_WORK = "what an organization wrote about its work"
# Text that may be read although a person is in the row, and why.
READABLE: dict[str, dict[str, str]] = {
    "alias": {
        "name": "a neutral name, made up by us or by whoever bears it",
        "topics": "chosen from our list",
        "languages": "chosen from our list",
    },
    "audit_chain": {"subject": HOUSE_WORDS, "head": HOUSE_WORDS},
    "audit_entry": dict.fromkeys(
        ("subject", "kind", "verb", "thing", "by_role", "previous", "hash"), HOUSE_WORDS
    ),
    "kept_text": {"path": "an address of ours"},
    "membership": {"role": HOUSE_WORDS},
    "notice": {"kind": HOUSE_WORDS, "values": "uids, minutes and days"},
    "person": {
        "language": HOUSE_WORDS,
        "password_hash": HOUSE_WORDS,
        "sign_in_hash": HOUSE_WORDS,
        "staff_name": "consultants are shown it; consultants themselves have none",
        "zone": "a time zone, needed to find what is due",
    },
    "sign_in": {"token_hash": HOUSE_WORDS},
    "training_record": {"title": "about members of staff, shown to posters"},
}
ALWAYS = frozenset({"id", "uid", "version"})


def tables(mappers: Iterable[Mapper[Any]]) -> list[tuple[type, sa.Table]]:
    found = [(each.class_, each.local_table) for each in mappers]
    return sorted(found, key=lambda pair: str(pair[1].key))  # type: ignore[misc]


def feature(model: type) -> str:
    return model.__module__.split(".")[1]


def upward_keys(mappers: Iterable[Mapper[Any]]) -> list[str]:
    """Foreign keys that point to a floor above their own."""
    pairs = tables(mappers)
    floor = {table.name: FLOORS.index(feature(model)) for model, table in pairs}
    return [
        f"{table.name}.{key.parent.name} points up to {key.column.table.name}"
        for _, table in pairs
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
        if floor[key.column.table.name] > floor[table.name]
    ]


def has_person(table: sa.Table) -> bool:
    """Is there a person in the row, by foreign key or as a plain id?"""
    return table.name == "person" or any(
        column.name.endswith(("person_id", "_by_id", "subject"))
        or any(key.column.table.name == "person" for key in column.foreign_keys)
        for column in table.columns
    )


def unlisted(mappers: Iterable[Mapper[Any]]) -> list[str]:
    """Columns that neither their model nor this file speaks of; names that are gone."""
    found = []
    for model, table in tables(mappers):
        listed = model.__dict__.get("ABOUT_A_PERSON")
        if listed is None:
            found.append(f"{table.name} says nothing in ABOUT_A_PERSON")
            continue
        known = {column.key for column in table.columns}
        gone = (listed | NOT_ABOUT.get(table.name, frozenset())) - known
        found += [f"{table.name}.{name} is listed and does not exist" for name in gone]
        if listed or has_person(table):
            silent = known - listed - NOT_ABOUT.get(table.name, frozenset()) - ALWAYS
            found += [f"{table.name}.{name} is not listed" for name in silent]
    return sorted(found)


def plain_texts(mappers: Iterable[Mapper[Any]]) -> list[str]:
    """Text that can be read in a row with a person, and seals that are not bytes."""
    found = []
    for _, table in tables(mappers):
        readable = READABLE.get(table.name, {})
        for column in table.columns:
            if column.name.endswith("_sealed"):
                if not isinstance(column.type, sa.LargeBinary):
                    found.append(f"{table.name}.{column.name} is sealed and not bytes")
            elif is_text(column) and has_person(table) and column.name not in readable:
                found.append(f"{table.name}.{column.name} can be read")
    return sorted(found)


def is_text(column: sa.Column[Any]) -> bool:
    """Free text; an enum is none, since its words are ours; a uid is ours too."""
    text = isinstance(column.type, sa.String | sa.JSON)
    return text and not isinstance(column.type, sa.Enum) and column.name != "uid"
