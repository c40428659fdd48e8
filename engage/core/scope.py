"""The wall: what a page reads is narrowed to what its viewer has a right to.

The policy's tables say which tables are walled and by which ways a row is somebody's.
Inside `transaction()`, in jobs and in commands nothing is narrowed: actions lock and
check what they touch. Statements on plain tables pass the wall; the house has none.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.orm.interfaces import ORMOption

from engage.core import policy
from engage.core.access import Role
from engage.core.db import Base, db
from engage.core.policy import Kind, Table

_why: ContextVar[str] = ContextVar("unscoped", default="")


@contextmanager
def unscoped(why: str) -> Iterator[None]:
    """Read more than the viewer may see, to work out what they may; say what for."""
    if not why:
        raise ValueError("say why a page reads more than its viewer may see")
    token = _why.set(why)
    try:
        yield
    finally:
        _why.reset(token)


@dataclass(frozen=True)
class Viewer:
    """Who reads: nobody yet, or a person with the places of their roles."""

    person_id: int | None = None
    is_consultant: bool = False
    is_administrator: bool = False
    places: frozenset[int] = frozenset()
    payers: frozenset[int] = frozenset()


def viewer_of(user: Any) -> Viewer:
    """The signed-in person as the wall knows them; None is nobody."""
    if user is None or not user.is_authenticated:
        return Viewer()
    held = user.roles
    roles = {each.role for each in held}
    return Viewer(
        user.id,
        Role.CONSULTANT in roles,
        Role.ADMINISTRATOR in roles,
        _of(held, Role.COORDINATOR),
        _of(held, Role.FINANCE),
    )


def _of(held: Collection[Any], role: Role) -> frozenset[int]:
    return frozenset(each.organization_id for each in held if each.role is role)


def _narrow(state: ORMExecuteState) -> None:
    if not state.is_select or state.is_column_load or not has_request_context():
        return
    if state.session.info.get("writing") or _why.get():
        return
    names = _tables(state.statement)
    if names:
        wall = _wall()
        state.statement = state.statement.options(*filter(None, map(wall.at, names)))


_seen: dict[Any, frozenset[str]] = {}
MOST_SEEN = 2_000


def _tables(statement: Any) -> frozenset[str]:
    """The walled tables that the statement's text names, also by what it joins.

    All of them at each statement would cost more than the page itself.
    """
    key = statement._generate_cache_key()
    shape = key.key if key else None
    found = _seen.get(shape) if shape else None
    if found is None:
        words = set(re.findall(r"\w+", str(statement.compile(db.engine))))
        found = frozenset(words & _walled(_version()).keys())
        if shape and len(_seen) < MOST_SEEN:
            _seen[shape] = found
    return found


def _version() -> int:
    return policy.book.version


event.listen(db.session, "do_orm_execute", _narrow)


class _Wall:
    """What every select of one viewer gets on its way, by table; made as it is asked
    for, since a page reads few of them."""

    def __init__(self, user: Any) -> None:
        self.user, self.version = user, _version()
        self.viewer = viewer_of(user)
        self.made: dict[str, ORMOption | None] = {}

    def at(self, name: str) -> ORMOption | None:
        if name not in self.made:
            self.made[name] = self._make(*_walled(self.version)[name])
        return self.made[name]

    def _make(self, table: Table, model: type, kinds: list[Kind]) -> ORMOption | None:
        if table.wall == "door" and self.viewer.person_id is None:
            return None
        narrow = criterion(model, table, kinds, self.viewer)
        return with_loader_criteria(model, narrow, include_aliases=True)


def _wall() -> _Wall:
    """Of this request's viewer: before the sign-in is read, of nobody."""
    user = getattr(g, "_login_user", None)
    known: _Wall | None = getattr(g, "wall", None)
    if known is None or known.user is not user or known.version != _version():
        known = g.wall = _Wall(user)
    return known


@cache
def _walled(_version: int) -> dict[str, tuple[Table, type, list[Kind]]]:
    models = {str(each.local_table.key): each.class_ for each in _mappers()}
    rules = policy.book.rules
    kinds = policy.owners(rules)
    return {
        name: (each, models[name], kinds.get(name, []))
        for name, each in rules.tables.items()
        if each.is_walled
    }


def _mappers() -> Collection[Any]:
    return frozenset(Base.registry.mappers)


def criterion(model: Any, table: Table, kinds: list[Kind], viewer: Viewer) -> Any:
    """Which rows of a table this viewer may read: any of their ways to it."""

    def readable(*viewers: str) -> bool:
        return any(kind.may(each, "r") for kind in kinds for each in viewers)

    mine = [viewer.person_id] if viewer.person_id is not None else []
    ends: list[tuple[str, Collection[int], bool]] = [
        (table.own, mine, readable("S")),
        (table.place, viewer.places, readable("C0", "C1", "C2")),
        (table.payer, viewer.payers, readable("F")),
    ]
    ways = [
        _leads(model, way, found)
        for column, found, is_open in ends
        if is_open and found
        for way in column.split()
    ]
    return sa.true() if _all(readable, viewer) else sa.or_(sa.false(), *ways)


def _all(readable: Any, viewer: Viewer) -> bool:
    """Is it open to strangers to the row? As it stands, no walled table is."""
    strangers = {
        "X": viewer.is_consultant,
        "Co": bool(viewer.places),
        "Fo": bool(viewer.payers),
        "Ad": viewer.is_administrator,
        "Pub": viewer.person_id is None,
    }
    return any(is_one and readable(name) for name, is_one in strangers.items())


def _leads(here: Any, way: str, ends: Collection[int]) -> Any:
    """The row's column is one of `ends`, or its key leads to a row whose is."""
    step, _, rest = way.partition(".")
    # As an attribute of the model it follows every other name the table goes by.
    column = getattr(here, step) if isinstance(here, type) else here.c[step]
    if not rest:
        return column.in_(sorted(ends))
    (key,) = column.expression.foreign_keys
    there = key.column.table.alias()
    found = sa.select(there.c.id).where(_leads(there, rest, ends))
    return column.in_(found.correlate(None))
