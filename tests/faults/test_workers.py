"""Workers that die or meet, in processes of their own: each payment is made once."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, new_uid
from engage.payouts import jobs, resolving, sending
from engage.payouts.models import Payout
from engage.payouts.rails.stripe import StripeRail
from engage.payouts.rules import PayoutStatus
from tests.fakes.stripe.faults import Fault
from tests.fakes.stripe.server import StandIn
from tests.faults.chaos_site import (
    Elsewhere,
    House,
    Owed,
    beside,
    compared,
    forking,
    let_go_of_database,
    unsound,
)
from tests.faults.stripe_run import QUARTER, TRANSFER, Run, act, resolve, state

AMOUNTS = [75_00, 40_00, 1]
MANY = [1_00 + n for n in range(16)]


@dataclass
class Site:
    """An installation whose workers are processes, and its stand-in in this one."""

    folder: Path
    address: str
    there: StandIn
    app: Flask
    lives: "subprocess.Popen[str]"
    owed: Owed = field(default_factory=dict)

    def live(self, *groups: list[str], **plan: Any) -> int:
        """How many workers were killed on the way."""
        where = {"address": self.address, "url": self.there.url}
        plan |= {"folder": str(self.folder), "groups": groups, **where}
        assert self.lives.stdin is not None
        assert self.lives.stdout is not None
        self.lives.stdin.write(f"{json.dumps(plan)}\n")
        self.lives.stdin.flush()
        return int(self.lives.stdout.readline())

    def queue(self, amounts: list[int]) -> None:
        with self.app.app_context():
            self.owed = House.build().queue(Elsewhere(self.there.url), amounts)
            let_go_of_database()
        self.there.store.requests.clear()

    def calls(self) -> int:
        return self.there.store.requests.count(("POST", "/v1/transfers"))

    def check_paid_once(self) -> None:
        assert compared(self.owed, state(self.there)["transfers"]).is_right
        with self.app.app_context():
            found = set(db.session.scalars(sa.select(Payout.status)))
            assert found == {PayoutStatus.SENT}
            assert unsound() == []


@pytest.fixture(scope="module")
def lives() -> Iterator["subprocess.Popen[str]"]:
    with forking("tests.faults.lives") as process:
        yield process


@pytest.fixture
def site(
    own_address: str, tmp_path: Path, lives: "subprocess.Popen[str]"
) -> Iterator[Site]:
    with beside(tmp_path, own_address, cents=10_000_00) as (there, app):
        yield Site(tmp_path, own_address, there, app, lives)


def test_f01_killed_between_the_claim_and_the_call_it_is_paid_once(site: Site) -> None:
    site.queue(AMOUNTS)
    assert site.live(["after the intent"], [""], [""]) == 1
    site.check_paid_once()
    assert site.calls() == len(AMOUNTS)


def test_f01_the_control_where_no_lease_ends_pays_nobody(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    sending.claim_due(now=clock.now(), cleared=[run.batch.id])
    with monkeypatch.context() as without:
        without.setattr(resolving, "expire_leases", lambda *, now: 0)
        act(jobs.resolve_unknown, jobs.send_due, after=QUARTER)
        assert state(there)["transfers"] == []
        assert run.states() == ["sending"]
    resolve(QUARTER)
    run.check_paid_once()


def test_f02_killed_between_the_answer_and_the_commit_it_is_paid_once(
    site: Site,
) -> None:
    site.queue(AMOUNTS)
    killing = ["after the call"], ["at the commit of the recording"]
    assert site.live(*killing, [""], [""]) == 2
    site.check_paid_once()
    assert site.calls() == len(AMOUNTS) + 2, "each lost answer was asked for again"


def use_a_key_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    sends = StripeRail.send
    monkeypatch.setattr(
        StripeRail, "send", lambda rail, order, _: sends(rail, order, new_uid())
    )


def test_f02_the_control_with_a_key_for_each_call_pays_twice(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_a_key_for_each_call(monkeypatch)
    run = Run(there, 75_00)
    (claimed,) = sending.claim_due(now=clock.now(), cleared=[run.batch.id])
    call = sending.read_call(claimed.payout_id)
    assert call is not None
    sending.ask(call)  # and that worker is never heard of again
    resolve(QUARTER)
    assert state(there)["sent_cents"] == 2 * 75_00


@pytest.mark.parametrize(
    ("payouts", "workers"), [(16, 2), pytest.param(400, 8, marks=pytest.mark.prove)]
)
def test_f12_workers_at_once_send_each_payout_once(
    site: Site, payouts: int, workers: int
) -> None:
    site.queue([1_00 + n for n in range(payouts)])
    site.live([""] * workers, seconds=120)
    site.check_paid_once()
    assert site.calls() == payouts


def test_f12_the_control_without_a_lock_calls_twice_and_the_key_still_holds(
    site: Site,
) -> None:
    site.queue(MANY)
    site.live(["", ""], without=["lock"])
    assert site.calls() > len(MANY)
    assert compared(site.owed, state(site.there)["transfers"]).is_right


def slow_first_call(site: Site) -> None:
    site.queue(AMOUNTS[:1])
    site.there.faults.add(Fault("slow", TRANSFER, count=1, seconds=1.0))


def test_f13_a_call_longer_than_its_lease_pays_once_by_its_key(site: Site) -> None:
    slow_first_call(site)
    site.live(["", ""], [""], lease=0.2)
    site.check_paid_once()
    assert site.calls() > 1, "another worker took over while the first still called"


def test_f13_the_control_with_a_key_for_each_call_pays_twice(site: Site) -> None:
    slow_first_call(site)
    site.live(["", ""], [""], lease=0.2, without=["keys"])
    assert len(state(site.there)["transfers"]) == 2


def test_f13_the_worker_says_when_a_call_may_outlast_the_lease(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jobs.warnings() == []
    monkeypatch.setattr(sending, "longest_call", lambda: 121.0)
    (sentence,) = jobs.warnings()
    assert "longer than the lease" in sentence


def test_f13_the_rail_as_it_is_stays_within_the_lease(there: StandIn) -> None:
    assert 0 < sending.longest_call() < 120
    assert jobs.warnings() == []
