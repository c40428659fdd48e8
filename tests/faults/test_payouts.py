"""SIGKILL at every step of a payout: each is paid exactly once, the books agree."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Posting
from engage.payouts import books
from engage.payouts.models import DemoTransfer, Payout
from engage.payouts.rules import PayoutStatus
from tests import make
from tests.faults.sender import STEPS
from tests.payouts.owing import demo_marker, owed, released

ROOT = Path(__file__).parents[2]
KILLING = [step for step in STEPS if step != "none"]


AMOUNTS = [75_00, 40_00, 1, *range(10_00, 20_00, 1_00)]


def queue_payouts(app: Flask, amounts: list[int]) -> None:
    with app.app_context():
        demo_marker()
        payer = make.payer()
        released(payer, *(owed(payer, cents=cents) for cents in amounts))
        db.session.remove()
        db.engine.dispose()


def run(app: Flask, folder: Path, *steps: str, keys: str = "sound") -> int:
    """How many workers were killed on the way."""
    command = [sys.executable, "-m", "tests.faults.sender", str(folder)]
    done = subprocess.run(
        [*command, app.config["SQLALCHEMY_DATABASE_URI"], keys, *steps],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def transfers(app: Flask) -> Counter[int]:
    """What the other side paid, by amount, whatever our own tables say."""
    with app.app_context():
        return Counter(db.session.scalars(sa.select(DemoTransfer.cents)))


def check_paid_once(app: Flask, amounts: list[int]) -> None:
    assert transfers(app) == dict.fromkeys(amounts, 1)
    by_kind = sa.select(Posting.kind, sa.func.sum(Posting.cents)).group_by(Posting.kind)
    with app.app_context():
        assert set(db.session.scalars(sa.select(Payout.status))) == {PayoutStatus.PAID}
        assert set(db.session.scalars(sa.select(HoursEntry.status))) == {
            HoursStatus.PAID
        }
        assert books.problems(clock.now()) == []
        moved = {kind: cents for kind, cents in db.session.execute(by_kind)}
    assert moved == dict.fromkeys(("owe", "pay", "arrive"), sum(amounts))


def test_killed_at_every_step_in_turn_each_is_paid_exactly_once(
    fresh_app: Flask, tmp_path: Path
) -> None:
    queue_payouts(fresh_app, AMOUNTS)
    assert run(fresh_app, tmp_path, *KILLING) == len(KILLING)
    check_paid_once(fresh_app, AMOUNTS)


@pytest.mark.prove
@pytest.mark.parametrize("step", KILLING)
def test_killed_again_and_again_at_one_step_each_is_paid_exactly_once(
    fresh_app: Flask, tmp_path: Path, step: str
) -> None:
    queue_payouts(fresh_app, AMOUNTS[:3])
    assert run(fresh_app, tmp_path, *[step] * 5) > 0
    check_paid_once(fresh_app, AMOUNTS[:3])


def test_the_control_with_a_key_for_each_call_pays_twice(
    fresh_app: Flask, tmp_path: Path
) -> None:
    queue_payouts(fresh_app, AMOUNTS[:3])
    run(fresh_app, tmp_path, *["after the call"] * 3, keys="random")
    assert max(transfers(fresh_app).values()) > 1
