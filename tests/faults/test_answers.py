"""Calls whose answer is lost, late or an error: never failed, and paid once."""

import threading
from itertools import cycle
from types import SimpleNamespace

import pytest

from engage.core import clock
from engage.core.db import new_uid
from engage.payouts import recording
from engage.payouts.rails.stripe import StripeRail
from engage.payouts.resend import Outcome
from tests.fakes.stripe.server import StandIn
from tests.faults.stripe_run import (
    QUARTER,
    SOON,
    Run,
    asked,
    impatient,
    resolve,
    send,
    state,
)

SUMS = (75_00, 40_00, 25_00)


def keys_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the package does where nobody gives it a key."""
    sends = StripeRail.send
    monkeypatch.setattr(
        StripeRail, "send", lambda rail, order, _: sends(rail, order, new_uid())
    )


def test_f03_a_lost_answer_is_asked_for_with_the_same_key(there: StandIn) -> None:
    run = Run(there, *SUMS)
    impatient(there)
    run.fault("after")
    send()
    assert run.states() == ["unknown", "sent", "sent"]
    assert len(state(there)["transfers"]) == 3, "it was paid, and we cannot know"
    resolve()
    run.check_paid_once()
    assert run.numbers() == ["1", "1", "1"]
    assert asked(there) == 4


def test_f03_the_control_with_a_key_for_each_call_pays_twice(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys_for_each_call(monkeypatch)
    run = Run(there, 75_00)
    impatient(there)
    run.fault("after")
    send()
    resolve()
    assert state(there)["sent_cents"] == 2 * 75_00


def test_f04_a_late_answer_is_unknown_and_409_is_no_error(there: StandIn) -> None:
    run = Run(there, 75_00)
    impatient(there, read_seconds=0.2)
    run.fault("slow", seconds=1.2)
    send()
    assert run.states() == ["unknown"]
    resolve(SOON)  # while the first call is still at work: the key is in use
    assert run.states() == ["unknown"]
    (attempt,) = run.attempts()
    assert (attempt.outcome, attempt.ended_at) == (Outcome.NO_ANSWER, None)
    wait_for_the_transfer(there)
    resolve(QUARTER)
    run.check_paid_once()
    assert (run.numbers(), asked(there)) == (["1"], 3)


def wait_for_the_transfer(there: StandIn) -> None:
    for _ in range(200):
        if all(saved.status for saved in there.store.keys.values()):
            return
        threading.Event().wait(0.05)
    pytest.fail("the stand-in is still at it")


def test_f06_too_many_calls_are_spread_and_asked_again_as_they_were(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = cycle([0.1, 0.9])  # thrown by chance, one in sixteen pairs would be alike
    monkeypatch.setattr(recording, "random", SimpleNamespace(random=dice.__next__))
    run = Run(there, *SUMS)
    run.fault("429", count=2)
    send()
    assert run.states() == ["unknown", "unknown", "sent"]
    orders = [attempt.request for attempt in run.attempts()]
    now = clock.now()
    waits = [each.not_before - now for each in run.payouts() if each.not_before]
    assert all(wait.total_seconds() > 20 for wait in waits)
    assert len(set(waits)) == 2, "they do not come back at the same moment"
    resolve()
    run.check_paid_once()
    assert run.numbers() == ["1", "1", "1"]
    assert [attempt.request for attempt in run.attempts()] == orders
    groups = [row["transfer_group"] for row in state(there)["transfers"]]
    first, second, third = (f"payout_{each.uid}" for each in run.payouts())
    assert groups == [third, first, second], "those that wait keep their order"


def test_f06_a_package_that_may_try_again_uses_the_same_key(there: StandIn) -> None:
    run = Run(there, 75_00)
    run.fault("429retry")
    send()
    run.check_paid_once()
    assert (run.numbers(), asked(there)) == (["1"], 2)


def test_f07_an_error_kept_for_work_that_was_done_is_looked_up(there: StandIn) -> None:
    run = Run(there, *SUMS)
    impatient(there)
    run.fault("500saved")
    send()
    assert run.states() == ["unknown", "sent", "sent"]
    resolve()  # the same key says the same error again, now as a replay
    assert run.states()[0] == "unknown"
    resolve(QUARTER)
    run.check_paid_once()
    assert run.numbers() == ["1", "1", "1"]


def test_f07_the_control_that_believes_an_empty_look_pays_twice(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    impatient(there)
    monkeypatch.setattr(StripeRail, "find", lambda *_: [])
    end_by_a_new_attempt(run)
    assert state(there)["sent_cents"] == 2 * 75_00


def end_by_a_new_attempt(run: Run, kind: str = "500saved") -> None:
    run.fault(kind)
    send()
    resolve()
    resolve(QUARTER)
    send(QUARTER)


def test_f08_an_error_kept_for_nothing_done_gets_a_new_key_after_a_wait(
    there: StandIn,
) -> None:
    run = Run(there, *SUMS)
    impatient(there)
    run.fault("500none")
    send()
    assert run.states() == ["unknown", "sent", "sent"]
    assert not run.attempts()[0].is_replayed
    resolve()
    assert run.attempts()[0].is_replayed
    resolve(SOON * 2)  # the look is empty, and ten minutes have not passed
    send(SOON * 2)
    assert (run.states()[0], run.numbers()) == ("unknown", ["1", "1", "1"])
    resolve(QUARTER)
    assert run.states()[0] == "queued"
    send(QUARTER)
    run.check_paid_once()
    assert run.numbers() == ["1", "1", "1", "2"]
    assert run.attempts()[0].outcome == "not_found"


def test_f08_until_the_answer_is_a_replay_the_key_stays(there: StandIn) -> None:
    run = Run(there, 75_00)
    impatient(there)
    run.fault("503", count=4)
    send()
    for tries in (1, 2, 4):
        resolve(QUARTER * tries)
    assert (run.states(), run.numbers()) == (["unknown"], ["1"])
    resolve(QUARTER * 8)
    run.check_paid_once()
    assert run.numbers() == ["1"]


@pytest.mark.parametrize("kind", ["503", "409", "before"])
def test_f09_an_error_before_the_key_was_kept_is_asked_again(
    there: StandIn, kind: str
) -> None:
    run = Run(there, *SUMS)
    impatient(there)
    run.fault(kind)
    send()
    assert run.states() == ["unknown", "sent", "sent"]
    assert state(there)["sent_cents"] == sum(SUMS[1:])
    resolve()
    run.check_paid_once()
    assert run.numbers() == ["1", "1", "1"]


def test_f09_the_control_where_an_error_reads_as_a_no_leaves_it_unpaid(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    impatient(there)
    run.fault("503")
    monkeypatch.setattr(recording, "lose", _reads_as_no)
    send()
    resolve()
    assert state(there)["transfers"] == []


def _reads_as_no(payout_id: int, answer: object, **values: object) -> None:
    recording.decline(payout_id, "refused", now=clock.now())
