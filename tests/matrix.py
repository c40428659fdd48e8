"""Every route x method x point of view x thing x state, and what the policy says of it.

Made from the address map and the policy's tables, never by hand. A thing is a row that
an address names: one in each state that its table has, and one that does not exist.
Who looks is chosen by what they are to that thing.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from engage.core import clock, policy
from engage.core.access import GRANTS, Held, Role, places
from engage.core.db import Base, db
from engage.core.policy import Route, Rules
from engage.funding.models import LineUse
from engage.panels.models import Seat
from engage.people.models import Person
from engage.people.rules import PersonStatus
from tests import pages
from tests.clients import Browser, plain
from tests.filled import browser_of

POINTS = ("S", "P", "X", "C0", "C1", "C2", "Co", "F", "Fo", "Ad", "Pub")
# How an engagement stands, to whom coordinators are one of three points of view.
BEFORE_END = {"agreed": "C1", "under_way": "C1"}
# Looks, how often somebody asks, and a form's token, which goes with what is refused.
UNTOUCHED = {"audit_entry", "audit_chain", "rate_count", "sign_in", "used_form"}
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
MISSING = pages.NOT_FOUND


@dataclass(frozen=True)
class Thing:
    """A row that an address can name, whose it is, and in which state it stands."""

    table: str
    uid: str
    state: str
    coordinator: str = "C1"
    own: frozenset[int] | None = None  # None: anybody may name it
    place: frozenset[int] = frozenset()
    payer: frozenset[int] = frozenset()
    use: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Looker:
    """Somebody, as what they are to a thing."""

    point: str
    person_id: int | None
    held: frozenset[Held] = frozenset()


@dataclass(frozen=True)
class Cell:
    route: Route
    method: str
    path: str
    looker: Looker
    thing: Thing | None

    @property
    def name(self) -> str:
        what = f" {self.thing.table} {self.thing.state}" if self.thing else ""
        return f"{self.method} {self.route.endpoint} as {self.looker.point}{what}"


@dataclass
class Sample:
    """What the data has: things by table, and people with their roles."""

    app: Flask
    people: dict[int, frozenset[Held]]
    seats: dict[int, set[int]]
    things: dict[str, list[Thing]] = field(default_factory=dict)

    def first(self, fits: Any) -> int | None:
        return next((each for each in sorted(self.people) if fits(each)), None)


def take(app: Flask) -> Sample:
    """Read all that the cells need, once; in an app context."""
    found = db.session.scalars(
        sa.select(Person)
        .options(sa.orm.selectinload(Person.memberships))
        .where(Person.status == PersonStatus.ACTIVE)
        .order_by(Person.id)
    )
    people = {each.id: each.roles for each in found}
    seats: dict[int, set[int]] = {}
    for panel_id, person_id in db.session.execute(
        sa.select(Seat.panel_id, Seat.person_id).where(Seat.person_id.is_not(None))
    ):
        seats.setdefault(person_id, set()).add(panel_id)
    sample = Sample(app, people, seats)
    for name in {each.table for each in policy.read().routes.values() if each.table}:
        sample.things[name] = list(_things(name))
    return sample


def _things(name: str) -> Iterator[Thing]:
    """One row for each state of the table, the one with the most to it first."""
    table = Base.metadata.tables[name]
    if "uid" not in table.c:
        return
    ways = policy.read().tables[name]
    status = table.c.status if "status" in table.c else sa.literal("there")
    rows = db.session.execute(
        sa.select(table.c.id, table.c.uid, sa.cast(status, sa.String)).order_by(
            table.c.id.desc()
        )
    )
    taken: dict[tuple[str, str], int] = {}
    for row_id, uid, state in rows:
        coordinator = _standing(table, row_id)
        if taken.setdefault((state, coordinator), row_id) != row_id:
            continue
        yield Thing(
            name,
            uid,
            f"{state} {coordinator}",
            coordinator,
            None if ways.own == "*" else _ends(table, ways.own, row_id),
            _ends(table, ways.place, row_id),
            _ends(table, ways.payer, row_id),
            _using(row_id) if name == "funding_line" else frozenset(),
        )


def _ends(table: sa.Table, ways: str, row_id: int) -> frozenset[int]:
    """Follow each way from one row, hop by hop, as the policy's table says."""
    found: set[int] = set()
    for way in ways.split():
        here, ids = table, [row_id]
        for step in way.split("."):
            query = sa.select(here.c[step]).where(here.c.id.in_(ids))
            ids = [each for each in db.session.scalars(query) if each is not None]
            keys = list(here.c[step].foreign_keys)
            here = keys[0].column.table if keys else here
        found |= set(ids)
    return frozenset(found)


