"""Claim, call, record: every way a call can end, and that it pays once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import db, transaction
from engage.ledger.models import Posting
from engage.payouts import actions, jobs, recording, sending, switches
from engage.payouts.models import Payout, PayoutAttempt, PayoutBatch
from engage.payouts.rails.base import Answer, Declined, NoOutcome
from engage.payouts.rails.table import RAILS
from engage.payouts.resend import Outcome
from engage.payouts.rules import PayoutStatus, RailName
from tests import make
from tests.payouts.faulty import FaultyRail, transfers
from tests.payouts.owing import owed, released

S = PayoutStatus
Rail = Callable[..., FaultyRail]


@pytest.fixture
def rail(monkeypatch: pytest.MonkeyPatch) -> Rail:
    def put(*faults: str | Answer) -> FaultyRail:
        made = FaultyRail(*faults)
        monkeypatch.setitem(RAILS, RailName.DEMO, made)
        return made

    return put


def payouts_of(batch: PayoutBatch) -> list[Payout]:
    query = sa.select(Payout).where(Payout.batch_id == batch.id).order_by(Payout.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def one_of(batch: PayoutBatch) -> Payout:
    (payout,) = payouts_of(batch)
    return payout


def attempts() -> list[PayoutAttempt]:
    query = sa.select(PayoutAttempt).order_by(PayoutAttempt.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def resolve_after(wait: timedelta) -> None:
    with time_machine.travel(clock.now() + wait, tick=False):
        jobs.resolve_unknown(clock.now())


def test_a_run_is_sent_and_posted_once(app: Flask, rail: Rail) -> None:
    payer = make.payer()
    batch = released(payer, owed(payer), owed(payer, cents=20_00))
    rail()
    jobs.send_due(clock.now())
    jobs.send_due(clock.now())
    assert {payout.status for payout in payouts_of(batch)} == {S.SENT}
    assert sorted(row.cents for row in transfers()) == [20_00, 75_00]
    postings = list(db.session.scalars(sa.select(Posting).where(Posting.kind == "pay")))
    assert sorted(row.cents for row in postings) == [20_00, 75_00]
    assert {row.credit for row in postings} == {"clearing:demo"}
    assert [row.outcome for row in attempts()] == ["sent", "sent"]


def test_the_key_and_the_request_stand_before_the_call(app: Flask, rail: Rail) -> None:
    batch = released(make.payer())
    made = rail("raises")
    jobs.send_due(clock.now())
    (attempt,) = attempts()
    payout = one_of(batch)
    assert made.keys == [attempt.key] == [f"payout-{payout.uid}-1"]
    assert attempt.request["cents"] == payout.cents
    assert attempt.request_hash == recording.request_hash(attempt.request)


def test_a_rail_that_breaks_is_no_answer_and_the_same_key_ends_it(
    app: Flask, rail: Rail
) -> None:
    batch = released(make.payer())
    made = rail("raises")
    jobs.send_due(clock.now())
    assert one_of(batch).status is S.UNKNOWN
    resolve_after(timedelta(minutes=2))
    assert one_of(batch).status is S.SENT
    assert len(transfers()) == 1
    assert len(set(made.keys)) == 1


def test_it_waits_before_it_asks_again(app: Flask, rail: Rail) -> None:
    batch = released(make.payer())
    made = rail("before")
    jobs.send_due(clock.now())
    jobs.resolve_unknown(clock.now())
    assert len(made.keys) == 1
    assert one_of(batch).status is S.UNKNOWN


def test_a_person_sends_it_on_and_it_is_looked_up_first(app: Flask, rail: Rail) -> None:
    payer = make.payer()
    batch = released(payer)
    made = rail("after")
    jobs.send_due(clock.now())
    with transaction():
        attempts()[0].request_hash = "0" * 64
    resolve_after(timedelta(minutes=2))
    assert one_of(batch).status is S.NEEDS_PERSON
    actions.retry(batch.id, by=make.finance(payer), now=clock.now())
    jobs.send_due(clock.now())
    assert one_of(batch).status is S.QUEUED  # the lost call may still be on its way
    with time_machine.travel(clock.now() + timedelta(minutes=15), tick=False):
        jobs.send_due(clock.now())
    assert one_of(batch).status is S.SENT
    assert (len(made.keys), len(transfers())) == (1, 1)


def test_a_refusal_holds_it_and_a_retry_uses_a_new_key(app: Flask, rail: Rail) -> None:
    payer = make.payer()
    batch = released(payer, owed(payer), owed(payer, cents=20_00))
    made = rail(Declined("funds"))
    jobs.send_due(clock.now())
    first, second = payouts_of(batch)
    assert (first.status, first.blocked_reason) == (S.BLOCKED, "funds")
    assert second.status is S.SENT
    actions.retry(batch.id, by=make.finance(payer), now=clock.now())
    jobs.send_due(clock.now())
    assert {payout.status for payout in payouts_of(batch)} == {S.SENT}
    assert made.keys[-1] == f"payout-{first.uid}-2"
    assert len(transfers()) == 2


def test_a_refusal_of_an_unknown_one_holds_it_too(app: Flask, rail: Rail) -> None:
    batch = released(make.payer())
    rail("before", Declined("setup"))
    jobs.send_due(clock.now())
    resolve_after(timedelta(minutes=2))
    payout = one_of(batch)
    assert (payout.status, payout.blocked_reason) == (S.BLOCKED, "setup")


def test_a_poisoned_payout_ends_with_a_person_and_others_go_on(
    app: Flask, rail: Rail
) -> None:
    payer = make.payer()
    batch = released(payer, owed(payer), owed(payer, cents=20_00))
    rail("raises", "", *["raises"] * 40)
    jobs.send_due(clock.now())
    for hours in range(2, 30, 2):
        resolve_after(timedelta(hours=hours))
    assert {p.status for p in payouts_of(batch)} == {S.NEEDS_PERSON, S.SENT}


def test_what_cannot_be_looked_up_waits(app: Flask, rail: Rail) -> None:
    batch = released(make.payer())
    made = rail(NoOutcome(Outcome.SERVER_ERROR, is_replayed=True))
    made.is_blind = True
    jobs.send_due(clock.now())
    resolve_after(timedelta(minutes=2))
    payout = one_of(batch)
    assert payout.status is S.UNKNOWN
    assert payout.not_before > clock.now() + timedelta(minutes=2)
    assert attempts()[0].is_replayed


def test_a_late_answer_of_another_worker_changes_nothing(
    app: Flask, rail: Rail
) -> None:
    batch = released(make.payer())
    rail()
    jobs.send_due(clock.now())
    payout = one_of(batch)
    now = clock.now()
    recording.record(payout.id, payout.remote_id or "", now=now)
    recording.lose(payout.id, NoOutcome(Outcome.NO_ANSWER), now=now)
    recording.decline(payout.id, "funds", now=now)
    assert one_of(batch).status is S.SENT


def test_nothing_new_goes_out_while_the_rail_is_stopped(app: Flask, rail: Rail) -> None:
    payer = make.payer()
    batch = released(payer)
    made = rail("before")
    jobs.send_due(clock.now())
    person, now = make.finance(payer), clock.now()
    switches.turn_rail(RailName.DEMO, payer.id, on=False, by=person, now=now)
    second = released(payer, owed(payer, cents=10_00))
    jobs.send_due(now)
    resolve_after(timedelta(hours=1))
    assert len(made.keys) == 1
    assert one_of(second).status is S.QUEUED
    switches.turn_rail(RailName.DEMO, payer.id, on=True, by=person, now=now)
    jobs.send_due(now)
    resolve_after(timedelta(hours=1))
    assert {one_of(batch).status, one_of(second).status} == {S.SENT}


def test_a_failed_recording_leaves_no_posting(
    app: Flask, rail: Rail, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = released(make.payer())
    rail()
    (claimed,) = sending.claim_due(now=clock.now())
    with monkeypatch.context() as broken:
        broken.setattr(recording.ledger_actions, "post", _fails)
        with pytest.raises(ZeroDivisionError):
            sending.send(claimed, now=clock.now())
    payout = one_of(batch)
    assert (payout.status, payout.remote_id) == (S.UNKNOWN, None)
    assert attempts()[0].ended_at is None
    resolve_after(timedelta(minutes=3))
    assert one_of(batch).status is S.SENT
    assert len(transfers()) == 1


def _fails(*args: object, **kw: object) -> None:
    raise ZeroDivisionError


def test_f47_a_rail_refuses_to_run_inside_a_transaction(app: Flask) -> None:
    released(make.payer())
    sending.claim_due(now=clock.now())
    call = sending.read_call(attempts()[0].payout_id)
    assert call is not None
    with transaction(), pytest.raises(RuntimeError, match="inside a transaction"):
        call.rail.send(call.order, call.key)
    assert transfers() == []


def test_the_demo_rail_pays_nothing_outside_demo_mode(app: Flask) -> None:
    batch = released(make.payer())
    app.config["DEMO"] = False
    try:
        jobs.send_due(clock.now())
    finally:
        app.config["DEMO"] = True
    payout = one_of(batch)
    assert (payout.status, payout.blocked_reason) == (S.BLOCKED, "closed")
    assert transfers() == []
