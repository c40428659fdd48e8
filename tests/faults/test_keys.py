"""What a key is good for: a day, one request, and never a second payment."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db, transaction
from engage.notices.models import Notice
from engage.payouts import actions, recording, resend, sending
from engage.payouts.resend import Outcome
from engage.payouts.rules import PayoutStatus
from tests import make
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

A_DAY = timedelta(hours=25)


@pytest.mark.parametrize(
    ("kind", "numbers"), [("after", ["1"]), ("before", ["1", "2"])]
)
def test_f10_an_old_key_is_looked_up_and_a_person_sends_on(
    there: StandIn, kind: str, numbers: list[str]
) -> None:
    run = Run(there, 75_00)
    impatient(there)
    run.fault(kind)
    send()
    resolve(A_DAY)
    assert asked(there) == 1, "an old key is not sent again"
    if kind == "before":
        assert run.states() == ["needs_person"]
        finance = make.finance(run.payer)
        assert "payout_problem" in set(db.session.scalars(sa.select(Notice.kind)))
        actions.retry(run.batch.id, by=finance, now=clock.now())
        send(A_DAY + QUARTER)
    run.check_paid_once()
    assert run.numbers() == numbers


def test_f10_the_control_that_trusts_an_old_key_pays_twice(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend, "KEY_LIVES_HOURS", 1000)
    run = Run(there, 75_00)
    impatient(there)
    run.fault("after")
    send()
    resolve(A_DAY)
    assert state(there)["sent_cents"] == 2 * 75_00


def change_request(run: Run, **values: object) -> None:
    with transaction():
        attempt = run.attempts()[0]
        attempt.request = {**attempt.request, **values}


@pytest.mark.parametrize("change", [{"cents": 1}, {"destination": "another"}])
def test_f11_an_edited_request_is_not_sent(
    there: StandIn, change: dict[str, object]
) -> None:
    run = Run(there, 75_00, 40_00)
    claimed = sending.claim_due(now=clock.now(), cleared=[run.batch.id])
    change_request(run, **change)
    for each in claimed:
        sending.send(each, now=clock.now())
    assert run.states() == ["needs_person", "sent"]
    assert state(there)["sent_cents"] == 40_00


def test_f11_an_edited_request_is_not_asked_about_again(there: StandIn) -> None:
    run = Run(there, 75_00)
    impatient(there)
    run.fault("after")
    send()
    change_request(run, cents=1)
    resolve()
    assert (run.states(), asked(there)) == (["needs_person"], 1)


def test_f11_one_key_for_two_requests_stops_that_payment_alone(there: StandIn) -> None:
    """Somebody edits the request and its hash: only the other side can tell."""
    run = Run(there, 75_00, 40_00)
    impatient(there)
    run.fault("after")
    send()
    change_request(run, cents=1)
    with transaction():
        attempt = run.attempts()[0]
        attempt.request_hash = recording.request_hash(attempt.request)
    resolve()
    assert run.attempts()[0].outcome == Outcome.KEY_MISMATCH
    resolve(SOON * 10)
    assert run.states() == ["needs_person", "sent"]
    assert (run.numbers(), state(there)["sent_cents"]) == (["1", "1"], 115_00)


def test_f11_the_control_without_the_hash_sends_what_was_edited(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    (claimed,) = sending.claim_due(now=clock.now(), cleared=[run.batch.id])
    change_request(run, cents=1)
    monkeypatch.setattr(
        recording, "request_hash", lambda _: run.attempts()[0].request_hash
    )
    sending.send(claimed, now=clock.now())
    assert run.payouts()[0].status is not PayoutStatus.NEEDS_PERSON
    assert state(there)["sent_cents"] == 1
