"""Fixtures: `app` (undone after the test), `client`, `sign_in`, `fresh_app`, seasons.

`app`, and what stands on it, runs every test twice, on SQLite and on PostgreSQL, and
holds an app context open for the test's own reading and making. Each request of a
client runs in a context of its own. `fresh_app` has a database of its own that keeps
what is committed, for threads and processes; it holds no context open.
"""

import gc
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
import time_machine
from argon2 import profiles
from flask import Flask

from engage.app import create_app
from engage.core import catalogs, clock
from engage.core.db import db
from engage.core.limits import limiter
from engage.people import actions as people
from engage.people.models import Person
from engage.settings import Settings
from tests import tools
from tests.browsing import (  # noqa: F401 - fixtures
    chromium,
    demo_folder,
    new_page,
    page,
    server,
)
from tests.clients import Browser
from tests.filled import filled, steady_day  # noqa: F401 - fixtures
from tests.house import ROOT
from tests.sample import Sample

try:
    import pytest_socket
except ImportError:
    pytest_socket = None

for path in (ROOT / "engage").glob("*/models*.py"):
    import_module(f"engage.{path.parent.name}.{path.stem}")

# How long an example takes says more about the machine than about the program. The
# commit run tries the same examples each time; the long run looks for new ones.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="PROOF" not in os.environ,
)
hypothesis.settings.load_profile("house")

JULY = datetime(2026, 7, 15, 16, 0, tzinfo=UTC)  # noon in New York, summer time
JANUARY = datetime(2026, 1, 14, 17, 0, tzinfo=UTC)  # noon in New York

Kept = Callable[[str], Flask]


def make_app(
    folder: Path, address: str, *, mode: str = "demo", like: Sample | None = None
) -> Flask:
    """The real application on the database at `address`, cheap where safety is slow."""
    settings = Settings(
        mode=mode,
        database_url=address,
        secret_key=secrets.token_hex(32),
        master_key=secrets.token_bytes(32),
        lookup_key=secrets.token_bytes(32),
        key_store=folder / "keystore.sqlite",
        trusted_hosts=("localhost", "127.0.0.1"),
        payments_mode="demo" if mode == "demo" else "manual",
    )
    app = create_app(like.like(settings) if like else settings)
    app.config.update(TESTING=True, ARGON2=profiles.CHEAPEST)
    app.test_client_class = Browser
    limiter.enabled = False
    return app


def pytest_sessionstart() -> None:
    """Spanish as it stands in the source, for a bare `pytest` too."""
    # Rows are made and dropped by the thousand: to look for cycles often costs a tenth.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    catalogs.compile_stale()


LONG = ("journeys", "faults", "races", "machines", "attacks")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no process is left with it at the end."""
    items.sort(key=lambda item: item.path.parent.name not in ("tests", *LONG))


def pytest_runtest_setup() -> None:
    """No test leaves the machine, where the development tools are installed."""
    if pytest_socket:
        pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def postgres_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where databases of the tests' own PostgreSQL server are, by `name`.

    There is one called "tables": all tables, no rows, to make others from.
    """
    with tools.postgres_cluster() as address:
        tools.on_server(address, "CREATE DATABASE tables")
        make_tables(tmp_path_factory.mktemp("tables"), address.format(name="tables"))
        yield address


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, to make others from."""
    path = tmp_path_factory.mktemp("tables") / "tables.sqlite"
    make_tables(path.parent, f"sqlite:///{path}")
    return path


def make_tables(folder: Path, address: str) -> None:
    with running(folder, address) as app, app.app_context():
        db.create_all()


@contextmanager
def running(
    folder: Path, address: str, *, like: Sample | None = None
) -> Iterator[Flask]:
    """The application, whose connections are closed at the end."""
    app = make_app(folder, address, like=like)
    with app.app_context():
        engine = db.engine
    yield app
    engine.dispose()


class Databases:
    """Makes databases that have all tables and no rows."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.fixture = request.getfixturevalue

    def make(self, database: str, folder: Path, tables: str = "tables") -> str:
        """The address of a new one; `tables` "template0" makes one without tables."""
        if database == "sqlite":
            path = folder / "engage.sqlite"
            if tables == "tables":
                shutil.copy(self.fixture("sqlite_tables"), path)
            return f"sqlite:///{path}"
        address: str = self.fixture("postgres_address")
        name = f"engage_{secrets.token_hex(6)}"
        tools.on_server(address, f"CREATE DATABASE {name} TEMPLATE {tables}")
        return address.format(name=name)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    return Databases(request)


