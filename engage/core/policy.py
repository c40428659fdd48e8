"""Who may see and change what: three tables of data that code asks and tests read.

`policy_kinds.csv`: every kind of data, each viewer's right to it, the columns it is.
`policy_tables.csv`: from a table's row to whose it is, and whether reads are walled.
`policy_routes.csv`: every route, who may use it, on whose things, what it shows.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from engage.core.access import GRANTS, Permission, Role

FOLDER = Path(__file__).parent
VIEWERS = ("S", "P", "X", "C0", "C1", "C2", "Co", "F", "Fo", "Ad", "J", "Pub")
RIGHTS = {"-", "r", "w", "a", "rw", "ra"}
# As whom a role meets what is not its own.
AS_STAFF: dict[Role, tuple[str, ...]] = {
    Role.CONSULTANT: ("S", "P", "X"),
    Role.COORDINATOR: ("C0", "C1", "C2"),
    Role.FINANCE: ("F",),
    Role.ADMINISTRATOR: ("Ad",),
}
WHOSE = {"own", "place", "payer", "use", "all", "none"}
EVERY = "every"  # a copy of all that is one's own


@dataclass(frozen=True)
class Kind:
    """One row of the matrix: a star at a right means that `note` narrows it."""

    name: str
    data: str
    rights: Mapping[str, str]
    columns: tuple[str, ...]
    note: str

    def may(self, viewer: str, right: str) -> bool:
        return right in self.rights[viewer].removesuffix("*")

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(column.partition(".")[0] for column in self.columns)


@dataclass(frozen=True)
class Table:
    """Ways from a row to whose it is: columns, dotted where a key is followed."""

    name: str
    own: str
    place: str
    payer: str
    use: str
    wall: str

    @property
    def is_walled(self) -> bool:
        return self.wall in {"yes", "door"}


@dataclass(frozen=True)
class Route:
    """An endpoint; `whose` are the ways by which what it is about must be one's own."""

    endpoint: str
    methods: frozenset[str]
    permissions: frozenset[Permission]
    whose: frozenset[str]
    table: str
    shows: tuple[str, ...]
    changes: tuple[str, ...]
    is_copy: bool = False

    @property
    def is_public(self) -> bool:
        return not self.permissions

    @property
    def roles(self) -> list[Role]:
        return [role for role in Role if GRANTS[role] & self.permissions]

    def viewers(self, role: Role | None) -> tuple[str, ...]:
        """As whom this role meets what the route shows; None is signed out."""
        if role is None:
            return ("Pub",)
        return ("S",) if self.whose == {"own"} else AS_STAFF[role]


class Rules(NamedTuple):
    kinds: Mapping[str, Kind]
    tables: Mapping[str, Table]
    routes: Mapping[str, Route]


@dataclass
class Book:
    """The rules in force; a test may put others here to see that they are asked."""

    rules: Rules
    version: int = field(default=0)

    def put(self, rules: Rules) -> None:
        self.rules, self.version = rules, self.version + 1


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def read() -> Rules:
    """The three files as they stand."""
    kinds = {row["kind"]: _kind(row) for row in _rows("policy_kinds.csv")}
    tables = {row["table"]: _table(row) for row in _rows("policy_tables.csv")}
    routes = {
        row["endpoint"]: _route(row, list(kinds)) for row in _rows("policy_routes.csv")
    }
    return Rules(kinds, tables, routes)


def _kind(row: Mapping[str, str]) -> Kind:
    rights = {viewer: row[viewer] for viewer in VIEWERS}
    columns = tuple(row["columns"].split())
    return Kind(row["kind"], row["data"], rights, columns, row["note"])


def _table(row: Mapping[str, str]) -> Table:
    ways = [row[way] for way in ("own", "place", "payer", "use", "wall")]
    return Table(row["table"], *ways)


def _route(row: Mapping[str, str], kinds: list[str]) -> Route:
    permissions = row["permissions"].split()
    shows = row["shows"].split()
    return Route(
        row["endpoint"],
        frozenset(row["methods"].split()),
        frozenset(Permission(each) for each in permissions if each != "public"),
        frozenset(row["whose"].split()),
        row["table"],
        tuple(kinds if shows == [EVERY] else shows),
        tuple(row["changes"].split()),
        is_copy=shows == [EVERY],
    )


book = Book(read())


def permissions(endpoint: str) -> frozenset[Permission]:
    """Which permissions open a route; a route without an entry is open to nobody."""
    found = book.rules.routes.get(endpoint)
    return found.permissions if found else frozenset()


def owners(rules: Rules) -> dict[str, list[Kind]]:
    """Which kinds each table holds something of."""
    found: dict[str, list[Kind]] = {}
    for kind in rules.kinds.values():
        for table in kind.tables:
            found.setdefault(table, []).append(kind)
    return found
