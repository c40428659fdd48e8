"""A PostgreSQL server of one module's own, to be stopped, cut off and killed."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import new_uid
from tests import tools
from tests.conftest import make_tables, running


class Server:
    """One that may be away; `address` is formatted with the name of a database."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.home = Path(address.rpartition("=")[2])

    def database(self, folder: Path, **settings: str) -> str:
        """The address of a new database that has all tables."""
        name = f"own_{new_uid()}"
        tools.on_server(self.address, f"CREATE DATABASE {name}")
        for key, value in settings.items():
            tools.on_server(self.address, f"ALTER DATABASE {name} SET {key} = {value}")
        address = self.address.format(name=name)
        make_tables(folder, address)
        return address

    def stop(self) -> None:
        """At once, as when it crashes."""
        tools.stop_postgres(self.address)

    def start(self) -> None:
        tools.start_postgres(self.address)

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        """SIGKILL to the server and all its processes: nothing is flushed."""
        first = int((self.home / "data" / "postmaster.pid").read_text().split()[0])
        every = [first, *_children(first)]
        for pid in every:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 30
        while any(_is_running(pid) for pid in every):
            assert time.monotonic() < until
            time.sleep(0.02)
        # One that nobody has buried yet still looks alive to the next server.
        (self.home / "data" / "postmaster.pid").unlink()
        (self.home / ".s.PGSQL.5432.lock").unlink()

    def cut_one(self, dice: random.Random) -> None:
        """End one of the connections that the site has."""
        engine = sa.create_engine(
            self.address.format(name="postgres"), poolclass=sa.NullPool
        )
        theirs = "SELECT pid FROM pg_stat_activity WHERE datname LIKE 'own_%'"
        with engine.connect() as connection:
            pids = connection.scalars(sa.text(theirs)).all()
            if pids:
                chosen = {"pid": dice.choice(pids)}
                connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), chosen)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after_name = stat.read_text().rpartition(")")[2].split()
            if int(after_name[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tools.postgres_cluster() as address:
        yield Server(address)


@contextmanager
def site(server: Server, folder: Path, **settings: str) -> Iterator[Flask]:
    """The application on a new database of that server."""
    with running(folder, server.database(folder, **settings)) as app:
        # A page that breaks is an answer like others here, to be counted.
        app.config["PROPAGATE_EXCEPTIONS"] = False
        yield app