@pytest.fixture(scope="session")
def kept_app(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    """One application for each kind of database, kept for the session."""
    made: dict[str, Flask] = {}
    with ExitStack() as at_end:

        def get(database: str) -> Flask:
            if database not in made:
                folder = tmp_path_factory.mktemp(database)
                address = databases.make(database, folder)
                made[database] = at_end.enter_context(running(folder, address))
            return made[database]

        yield get


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def database(request: pytest.FixtureRequest) -> str:
    """Which database this run of the test is on."""
    name: str = request.param
    return name


@pytest.fixture
def app(database: str, kept_app: Kept) -> Iterator[Flask]:
    """The application inside one outer transaction, which is undone at the end."""
    app = kept_app(database)
    with app.app_context():
        engine = db.engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection  # type: ignore[assignment]
            _join_by("create_savepoint")
            try:
                yield app
            finally:
                db.session.remove()
                outer.rollback()
                db.engines[None] = engine
                _join_by("conditional_savepoint")


def _join_by(mode: str) -> None:
    db.session.remove()
    db.session.configure(join_transaction_mode=mode)


@pytest.fixture
def own_address(database: str, databases: Databases, tmp_path: Path) -> str:
    """Where a database of the test's own is, with tables and no rows."""
    return databases.make(database, tmp_path)


@pytest.fixture
def empty_address(database: str, databases: Databases, tmp_path: Path) -> str:
    """Where a database of the test's own is, without tables."""
    return databases.make(database, tmp_path, tables="template0")


@pytest.fixture
def fresh_app(own_address: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database of its own, where commits stay and threads race."""
    with running(tmp_path, own_address) as app:
        yield app


@pytest.fixture
def lasting_app(fresh_app: Flask) -> Iterator[Flask]:
    """The same with a context open: each request commits, as it does in life.

    What one long transaction wrote itself is slower to read with every write, and
    times of thousands of tries would tell of that.
    """
    with fresh_app.app_context():
        yield fresh_app


@pytest.fixture
def bare_app(tmp_path: Path) -> Flask:
    """An application of the test's own, without tables, to look at or to change."""
    return make_app(tmp_path, "sqlite:///:memory:")


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser in which nobody is signed in."""
    return new_browser(app)


def new_browser(app: Flask) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., Browser]:
    """sign_in(person): a new browser in which that person is signed in.

    sign_in(person, client) uses a browser that is there already.
    """

    def enter(person: Person, client: Browser | None = None) -> Browser:
        token = people.start_sign_in(person, now=clock.now())
        browser = client or new_browser(app)
        browser.remember(_user_id=token, _fresh=True)
        return browser

    return enter


@pytest.fixture
def july() -> Iterator[datetime]:
    """The clock stands still at noon in New York on a summer Wednesday."""
    with time_machine.travel(JULY, tick=False):
        yield JULY


@pytest.fixture
def january() -> Iterator[datetime]:
    """The clock stands still at noon in New York on a winter Wednesday."""
    with time_machine.travel(JANUARY, tick=False):
        yield JANUARY


@pytest.fixture(params=[JULY, JANUARY], ids=["july", "january"])
def season(request: pytest.FixtureRequest) -> Iterator[datetime]:
    """Each of the two in turn, for what summer time could break."""
    with time_machine.travel(request.param, tick=False):
        yield request.param


class Counter:
    """Statements sent to the database since it was last read."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, *seen: Any) -> None:
        if not seen[2].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            self.statements.append(seen[2])

    def __len__(self) -> int:
        return len(self.statements)


@pytest.fixture
def queries(app: Flask) -> Iterator[Counter]:
    """Counts statements: `queries.statements.clear()`, then do, then `len(queries)`."""
    counter = Counter()
    connection = db.engines[None]
    sa.event.listen(connection, "before_cursor_execute", counter)
    yield counter
    sa.event.remove(connection, "before_cursor_execute", counter)
