"""Processes at once, and a database that goes away: each thing is done once."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, new_uid
from engage.payouts.models import Payout
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.rules import PayoutStatus
from tests import make, tools
from tests.conftest import make_tables
from tests.fakes.stripe.faults import Fault
from tests.fakes.stripe.server import StandIn
from tests.faults import crowd
from tests.faults.chaos_site import (
    Elsewhere,
    House,
    beside,
    compared,
    forking,
    let_go_of_database,
    unsound,
)
from tests.faults.stripe_run import TRANSFER, state
from tests.payouts import setting_up
from tests.payouts.owing import demo_marker

PROCESSES = 3


@dataclass
class Site:
    folder: Path
    address: str
    there: StandIn
    app: Flask
    crowd: "subprocess.Popen[str]"

    def ask(self, act: str, **plan: Any) -> None:
        plan |= {"act": act, "folder": str(self.folder), "address": self.address}
        assert self.crowd.stdin is not None
        self.crowd.stdin.write(f"{json.dumps({**plan, 'url': self.there.url})}\n")
        self.crowd.stdin.flush()

    def answer(self) -> list[Any]:
        assert self.crowd.stdout is not None
        said: list[Any] = json.loads(self.crowd.stdout.readline())
        return said

    def at_once(self, act: str, **plan: Any) -> list[Any]:
        self.ask(act, count=PROCESSES, **plan)
        return self.answer()


@pytest.fixture(scope="module")
def forks() -> Iterator["subprocess.Popen[str]"]:
    with forking("tests.faults.crowd") as process:
        yield process


@contextmanager
def opened(folder: Path, address: str, forks: "subprocess.Popen[str]") -> Any:
    with beside(folder, address, cents=1_000_00) as (there, app):
        yield Site(folder, address, there, app, forks)


@pytest.fixture
def site(
    own_address: str, tmp_path: Path, forks: "subprocess.Popen[str]"
) -> Iterator[Site]:
    with opened(tmp_path, own_address, forks) as site:
        yield site


def test_f45_processes_with_one_table_of_jobs_run_each_slot_once(site: Site) -> None:
    ran = site.at_once("tick", now=clock.now().isoformat())
    assert sum(ran) == crowd.SLOTS


def test_f45_the_control_without_rows_of_slots_runs_each_in_all(site: Site) -> None:
    ran = site.at_once("tick", now=clock.now().isoformat(), without="slots")
    assert ran == [crowd.SLOTS] * PROCESSES


def queued(site: Site) -> int:
    """The id of a payment that waits to be sent."""
    with site.app.app_context():
        House.build().queue(Elsewhere(site.there.url), [25_00])
        found = db.session.scalars(sa.select(Payout.id)).one()
        let_go_of_database()
    return found


def writes(site: Site) -> int:
    with site.app.app_context():
        return db.session.scalars(sa.select(Payout.version)).one()


def test_f47_processes_that_write_at_once_wait_and_lose_nothing(site: Site) -> None:
    payout_id = queued(site)
    before = writes(site)
    now = clock.now().isoformat()
    said = site.at_once("write", payout_id=payout_id, now=now)
    assert said == [""] * PROCESSES
    assert writes(site) - before == PROCESSES * crowd.WRITES


def test_f47_the_control_that_begins_late_finds_sqlite_locked(
    databases: Any, tmp_path: Path, forks: "subprocess.Popen[str]"
) -> None:
    address = databases.make("sqlite", tmp_path)
    with opened(tmp_path, address, forks) as site:
        plan = {"payout_id": queued(site), "now": clock.now().isoformat()}
        said = site.at_once("write", without="immediate", **plan)
        assert "database is locked" in said


def payee(site: Site) -> dict[str, int]:
    with site.app.app_context():
        demo_marker()
        who = make.consultant()
        found = setting_up.payee_of(make.payer(), who)
        given = {"payee_id": found.id, "person_id": who.id}
        let_go_of_database()
    site.there.delay = 0.1  # so that all of them are under way together
    return given


def test_f55_two_clicks_in_two_processes_make_one_account(site: Site) -> None:
    rows = site.at_once("press", **payee(site))
    assert len(set(rows)) == 1
    assert len(site.there.store.accounts) == 1
    with site.app.app_context():
        row = db.session.scalars(sa.select(PayeeAccount)).one()
        assert (row.uid, row.account_id) == (rows[0], *site.there.store.accounts)


def test_f55_the_control_with_a_key_for_each_click_makes_several(site: Site) -> None:
    site.at_once("press", without="account key", **payee(site))
    assert len(site.there.store.accounts) > 1


# --- PostgreSQL stops after the call


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A PostgreSQL server of these tests' own, so that it may stop."""
    with tools.postgres_cluster() as where:
        yield where


@pytest.fixture
def server(
    cluster: str, tmp_path: Path, forks: "subprocess.Popen[str]"
) -> Iterator[Site]:
    name = f"own_{new_uid()}"
    tools.on_server(cluster, f"CREATE DATABASE {name}")
    # What it said is committed is there again when it comes back.
    tools.on_server(cluster, f"ALTER DATABASE {name} SET synchronous_commit = on")
    address = cluster.format(name=name)
    make_tables(tmp_path / "tables", address)
    with opened(tmp_path, address, forks) as site:
        yield site


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.1)


def statuses(site: Site) -> set[PayoutStatus]:
    with site.app.app_context():
        return set(db.session.scalars(sa.select(Payout.status)))


def pay_while_it_stops(site: Site, **plan: Any) -> dict[str, int]:
    """The server stops while a call is under way, and comes back after its answer."""
    with site.app.app_context():
        owed = House.build().queue(Elsewhere(site.there.url), [25_00, 40_00])
        let_go_of_database()
    site.there.faults.add(Fault("slow", TRANSFER, count=1, seconds=2.0))
    site.ask("pay", **plan)
    wait_for(lambda: site.there.faults.met.get("slow"))
    tools.stop_postgres(site.address)
    wait_for(lambda: state(site.there)["transfers"])
    time.sleep(1.5)  # in which the worker tries, and finds nobody
    tools.start_postgres(site.address)
    wait_for(lambda: statuses(site) <= {PayoutStatus.SENT, PayoutStatus.PAID})
    os.kill(int((site.folder / "pid").read_text()), signal.SIGTERM)
    assert site.answer() == ["stopped"]  # the one that was there all the time
    return owed


@pytest.mark.postgres
def test_f48_a_database_that_stops_after_the_call_is_waited_for(server: Site) -> None:
    owed = pay_while_it_stops(server)
    assert compared(owed, state(server.there)["transfers"]).is_right
    with server.app.app_context():
        assert unsound() == []


@pytest.mark.postgres
def test_f48_the_control_with_a_key_for_each_call_pays_twice(server: Site) -> None:
    owed = pay_while_it_stops(server, without="keys")
    assert len(compared(owed, state(server.there)["transfers"]).twice) == 1
