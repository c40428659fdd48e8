"""No limit is passed, no minute or cent lost, and each voice is its rule, for weeks."""

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from engage.offers import waves
from engage.panels import actions as panels
from engage.workload import actions as workload
from tests.conftest import Kept
from tests.machines.weeks import WeeksOfWork

EXAMPLES, STEPS = 8, 40
FOUND = (Phase.generate,)  # a fault has to be found; making it small takes long


def run(
    app: Flask, examples: int = EXAMPLES, steps: int = STEPS, **more: Any
) -> Counter[str]:
    """Play that many lives of that many steps; what was met in them, by kind."""
    found: Counter[str] = Counter()
    machine = type("Weeks", (WeeksOfWork,), {"app": app, "met": found})
    chosen = {"phases": FOUND, **more}
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            **chosen,
        ),
    )
    return found


def test_weeks_of_work_pass_no_limit_and_lose_nothing(kept_app: Kept) -> None:
    found = run(kept_app("sqlite"))
    assert found["asks"]


@pytest.mark.prove
def test_many_weeks_of_work_pass_no_limit_and_lose_nothing(
    kept_app: Kept, database: str, record_property: Any
) -> None:
    found = run(kept_app(database), 250, 60)
    for kind, number in sorted(found.items()):
        record_property(str(kind), number)
    assert found["yes"] > 100
    assert found["on condition"] > 10


def nothing(*_: object, **__: object) -> None:
    """In the place of a rule."""


FAULTS = {
    "a yes is not weighed": (
        workload,
        "check_room",
        nothing,
        "a yes passes|at once|story",
    ),
    "a release forgets": (workload, "release", nothing, "minutes held are not"),
    "an ask is not weighed": (waves, "may_deliver", lambda *_, **__: True, "."),
    "a voice is not computed": (panels, "revoice", nothing, "the open flag is not"),
}


SLOW = {"a yes is not weighed", "a release forgets"}  # to be found: the proof has them
PLANTED = [
    pytest.param(name, marks=pytest.mark.prove) if name in SLOW else name
    for name in FAULTS
]


@pytest.mark.parametrize("fault", PLANTED)
def test_the_machine_finds_a_planted_fault(
    kept_app: Kept, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    module, name, broken, words = FAULTS[fault]
    assert callable(getattr(module, name))
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError, match=words):
        run(kept_app("sqlite"), 40, derandomize=True)
