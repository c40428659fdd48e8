"""docs/access.md, made of the policy's tables: `python -m engage.core.policy_page`."""

from collections.abc import Iterator
from pathlib import Path

from engage.core.policy import VIEWERS, Kind, Route, Rules, Table, read

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
HEAD = """# Who may see and change what

Made of `engage/core/policy_kinds.csv`, `policy_routes.csv` and `policy_tables.csv` by
`python -m engage.core.policy_page`. The program asks these tables, and the tests read
them. A route or a column without a line keeps the program from starting or its tests
from passing.

`r` read, `w` change, `a` add only, `-` nothing, `*` narrowed by the note.

**S** the person it is about, **P** a consultant on the same panel, **X** any other
consultant, **C0** coordinator of the inviting organization before an agreement, **C1**
while it lasts, **C2** after its end, **Co** coordinator of another organization, **F**
finance of the payer, **Fo** finance elsewhere, **Ad** administrator, **J** a job of the
worker, **Pub** signed out.
"""
KINDS = """
## Kinds of data

| Data | {} | Note |
|---|{}|---|
"""
COLUMNS = """
## Which columns each kind is

| Data | Columns |
|---|---|
"""
TABLES = """
## The wall

Reads of a page are narrowed to rows that are the viewer's own (`own`), of an
organization in which they coordinate (`place`), or of a payer for which they keep the
money (`payer`), as far as the kinds above give them a right. A path says how a row
leads there. Rows of `door` tables are also read before anybody is signed in.

| Table | own | place | payer | Wall |
|---|---|---|---|---|
"""
ROUTES = """
## Routes

`whose`: what the address is about must be one's own, of one's organization (`place`),
of one's payer (`payer`), of an organization that may use it (`use`); `all` and `none`:
it is nobody's.

| Route | Methods | Permissions | Whose | Shows | Changes |
|---|---|---|---|---|---|
"""


def render(rules: Rules) -> str:
    """The whole page."""
    heads = KINDS.format(" | ".join(VIEWERS), "|".join("---" for _ in VIEWERS))
    parts = [HEAD, heads, *map(_kind, rules.kinds.values()), COLUMNS]
    parts += [_columns(kind) for kind in rules.kinds.values() if kind.columns]
    parts += [TABLES, *map(_table, rules.tables.values())]
    parts += [ROUTES, *map(_route, rules.routes.values())]
    return "".join(parts)


def _row(cells: Iterator[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _kind(kind: Kind) -> str:
    return _row(iter([kind.data, *kind.rights.values(), kind.note]))


def _columns(kind: Kind) -> str:
    return _row(iter([kind.data, ", ".join(f"`{name}`" for name in kind.columns)]))


def _table(table: Table) -> str:
    ways = (table.own, table.place, table.payer)
    shown = [f"`{way}`" if way else "" for way in ways]
    return _row(iter([f"`{table.name}`", *shown, table.wall]))


def _route(route: Route) -> str:
    shows = ["every"] if route.is_copy else list(route.shows)
    return _row(
        iter(
            [
                f"`{route.endpoint}`",
                " ".join(sorted(route.methods)),
                ", ".join(sorted(route.permissions)) or "public",
                f"{' or '.join(sorted(route.whose))} {route.table}".strip(),
                ", ".join(shows),
                ", ".join(route.changes),
            ]
        )
    )


if __name__ == "__main__":
    PAGE.write_text(render(read()), encoding="utf-8")
