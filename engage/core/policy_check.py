"""Where the policy's tables contradict each other or the program: nothing starts then.

Each sentence says which line of which file to write or to change.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, cast

from engage.core.access import Role
from engage.core.policy import RIGHTS, WHOSE, Kind, Route, Rules, book


def differences(endpoint: str, methods: Collection[str], access: object) -> list[str]:
    """How a route of the program differs from its line, and the line to write."""
    if access is None:
        return [f"{endpoint} says nobody may use it: give it @requires or @public"]
    said = frozenset() if access == "public" else frozenset(cast(Any, access))
    line = book.rules.routes.get(endpoint)
    if line and (line.methods, line.permissions) == (frozenset(methods), said):
        return []
    words = " ".join(sorted(said)) or "public"
    return [
        f"{endpoint}: write into engage/core/policy_routes.csv a line that begins"
        f" {endpoint},{' '.join(sorted(methods))},{words}, then whose"
        " (own, place, payer, all, none), the table that a <uid> names, the kinds"
        " it shows and those it changes (names as in policy_kinds.csv)"
    ]


def problems(rules: Rules) -> list[str]:
    """What in the tables contradicts itself; each sentence says what to change."""
    return [
        *_kind_problems(rules),
        *_stranger_problems(rules),
        *_route_problems(rules),
        *_unused(rules),
    ]


def _kind_problems(rules: Rules) -> Iterator[str]:
    seen: dict[str, str] = {}
    for kind in rules.kinds.values():
        for viewer, right in kind.rights.items():
            if right.removesuffix("*") not in RIGHTS:
                yield f"policy_kinds.csv: {kind.name} says {right!r} for {viewer}"
            if right.endswith("*") and not kind.note:
                yield f"policy_kinds.csv: {kind.name} has a star and no note"
        for column in sorted(kind.columns):
            if column in seen:
                yield f"policy_kinds.csv: {column} is {seen[column]} and {kind.name}"
            seen[column] = kind.name
        yield from _ways_missing(kind, rules)


def _stranger_problems(rules: Rules) -> Iterator[str]:
    """Rights of who has nothing to do with a row, and to what is nowhere stored."""
    shown = {
        name
        for route in rules.routes.values()
        if not route.is_copy
        for name in route.shows + route.changes
    }
    for kind in rules.kinds.values():
        for viewer in ("P", "X", "Co", "Fo"):
            if kind.rights[viewer] not in {"-", "-*", "r*"}:
                yield (
                    f"policy_kinds.csv: {kind.name} gives a stranger, {viewer}, more"
                    " than r* with a note"
                )
        is_nowhere = kind.name not in shown
        for viewer in set(kind.rights) - {"J"} if is_nowhere else ():
            if kind.rights[viewer].removesuffix("*") != "-":
                yield (
                    f"policy_kinds.csv: {kind.name} is nowhere shown, and"
                    f" gives {viewer} a right"
                )


def _ways_missing(kind: Kind, rules: Rules) -> Iterator[str]:
    """A right that the wall could not narrow to a viewer's own."""
    ways = {"S": "own", "C0": "place", "C1": "place", "C2": "place", "F": "payer"}
    for name in sorted(kind.tables):
        table = rules.tables.get(name)
        if table is None:
            yield f"policy_tables.csv: no line for the table {name}"
        elif table.is_walled:
            for viewer, way in ways.items():
                if kind.may(viewer, "r") and not getattr(table, way):
                    yield (
                        f"policy_kinds.csv: {kind.name} is for {viewer}, and {name}"
                        f" has no way {way!r} in policy_tables.csv"
                    )


def _route_problems(rules: Rules) -> Iterator[str]:
    for route in rules.routes.values():
        for word in route.whose - WHOSE:
            yield f"policy_routes.csv: {route.endpoint}: {word!r} says not whose"
        if route.table and route.table not in rules.tables:
            yield f"policy_tables.csv: no line for {route.table} of {route.endpoint}"
        yield from _rights_missing(route, rules)


def _rights_missing(route: Route, rules: Rules) -> Iterator[str]:
    """Shown or changed for somebody who has no right to it."""
    roles: Iterable[Role | None] = [None] if route.is_public else route.roles
    for right, names in (("r", route.shows), ("w", route.changes)):
        for name in names:
            kind = rules.kinds.get(name)
            if kind is None:
                yield f"policy_kinds.csv: no kind {name!r}, as {route.endpoint} says"
                continue
            for role in roles:
                viewers = route.viewers(role)
                if not route.is_copy and not any(
                    kind.may(viewer, right) for viewer in viewers
                ):
                    yield (
                        f"policy: {route.endpoint} is open to {role or 'Pub'}, who"
                        f" has no {right!r} of {name} as {' '.join(viewers)}"
                    )


def _unused(rules: Rules) -> Iterator[str]:
    """A right that no route gives: least of all is what nobody needs."""
    used: set[tuple[str, str, str]] = set()
    for route in rules.routes.values():
        if route.is_copy:
            continue
        for role in [None] if route.is_public else route.roles:
            for viewer in route.viewers(role):
                used |= {(name, viewer, "r") for name in route.shows}
                used |= {(name, viewer, "w") for name in route.changes}
    built = {name for name, _, _ in used}
    for kind in rules.kinds.values():
        if kind.name in built:
            yield from _unused_of(kind, used)


def _unused_of(kind: Kind, used: set[tuple[str, str, str]]) -> Iterator[str]:
    for viewer in ("S", "C0", "C1", "C2", "F", "Ad", "Pub"):
        for right in ("r", "w"):
            if kind.may(viewer, right) and (kind.name, viewer, right) not in used:
                yield (
                    f"policy_kinds.csv: {kind.name} gives {viewer} {right!r}, and no"
                    " route shows or changes it for them"
                )
