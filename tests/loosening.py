"""Each line of the policy made wider by one step, and the nets that must catch it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from engage.core import policy_check
from engage.core.access import GRANTS, Role
from engage.core.policy import VIEWERS, Kind, Route, Rules
from tests import matrix
from tests.matrix import Cell


class Loose(NamedTuple):
    """`endpoint` is the route that a line is of; a kind's line is of no one route."""

    what: str
    rules: Rules
    endpoint: str = ""


def lines(rules: Rules) -> Iterator[Loose]:
    """Every right that somebody lacks, every role and every "whose" of a route."""
    for kind in rules.kinds.values():
        for viewer in VIEWERS:
            for right in ("r", "w"):
                if not kind.may(viewer, right):
                    yield _kind(rules, kind, viewer, right)
    for route in rules.routes.values():
        if not route.is_public:
            yield from _routes(rules, route)


def _kind(rules: Rules, kind: Kind, viewer: str, right: str) -> Loose:
    now = kind.rights[viewer].removesuffix("*").replace("-", "")
    wider = "".join(sorted({*now, right}))
    new = replace(kind, rights={**kind.rights, viewer: wider})
    kinds = {**rules.kinds, kind.name: new}
    return Loose(f"{kind.name}: {viewer} {right}", rules._replace(kinds=kinds))


def _routes(rules: Rules, route: Route) -> Iterator[Loose]:
    for role in Role:
        own = GRANTS[role] - {each for one in route.roles for each in GRANTS[one]}
        if role not in route.roles and own:
            wider = replace(route, permissions=route.permissions | own)
            yield _with(rules, wider, f"also {role}")
    yield _with(rules, replace(route, permissions=frozenset()), "public")
    # Whose a list is, no address says: the canaries tell what stands in it.
    is_open = not route.table or rules.tables[route.table].own == "*"
    if not is_open and not route.whose & {"all", "none"}:
        yield _with(rules, replace(route, whose=route.whose | {"all"}), "of all")


def _with(rules: Rules, route: Route, what: str) -> Loose:
    routes = {**rules.routes, route.endpoint: route}
    return Loose(
        f"{route.endpoint}: {what}", rules._replace(routes=routes), route.endpoint
    )


def refused_at_start(loose: Loose, before: Rules) -> bool:
    """Does the program not start with it? Its own decorators differ, or two tables."""
    if policy_check.problems(loose.rules):
        return True
    if not loose.endpoint:
        return False
    said, now = before.routes[loose.endpoint], loose.rules.routes[loose.endpoint]
    return said.permissions != now.permissions


def seen_by_cells(loose: Loose, answers: Mapping[Cell, int]) -> set[str]:
    """Pages it promises to somebody who never got one, whatever they tried."""
    return unkept(loose.rules, answers)


def unkept(rules: Rules, answers: Mapping[Cell, int]) -> set[str]:
    """Route, method and point of view that the rules open, and that never opened."""
    found: dict[str, bool] = {}
    for cell, code in answers.items():
        if not cell.route.is_public and matrix.expected(rules, cell) == "page":
            name = f"{cell.method} {cell.route.endpoint} as {cell.looker.point}"
            found[name] = found.get(name, False) or code != 404
    return {name for name, opened in found.items() if not opened}


def about(loose: Loose, answers: Mapping[Cell, int]) -> dict[Cell, int]:
    """The answers that a line has a say in."""
    if loose.endpoint:
        names = {loose.endpoint}
    else:
        kind = loose.what.partition(":")[0]
        routes = loose.rules.routes.values()
        names = {each.endpoint for each in routes if kind in each.shows + each.changes}
    return {
        cell: code for cell, code in answers.items() if cell.route.endpoint in names
    }
