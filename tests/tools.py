"""What tests need from the machine; absent, they are skipped with words, or fail."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
import sqlalchemy as sa


def missing(what: str, how: str) -> NoReturn:
    """Skip for want of a tool; with REQUIRE=all, fail instead."""
    words = f"{what} is missing: {how}"
    if os.environ.get("REQUIRE") == "all":
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


def postgres_programs() -> Path:
    """The folder that holds initdb and pg_ctl, the newest version first."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    missing("A PostgreSQL server", "install it, on Debian `apt install postgresql`")


@contextmanager
def postgres_cluster(where: Path = Path("/tmp")) -> Iterator[str]:  # noqa: S108
    """A PostgreSQL server of our own behind a socket in a folder that goes away.

    Gives the address of its databases, to be formatted with `name`.
    """
    programs = postgres_programs()
    user = _server_user()
    with tempfile.TemporaryDirectory(prefix="engage-pg-", dir=where) as home:
        if user:
            shutil.chown(home, user)
        _run(user, programs / "initdb", "-D", f"{home}/data", "-U", "engage", "-A",
             "trust", "-E", "UTF8", "--no-locale", "--no-sync")  # fmt: skip
        address = f"postgresql+psycopg://engage@/{{name}}?host={home}"
        start_postgres(address)
        try:
            yield address
        finally:
            stop_postgres(address)


def start_postgres(address: str) -> None:
    home = address.rpartition("=")[2]
    switches = (
        f"-k {home} -c listen_addresses='' -c fsync=off -c max_connections=200"
        " -c synchronous_commit=off -c full_page_writes=off -c timezone=UTC"
    )
    _control(home, "-l", f"{home}/log", "-o", switches, "start")


def stop_postgres(address: str) -> None:
    """At once, as when it crashes."""
    _control(address.rpartition("=")[2], "-m", "immediate", "stop")


def _control(home: str, *command: str) -> None:
    pg_ctl = postgres_programs() / "pg_ctl"
    _run(_server_user(), pg_ctl, "-D", f"{home}/data", "-w", *command)


def _server_user() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    missing("A user to run PostgreSQL as", "run the tests as a user other than root")


def _run(user: str | None, *command: str | Path) -> None:
    done = subprocess.run(
        command,
        user=user,
        group=None if user is None else pwd.getpwnam(user).pw_gid,
        extra_groups=None if user is None else [],
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def on_server(address: str, statement: str) -> None:
    """One statement outside any transaction, such as CREATE DATABASE."""
    engine = sa.create_engine(
        address.format(name="postgres"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
