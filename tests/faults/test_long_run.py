"""A run of 2,000 payees at 50 ms a call: how long, in how much memory, seen how."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.payouts.models import PayoutBatch
from engage.people import actions as people
from engage.people.models import Person
from tests.clients import Browser
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

CALL = 0.05  # seconds
LOOK_EVERY = 3.0
GROWS_AT_MOST = 1.1
LONG = 2_000


@dataclass
class Watched:
    """What somebody sees who keeps the run's page open, and how long it takes them."""

    shown: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def signed_in(app: Flask, person_id: int) -> Browser:
    person = db.session.get_one(Person, person_id)
    browser: Browser = app.test_client()  # type: ignore[assignment]
    token = people.start_sign_in(person, now=clock.now())
    browser.remember(_user_id=token, _fresh=True)
    return browser


def watch(browser: Browser, uid: str, run: subprocess.Popen[str]) -> Watched:
    seen = Watched()
    while run.poll() is None:
        began = time.monotonic()
        page = browser.get(f"/runs/{uid}").text
        seen.seconds.append(time.monotonic() - began)
        shown, *_ = re.findall(r"([\d,]+) of [\d,]+ payments that go out by", page)
        seen.shown.append(int(shown.replace(",", "")))
        time.sleep(LOOK_EVERY)
    return seen


def sent(
    folder: Path, address: str, payees: int, at_once: int
) -> tuple[dict[str, Any], Watched, list[str]]:
    """The worker's own figures, what the page showed, and what is not right."""
    with elsewhere() as there:
        app = paying_app(folder, address, there.url)
        with app.app_context():
            house = House.build()
            owed = house.queue(there, range(10_00, 10_00 + payees))
            uid = db.session.scalars(sa.select(PayoutBatch.uid)).one()
            browser = signed_in(app, house.finance[0])
            let_go_of_database()
        there.control("slow", seconds=CALL)
        command = [sys.executable, "-m", "tests.faults.sending_many"]
        with subprocess.Popen(
            [*command, str(folder), address, there.url, str(at_once)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as run:
            seen = watch(browser, uid, run)
            assert run.stdout is not None
            figures = json.load(run.stdout)
        there.control("slow", seconds=0)
        return figures, seen, wrong_at(app, there, owed)


def wrong_at(app: Flask, there: Elsewhere, owed: Owed) -> list[str]:
    paid = compared(owed, there.state()["transfers"])
    with app.app_context():
        found = [*paid.twice, *paid.missing, *paid.wrong, *unsound()]
        let_go_of_database()
    return found


@pytest.mark.prove
@pytest.mark.parametrize(("payees", "at_once"), [(200, 1), (LONG, 4)])
def test_a_long_run_takes_its_time_and_no_more_memory(
    own_address: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    payees: int,
    at_once: int,
) -> None:
    figures, seen, wrong = sent(tmp_path, own_address, payees, at_once)
    ideal = CALL / at_once
    each = figures["sent"]["seconds"] / payees
    held = figures["held"][len(figures["held"]) // 4 :]
    record_property("ms a payee", f"{each * 1000:.1f}")
    record_property("ms of latency by calls at once", f"{ideal * 1000:.1f}")
    record_property("times that", f"{each / ideal:.1f}")
    record_property("ms cpu a payee", f"{figures['sent']['cpu'] / payees * 1000:.1f}")
    looks = figures["seen"]["seconds"] / payees
    record_property("ms a payee for the look after", f"{looks * 1000:.1f}")
    record_property("MB at a quarter", f"{held[0] / 1024:.0f}")
    record_property("MB at most after", f"{max(held) / 1024:.0f}")
    record_property("page looked at", len(seen.shown))
    record_property("ms a page", f"{median(seen.seconds) * 1000:.0f}")
    assert wrong == []
    assert seen.shown == sorted(seen.shown)
    if payees == LONG:
        assert max(held) < held[0] * GROWS_AT_MOST
        assert len(set(seen.shown) - {0, payees}) > 3
