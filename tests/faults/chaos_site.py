"""An installation that pays at a stand-in for Stripe in a process of its own.

Who was paid is read from the stand-in alone, whatever the application's tables say.
"""

import json
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from flask import Flask
from sqlalchemy import event

from engage.app import create_app
from engage.audit import queries as audit
from engage.core import clock
from engage.core.crypto import KeyStore
from engage.core.db import db, transaction
from engage.core.key_file import KeyFile
from engage.core.limits import limiter
from engage.funding.models import FundingLine
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.payouts import actions, books
from engage.payouts.rules import Caps, RepeatedAmount
from engage.people.models import Person
from engage.settings import Settings
from tests import make
from tests.answering import answering
from tests.clients import Browser
from tests.fakes.stripe.server import StandIn
from tests.house import ROOT
from tests.payouts.at_stripe import ready_account
from tests.payouts.owing import demo_marker, owe

AT_ONCE = 100
FAST = 1_000  # calls a second
Owed = dict[str, int]  # cents by account at the other side


@dataclass(frozen=True)
class Elsewhere:
    """The stand-in as its tests see it: over the wire."""

    url: str
    pid: int = 0

    def state(self) -> dict[str, Any]:
        return self._ask("/_state", {})

    def control(self, name: str, **values: Any) -> dict[str, Any]:
        return self._ask(f"/_control/{name}", values)

    def _ask(self, path: str, given: dict[str, Any]) -> dict[str, Any]:
        asked = Request(self.url + path, json.dumps(given).encode())  # noqa: S310
        with urlopen(asked, timeout=60) as answer:  # noqa: S310 - loopback
            said: dict[str, Any] = json.load(answer)
        return said


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """A stand-in with a million in it; its answers held to the description."""
    command = [sys.executable, "-m", "tests.fakes.stripe"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        there = Elsewhere(run.stdout.readline().split()[-1], run.pid)
        try:
            yield there
            assert there.state()["drifted"] == []
        finally:
            run.kill()


class QuickFile(KeyFile):
    """What the kernel has is safe from SIGKILL: nothing here waits for the disk."""

    def connection(self) -> sqlite3.Connection:
        before = self.held.connection
        store = super().connection()
        if store is not before:
            store.execute("PRAGMA synchronous=OFF")
        return store


class QuickKeys(KeyStore):
    def __init__(self, path: Path, master: bytes, lookup: bytes) -> None:
        super().__init__(path, master, lookup)
        self._file = QuickFile(path)


def _wait_for_no_disk(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


def paying_app(folder: Path, address: str, url: str, *, at_once: int = 1) -> Flask:
    """The same installation from whichever process: the keys are always the same."""
    app = create_app(
        Settings(
            mode="demo",
            database_url=address,
            secret_key="s" * 32,
            master_key=b"m" * 32,
            lookup_key=b"l" * 32,
            key_store=folder / "keys.sqlite",
            trusted_hosts=("localhost", "127.0.0.1"),
            payments_mode="test",
            stripe_key="sk_test_standin",
            stripe_base=url,
            stripe_at_once=at_once,
            stripe_per_second=FAST,
            stripe_webhook_secrets=("whsec_" + "a" * 24,),
        )
    )
    keys = app.extensions["key_store"]
    app.extensions["key_store"] = QuickKeys(keys.path, b"m" * 32, b"l" * 32)
    with app.app_context():
        # Of this one alone: every other database of the process goes on to wait.
        event.listen(db.engine, "connect", _wait_for_no_disk)
    app.config["TESTING"] = True
    app.test_client_class = Browser
    limiter.enabled = False
    return app


def let_go_of_database() -> None:
    """Close every connection, as before a fork: no two processes may share one."""
    db.session.remove()
    db.engine.dispose()


@dataclass(frozen=True)
class House:
    """One payer with its two finance people; `queue` gives them a run to send."""

    payer_id: int
    line_id: int
    finance: tuple[int, int]

    @classmethod
    def build(cls) -> "House":
        demo_marker()
        payer = make.payer()
        line = make.funding_line(make.organization(), payer=payer)
        people = make.finance(payer).id, make.finance(payer).id
        return cls(payer.id, line.id, people)

    def queue(self, there: Elsewhere, amounts: Sequence[int]) -> Owed:
        """A released run: one payee with an account for each amount."""
        made = there.control("payees", count=len(amounts))["accounts"]
        owed = dict(zip(made, amounts, strict=True))
        uids: list[str] = []
        for begin in range(0, len(made), AT_ONCE):
            part = made[begin : begin + AT_ONCE]
            uids += self._owed({each: owed[each] for each in part})
        with transaction():
            self._release(uids)
        return owed

    def _owed(self, owed: Owed) -> list[str]:
        """Payables of new people, in one commit; a session of many rows is slow."""
        db.session.remove()
        with transaction():
            payer = db.session.get_one(Organization, self.payer_id)
            line = db.session.get_one(FundingLine, self.line_id)
            work = make.opportunity(make.organization(), line=line, sessions=())
            rows = [owed_for(work, payer, cents) for cents in owed.values()]
            for row, account in zip(rows, owed, strict=True):
                ready_account(row.payee_id, account)
            return [row.uid for row in rows]

    def _release(self, payable_uids: list[str]) -> None:
        db.session.expire_all()
        payer = db.session.get_one(Organization, self.payer_id)
        maker, checker = (db.session.get_one(Person, each) for each in self.finance)
        batch = actions.prepare(payer, payable_uids, by=maker, now=clock.now())
        actions.release(
            batch.id,
            by=checker,
            now=clock.now(),
            caps=Caps(),
            no_interest=True,
            repeated=RepeatedAmount.SAME_PAY,
        )


def owed_for(work: Opportunity, payer: Organization, cents: int) -> Payable:
    """An approved hour of somebody new, with the money below it."""
    agreed = make.engagement(work, make.consultant())
    decided = {"decided_at": clock.now(), "is_attested": True}
    entry = make.hours_entry(
        agreed, cents=cents, status=HoursStatus.APPROVED, **decided
    )
    return owe(agreed, entry, payer, rail="stripe", cents=cents, due_on=entry.day)


@contextmanager
def forking(module: str) -> Iterator["subprocess.Popen[str]"]:
    """One process that has read the program, and forks those of each test."""
    command = [sys.executable, "-m", module]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:
        yield process


@contextmanager
def beside(
    folder: Path, address: str, *, cents: int
) -> Iterator[tuple[StandIn, Flask]]:
    """A stand-in in this process with so much money, and what pays at it."""
    with answering(StandIn()) as there:
        there.store.move(cents, "topup", "tu_first")
        app = paying_app(folder, address, there.url)
        yield there, app
    with app.app_context():
        let_go_of_database()
    assert there.drifted == []


@dataclass(frozen=True)
class Paid:
    """What the other side did against what was owed, by account."""

    twice: list[str]
    missing: list[str]
    wrong: list[str]

    @property
    def is_right(self) -> bool:
        return not (self.twice or self.missing or self.wrong)


def compared(expected: Owed, transfers: Sequence[dict[str, Any]]) -> Paid:
    seen: dict[str, list[int]] = defaultdict(list)
    for row in transfers:
        seen[row["destination"]].append(row["amount"] - row["amount_reversed"])
    return Paid(
        twice=[who for who, cents in seen.items() if len(cents) > 1],
        missing=[who for who in expected if who not in seen],
        wrong=[
            who
            for who, cents in seen.items()
            if who not in expected or set(cents) != {expected[who]}
        ],
    )


def unsound() -> list[str]:
    """What does not hold in our own books, and in the chains of the audit log."""
    chains = [f"{subject} from {number}" for subject, number in audit.broken_chains()]
    return [*books.problems(clock.now()), *chains]
