"""SIGKILL at every step of a run that pays at Stripe: it goes on by itself, and each
is paid exactly once, with books and audit chains whole."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.chaos_site import elsewhere
from tests.faults.kill_points import POINTS
from tests.house import ROOT

ITEMS = 5
SOUND = {"killed": True, "paid": True} | {
    what: [] for what in ("twice", "missing", "wrong", "unsound")
}


def killed_at(
    folder: Path, address: str, points: Iterable[str], *, items: int, keys: str = ""
) -> list[dict[str, Any]]:
    """How each trial ended, one for each STEP:NUMBER."""
    with elsewhere() as there:
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.killing", str(folder), address]
            + [there.url, keys, str(items), *points],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=3600,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def unlike(ended: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in ended if {**each, **SOUND} != each]


def test_f01_killed_at_every_step_it_goes_on_and_pays_once(
    own_address: str, tmp_path: Path
) -> None:
    points = [f"{step}:1" for step in POINTS]
    ended = killed_at(tmp_path, own_address, points, items=1)
    assert [each["step"] for each in ended] == points
    assert unlike(ended) == []


def test_f01_the_control_with_a_key_for_each_call_pays_twice(
    own_address: str, tmp_path: Path
) -> None:
    points = ["after the call:1"]
    (ended,) = killed_at(tmp_path, own_address, points, items=1, keys="random")
    assert ended["killed"]
    assert len(ended["twice"]) == 1


@pytest.mark.prove
def test_f01_killed_at_every_step_of_every_item(
    own_address: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    points = [
        f"{step}:{number}"
        for step, point in POINTS.items()
        for number in range(1, 1 + (ITEMS if point.each else 1))
    ]
    ended = killed_at(tmp_path, own_address, points, items=ITEMS)
    record_property("kills", sum(each["killed"] for each in ended))
    record_property("payouts", ITEMS * len(ended))
    record_property("most workers", max(each["lives"] for each in ended))
    assert [each["step"] for each in ended] == points
    assert unlike(ended) == []
