"""Everything there is about one person, opened for them alone; stored nowhere."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from engage.audit.actions import record
from engage.core import clock
from engage.core.db import Base, db, transaction
from engage.funding.models import FundingLine
from engage.notices.models import Notice
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.models import Panel
from engage.people.models import Person
from engage.people.rules import PersonKind
from engage.records import seals, whose
from engage.records.copy_words import WORDS

Only = Mapping[Any, sa.ColumnElement[bool]]
Value = str | int | bool | None | list[Any] | dict[str, Any]

# Keys to locks, which open something for whoever reads them, or say nothing.
HELD_BACK: Mapping[str, str] = {
    "id": "a row's number",
    "password_hash": "what a password is checked by",
    "sign_in_hash": "what a sign-in name is found by",
    "token_hash": "what a browser is known by",
    "account_hash": "what a payment account is found by",
    "code_hash": "what a printed code is found by",
    "first_hash": "what half a code is found by",
    "second_hash": "what half a code is found by",
    "seed_sealed": "what an app makes its codes from",
    "credential_id": "what a passkey is known by",
    "public_key": "what a passkey is checked by",
    "import_key": "tells a row that was brought in from one that comes again",
}
# Plain numbers that point at a row without saying so.
POINTS: Mapping[str, type[Base]] = {
    "by_person_id": Person,
    "funding_line_id": FundingLine,
    "organization_id": Organization,
}
NAMED: Mapping[str, Any] = {
    "organization": Organization.name,
    "opportunity": Opportunity.title,
    "panel": Panel.name,
    "funding_line": FundingLine.name,
}


def about(person: Person) -> dict[str, list[dict[str, Value]]]:
    """Every row of the person's own by table, in words and values that can be read."""
    # What is kept back for a later day would tell what may not be known before it.
    return some(person, whose.OWN, only={Notice: Notice.created_at <= clock.now()})


def some(
    person: Person,
    models: Iterable[type[Base]],
    *,
    only: Only = MappingProxyType({}),
    without: frozenset[str] = frozenset(),
) -> dict[str, list[dict[str, Value]]]:
    """The same of these tables alone, of rows that fit `only`, less some columns."""
    names = _Names(person)
    found = {}
    for model in models:
        which = sa.and_(whose.OWN[model](person), only.get(model, sa.true()))
        rows = [_read(model, row, names, without) for row in _rows(model, which)]
        if rows:
            found[model.__tablename__] = rows
    return found


def note(*, by: Person, now: datetime) -> None:
    """That a copy was made stands in the person's own log, and nowhere else."""
    thing = f"person:{by.uid}"
    with transaction():
        record("copy.made", subject=by.subject, thing=thing, by=by, now=now)


def is_shown(table: str, name: str) -> bool:
    """Is it about the person, or named by a word, so that the page has it too?"""
    keys = {name, f"{name}_id", f"{name}_sealed"}
    model = next(each for each in whose.OWN if each.__tablename__ == table)
    about: frozenset[str] = model.__dict__["ABOUT_A_PERSON"]
    return bool(keys & about) or name in WORDS


def _rows(model: type[Base], which: sa.ColumnElement[bool]) -> Iterator[Any]:
    table = sa.inspect(model).local_table
    query = sa.select(*table.columns).where(which)
    yield from db.session.execute(query.order_by(*sa.inspect(model).primary_key))


def _read(
    model: type[Base], row: Any, names: "_Names", without: frozenset[str]
) -> dict[str, Value]:
    table = sa.inspect(model).local_table
    return {
        column.key.removesuffix("_sealed").removesuffix("_id"): _value(
            model, column, row, names
        )
        for column in table.columns
        if column.key not in HELD_BACK and column.key not in without
    }


def _value(model: type[Base], column: Any, row: Any, names: "_Names") -> Value:
    value = getattr(row, column.key)
    if value is None:
        return None
    if column.key.endswith("_sealed"):
        seal = seals.BY_COLUMN[model.__tablename__, column.key]
        return seals.text_of(seal, getattr(row, seal.key.key))
    pointed = _pointed(column)
    if pointed is not None:
        return names.of(pointed, value)
    return plain(value)


def _pointed(column: Any) -> Any:
    """The table that a number points at, said by a foreign key or by its name."""
    for key in column.foreign_keys:
        return key.column.table
    model = POINTS.get(column.key)
    return None if model is None else sa.inspect(model).local_table


def plain(value: Any) -> Value:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str | int | bool | list | dict):
        return value
    return str(value)


class _Names:
    """What a number of another row is called; of another consultant nothing at all."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.known: dict[tuple[str, int], str] = {}

    def of(self, table: sa.Table, number: int) -> str:
        key = (table.name, number)
        if key not in self.known:
            self.known[key] = self._read(table, number)
        return self.known[key]

    def _read(self, table: sa.Table, number: int) -> str:
        if table.name == "person":
            return self._person(number)
        label = NAMED.get(table.name, table.columns.get("uid"))
        if label is None:
            return str(number)
        found = db.session.scalar(sa.select(label).where(table.columns.id == number))
        return str(found or "")

    def _person(self, number: int) -> str:
        if number == self.person.id:
            return "you"
        kind, name = db.session.execute(
            sa.select(Person.kind, Person.staff_name).where(Person.id == number)
        ).one()
        return str(name) if kind is PersonKind.STAFF else "somebody"
