"""The chaos gate: 200 payouts, four workers, faults and kills; each is paid once."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engage.core.db import db
from engage.ledger.models import Posting
from engage.payouts.models import Payout
from engage.payouts.rules import PayoutStatus
from tests.faults.chaos_site import (
    Elsewhere,
    House,
    Owed,
    compared,
    elsewhere,
    let_go_of_database,
    paying_app,
    unsound,
)
from tests.house import ROOT

PAYOUTS = 200
MIX = {
    "429": 0.05,
    "503": 0.05,
    "before": 0.05,
    "after": 0.08,
    "500saved": 0.05,
    "500none": 0.05,
    "slow": 0.04,
}
SLOW = 1.5  # seconds, longer than a worker waits here
Record = Callable[[str, object], None]


@dataclass(frozen=True)
class Run:
    """What is left of a run: who was owed what, and both sides' own accounts of it."""

    owed: Owed
    there: dict[str, Any]
    killed: int
    seconds: float
    statuses: set[PayoutStatus]
    moved: dict[str, int]
    unsound: list[str]


def chaos(folder: Path, address: str, payouts: int, **plan: Any) -> Run:
    with elsewhere() as there:
        app = paying_app(folder, address, there.url)
        with app.app_context():
            owed = House.build().queue(there, range(10_00, 10_00 + payouts))
            let_go_of_database()
        set_faults(there)
        began = time.monotonic()
        killed = work(folder, address, there.url, plan)
        seconds = time.monotonic() - began
        sums = sa.select(Posting.kind, sa.func.sum(Posting.cents))
        sums = sums.group_by(Posting.kind)
        with app.app_context():
            run = Run(
                owed,
                there.state(),
                killed,
                seconds,
                set(db.session.scalars(sa.select(Payout.status))),
                {kind: int(cents) for kind, cents in db.session.execute(sums)},
                unsound(),
            )
            let_go_of_database()
    return run


def set_faults(there: Elsewhere) -> None:
    for kind, chance in MIX.items():
        values = {"operation": "PostTransfers", "chance": chance, "seconds": SLOW}
        there.control("fault", kind=kind, **values)
    # Looks are lost too: a look that fails is never a look that found nothing.
    for kind in ("before", "503"):
        there.control("fault", kind=kind, operation="GetTransfers", chance=0.04)


def work(folder: Path, address: str, url: str, plan: dict[str, Any]) -> int:
    plan = {"seed": seed(), "retries": 0, "keys": "sound", **plan}
    command = [sys.executable, "-m", "tests.faults.chaos", str(folder), address, url]
    done = subprocess.run(
        [*command, json.dumps(plan)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def seed() -> int:
    return int(os.environ.get("PROOF_SEED") or random.randrange(10**9))


def note(record_property: Record, run: Run) -> None:
    faults = sum(run.there["faults_met"].values())
    record_property("seconds", f"{run.seconds:.0f}")
    record_property("killed", run.killed)
    record_property("faults", faults)
    record_property("paid twice", len(compared(run.owed, run.there["transfers"]).twice))


def check_paid_once(run: Run) -> None:
    paid = compared(run.owed, run.there["transfers"])
    assert (paid.twice, paid.missing, paid.wrong) == ([], [], [])
    assert run.there["sent_cents"] == sum(run.owed.values())
    assert run.statuses == {PayoutStatus.PAID}
    assert run.moved == dict.fromkeys(("owe", "pay", "arrive"), sum(run.owed.values()))
    assert run.unsound == []


def test_among_faults_and_kills_each_is_paid_once(
    own_address: str, tmp_path: Path, record_property: Record
) -> None:
    run = chaos(tmp_path, own_address, PAYOUTS, kills=30)
    note(record_property, run)
    check_paid_once(run)
    assert run.killed >= 20
    assert set(run.there["faults_met"]) == set(MIX)


def test_the_control_with_a_key_for_each_call_pays_people_twice(
    own_address: str, tmp_path: Path, record_property: Record
) -> None:
    run = chaos(tmp_path, own_address, PAYOUTS // 2, kills=15, keys="random")
    note(record_property, run)
    assert compared(run.owed, run.there["transfers"]).twice


@pytest.mark.prove
@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.parametrize("number", range(5))
def test_again_and_again_each_is_paid_once(
    own_address: str,
    tmp_path: Path,
    record_property: Record,
    retries: int,
    number: int,
) -> None:
    run = chaos(
        tmp_path, own_address, PAYOUTS, kills=40, retries=retries, seed=seed() + number
    )
    note(record_property, run)
    check_paid_once(run)