def _using(line_id: int) -> frozenset[int]:
    query = sa.select(LineUse.organization_id).where(LineUse.line_id == line_id)
    return frozenset(db.session.scalars(query))


def _standing(table: sa.Table, row_id: int) -> str:
    """C0, C1 or C2: how a coordinator stands to what the row is part of."""
    engagement = Base.metadata.tables["engagement"]
    if table.name in {"opportunity", "panel"}:
        return "C0"  # a post speaks to people who have agreed to nothing yet
    if table.name == "engagement":
        of = engagement.c.id == row_id
    elif "engagement_id" in table.c:
        of = (
            engagement.c.id
            == sa.select(table.c.engagement_id)
            .where(table.c.id == row_id)
            .scalar_subquery()
        )
    else:
        return "C1"
    found = db.session.execute(
        sa.select(engagement.c.status, engagement.c.shown_from).where(of)
    ).first()
    if found is None:
        return "C0"
    if found[1] is not None and found[1] > clock.now():
        return "C0"
    return BEFORE_END.get(str(found[0]), "C2")


def lookers(sample: Sample, thing: Thing | None) -> Iterator[Looker]:
    """Each point of view on a thing, as far as the data has somebody for it."""
    here = thing or Thing("", "", "")
    own = here.own or frozenset()
    mine = min(own & set(sample.people), default=None)
    mine = mine or sample.first(lambda each: _is(sample, each, Role.CONSULTANT))
    found: dict[str, int | None] = {"S": mine}
    near = sample.seats.get(mine or 0, set())
    others = [
        each
        for each in sorted(sample.people)
        if _is(sample, each, Role.CONSULTANT) and each != mine and each not in own
    ]
    for point, shares in (("P", True), ("X", False)):
        fits = [each for each in others if bool(near & _seats(sample, each)) == shares]
        found[point] = next(iter([*fits, *others]), None)
    staff = {
        here.coordinator: (Role.COORDINATOR, here.place, True),
        "Co": (Role.COORDINATOR, here.place | here.use, False),
        "F": (Role.FINANCE, here.payer, True),
        "Fo": (Role.FINANCE, here.payer, False),
    }
    for point, (role, where, inside) in staff.items():
        found[point] = _staff(sample, role, where, inside, own)
    found["Ad"] = sample.first(lambda each: _is(sample, each, Role.ADMINISTRATOR))
    for point, person_id in found.items():
        if person_id is not None:
            yield Looker(point, person_id, sample.people[person_id])
    yield Looker("Pub", None)


def _is(sample: Sample, person_id: int, role: Role) -> bool:
    return any(each.role is role for each in sample.people[person_id])


def _seats(sample: Sample, person_id: int) -> set[int]:
    return sample.seats.get(person_id, set())


def _staff(
    sample: Sample, role: Role, where: frozenset[int], inside: bool, own: frozenset[int]
) -> int | None:
    """Somebody with that role in one of the places, or in none of them."""

    def fits(person_id: int) -> bool:
        held = {
            each.organization_id
            for each in sample.people[person_id]
            if each.role is role
        }
        if not held or person_id in own:
            return False
        return not where or bool(held & where) == inside

    return sample.first(fits)


def cells(sample: Sample, *, whole: bool) -> Iterator[Cell]:
    """All of them; not `whole`: who has no permission tries one thing of each kind.

    Such a person is refused before an address is read, so that the other things would
    ask the same line again.
    """
    routes = policy.read().routes
    for rule in sample.app.url_map.iter_rules():
        route = routes.get(rule.endpoint)
        if route is None or rule.endpoint == "people.demo_door":
            continue
        for method in sorted(route.methods & (rule.methods or set())):
            yield from _cells_of(sample, rule, route, method, whole)


def _cells_of(
    sample: Sample, rule: Rule, route: Route, method: str, whole: bool
) -> Iterator[Cell]:
    if not rule.arguments - {"name", "token"}:
        path = rule.rule.replace("<name>", "manual").replace("<token>", MISSING)
        for looker in lookers(sample, None):
            yield Cell(route, method, path, looker, None)
        return
    things = sample.things[route.table]
    for number, thing in enumerate([*things, _missing(route)]):
        path = _path(rule.rule, thing.uid)
        for looker in lookers(sample, thing):
            if whole or number in {0, len(things)} or _has_role(route, looker):
                yield Cell(route, method, path, looker, thing)


def _missing(route: Route) -> Thing:
    return Thing(route.table, MISSING, "missing", own=frozenset())


def _path(rule: str, uid: str) -> str:
    seat = (
        db.session.scalar(
            sa.select(Seat.uid).join(Seat.panel).where(Seat.panel.has(uid=uid)).limit(1)
        )
        if "<seat_uid>" in rule
        else ""
    )
    return rule.replace("<uid>", uid).replace("<seat_uid>", seat or MISSING)


def _has_role(route: Route, looker: Looker) -> bool:
    granted = {each for held in looker.held for each in GRANTS[held.role]}
    return bool(granted & route.permissions)


def expected(rules: Rules, cell: Cell) -> str:
    """What the policy says: "page", "none" (404), or "door" (sign in first)."""
    route, looker, thing = rules.routes[cell.route.endpoint], cell.looker, cell.thing
    if route.is_public:
        return "page"
    if looker.person_id is None:
        return "door"
    if not _has_role(route, looker):
        return "none"
    if thing is None:
        return "page"
    if thing.uid == MISSING or not _reaches(route, looker, thing):
        return "none"
    return "page" if _may_as(rules, route, looker) else "none"


def _reaches(route: Route, looker: Looker, thing: Thing) -> bool:
    held: set[int] = set()
    for permission in route.permissions:
        held |= places(looker.held, permission)
    ways = {
        "own": thing.own is None or looker.person_id in thing.own,
        "place": bool(held & thing.place),
        "payer": bool(held & thing.payer),
        "use": bool(held & thing.use),
        "all": True,
        "none": True,
    }
    return any(ways[way] for way in route.whose)


def _may_as(rules: Rules, route: Route, looker: Looker) -> bool:
    """A coordinator's right to what the page is about hangs on how they stand to it."""
    if looker.point not in {"C0", "C1", "C2"} or "place" not in route.whose:
        return True
    name, right = (route.shows or route.changes)[0], "r" if route.shows else "w"
    return rules.kinds[name].may(looker.point, right)


class Crawl:
    """Sends cells, each undone, and says what came back otherwise than expected."""

    def __init__(self, sample: Sample, rules: Rules) -> None:
        self.sample, self.rules = sample, rules
        self.browsers: dict[int | None, tuple[Browser, str]] = {}
        self.bodies: dict[int | None, str] = {}
        self.written: set[str] = set()
        self.answers: dict[Cell, int] = {}

    def browser(self, looker: Looker) -> Browser:
        """One for each person, kept: signing in is not what is asked here."""
        name = self.sample.app.config["SESSION_COOKIE_NAME"]
        if looker.person_id not in self.browsers:
            browser = browser_of(self.sample.app, looker.person_id)
            nowhere = browser.get("/there/is/no/such/page")
            self.bodies[looker.person_id] = plain(nowhere.text)
            browser.csrf_token()
            cookie = browser.get_cookie(name)
            assert cookie is not None
            self.browsers[looker.person_id] = browser, cookie.value
        browser, value = self.browsers[looker.person_id]
        browser.set_cookie(name, value)  # some addresses take it away
        return browser

    def wrong(self, cell: Cell) -> str:
        """What is wrong with the answer to a cell, or nothing."""
        browser, wanted = self.browser(cell.looker), expected(self.rules, cell)
        with self._undone():
            answer = browser.open(cell.path, method=cell.method)
        self.answers[cell] = answer.status_code
        problem = self._compare(cell, wanted, answer)
        at_door = {"kept_text"} if wanted == "door" else set()
        changed = self.written - UNTOUCHED - at_door
        if changed and (cell.method == "GET" or wanted != "page"):
            problem = f"{problem} changed {sorted(changed)}"
        return problem

    def _compare(self, cell: Cell, wanted: str, answer: Any) -> str:
        code, to = answer.status_code, answer.location or ""
        at_door = code == 303 and to.startswith("/in?next=")
        if code >= 500:
            return f"{code}"
        if wanted == "door":
            return "" if at_door else f"{code} instead of the sign-in page"
        if wanted == "none":
            if code != 404:
                return f"{code} instead of 404"
            same = plain(answer.text) == self.bodies[cell.looker.person_id]
            return "" if same else "404 that looks unlike a missing page's"
        return "asked to sign in" if at_door and not cell.route.is_public else ""

    @contextmanager
    def _undone(self) -> Iterator[None]:
        connection: Any = db.engines[None]
        self.written.clear()
        point = connection.begin_nested()
        sa.event.listen(connection, "before_cursor_execute", self._note)
        try:
            yield
        finally:
            sa.event.remove(connection, "before_cursor_execute", self._note)
            db.session.remove()
            point.rollback()

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found = WRITES.match(statement)
        if found:
            self.written.add(found[1])
