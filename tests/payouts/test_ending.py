"""Payouts that fail in our own hands, and what a person may do with one that waits."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import beside, db, transaction
from engage.core.errors import Refused
from engage.ledger.models import Payable, Posting
from engage.ledger.rules import PayableStatus
from engage.payouts import actions, books, ending, jobs, recording, switches
from engage.payouts.models import DemoTransfer, Payout, PayoutAttempt
from engage.payouts.rails.base import Answer, NoOutcome, Order
from engage.payouts.rails.table import RAILS
from engage.payouts.resend import Outcome
from engage.payouts.rules import PayoutStatus, RailName
from tests import make
from tests.payouts.faulty import FaultyRail, transfers
from tests.payouts.owing import owed, released

S = PayoutStatus
HOUR = timedelta(hours=1)


class Poisoned(FaultyRail):
    """Says that it paid, in a way over which our own program falls."""

    poison = ""

    def send(self, order: Order, key: str) -> Answer:
        said = super().send(order, key)
        return object() if order.public_id == self.poison else said  # type: ignore[return-value]


@pytest.fixture
def rail(monkeypatch: pytest.MonkeyPatch) -> Poisoned:
    made = Poisoned()
    monkeypatch.setitem(RAILS, RailName.DEMO, made)
    return made


def payouts() -> list[Payout]:
    query = sa.select(Payout).order_by(Payout.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def later(job: Callable[..., object], *waits: timedelta) -> None:
    for wait in waits:
        with (
            time_machine.travel(clock.now() + wait, tick=False),
            suppress(AttributeError, ZeroDivisionError),
        ):
            job(clock.now())


def test_f50_one_that_always_fails_ends_with_a_person_and_others_go_on(
    app: Flask, rail: Poisoned
) -> None:
    payer = make.payer()
    released(payer, owed(payer), owed(payer, cents=20_00))
    bad, good = payouts()
    rail.poison = bad.uid
    later(jobs.send_due, timedelta())
    assert payouts()[1].status is S.SENT
    later(jobs.resolve_unknown, *(HOUR * n for n in range(1, 9)))
    bad, _ = payouts()
    assert (bad.status, bad.blocked_reason) == (S.NEEDS_PERSON, "failing")
    assert bad.failures == recording.MOST_FAILURES
    assert len({row.public_id for row in map(_order, _attempts())}) == 2
    assert len(set(rail.keys)) == 2  # never a key of its own for a try of ours


def _attempts() -> list[PayoutAttempt]:
    return list(db.session.scalars(sa.select(PayoutAttempt)))


def _order(attempt: PayoutAttempt) -> Order:
    return Order.read(attempt.request)


def test_f50_one_that_cannot_be_claimed_does_not_hold_up_others(
    app: Flask, rail: Poisoned, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = make.payer()
    released(payer, owed(payer))
    released(payer, owed(payer, cents=20_00))
    bad = payouts()[0].id
    new_attempt = recording.new_attempt

    def fails(payout: Payout, now: object) -> PayoutAttempt:
        if payout.id == bad:
            raise ZeroDivisionError
        return new_attempt(payout, now)  # type: ignore[arg-type]

    monkeypatch.setattr(recording, "new_attempt", fails)
    jobs.send_due(clock.now())
    assert [each.status for each in payouts()] == [S.QUEUED, S.SENT]
    for n in range(1, 9):
        later(jobs.send_due, HOUR * n)
    assert payouts()[0].status is S.NEEDS_PERSON


def waiting_for_a_person(rail: Poisoned) -> tuple[Payout, Payable]:
    """It was called, nobody knows the end, and its stored request was altered."""
    payer = make.payer()
    row = owed(payer)
    released(payer, row)
    jobs.send_due(clock.now())
    with transaction() as session:
        session.scalars(sa.select(PayoutAttempt)).one().request_hash = "0" * 64
    later(jobs.resolve_unknown, timedelta(minutes=2))
    (payout,) = payouts()
    assert payout.status is S.NEEDS_PERSON
    return payout, row


def end(payout: Payout) -> None:
    ending.ask(payout.id, by=make.finance(make.payer()), now=clock.now())
    later(jobs.resolve_unknown, timedelta(minutes=15))


def test_nothing_found_is_cancelled_and_waits_again(app: Flask, rail: Poisoned) -> None:
    rail.faults = iter(["before"])
    payout, row = waiting_for_a_person(rail)
    end(payout)
    assert payouts()[0].status is S.CANCELLED
    assert row.status is PayableStatus.WAITING
    assert _attempts()[0].outcome == "not_found"
    assert books.problems(clock.now()) == []


def test_one_that_fits_is_recorded(app: Flask, rail: Poisoned) -> None:
    rail.faults = iter(["after"])
    payout, _row = waiting_for_a_person(rail)
    end(payout)
    assert payouts()[0].status is S.SENT
    assert len(transfers()) == 1
    assert books.problems(clock.now()) == []


def test_a_call_that_may_be_on_its_way_is_waited_for(
    app: Flask, rail: Poisoned
) -> None:
    rail.faults = iter(["before"])
    payout, _row = waiting_for_a_person(rail)
    ending.ask(payout.id, by=make.finance(make.payer()), now=clock.now())
    jobs.resolve_unknown(clock.now())
    assert payouts()[0].status is S.NEEDS_PERSON


@pytest.mark.parametrize(("change", "why"), [("cents", "differs"), ("two", "several")])
def test_anything_else_stays_a_persons(
    app: Flask, rail: Poisoned, change: str, why: str
) -> None:
    rail.faults = iter(["after"])
    payout, _row = waiting_for_a_person(rail)
    with beside() as store:
        made = store.scalars(sa.select(DemoTransfer)).one()
        if change == "cents":
            made.cents += 1
        else:
            names = ("transfer_group", "cents", "currency", "destination", "created_at")
            again = {name: getattr(made, name) for name in names}
            store.add(DemoTransfer(key="other", back={}, **again))
    end(payout)
    (payout,) = payouts()
    assert (payout.status, payout.blocked_reason) == (S.NEEDS_PERSON, why)
    assert not payout.is_end_asked


def test_a_rail_that_says_nothing_is_asked_again(app: Flask, rail: Poisoned) -> None:
    rail.faults = iter(["before"])
    payout, _row = waiting_for_a_person(rail)
    rail.is_blind = True
    end(payout)
    assert payouts()[0].status is S.NEEDS_PERSON
    rail.is_blind = False
    later(jobs.resolve_unknown, timedelta(minutes=30))
    assert payouts()[0].status is S.CANCELLED


def test_only_what_waits_for_a_person_can_be_ended(app: Flask, rail: Poisoned) -> None:
    released(make.payer())
    with pytest.raises(Refused):
        end(payouts()[0])


@pytest.mark.parametrize("step", ["ask", "cancel"])
def test_a_failed_step_leaves_nothing(
    app: Flask, rail: Poisoned, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    rail.faults = iter(["before"])
    payout, row = waiting_for_a_person(rail)
    if step == "ask":
        monkeypatch.setattr(ending.audit, "record", _fails)
        with pytest.raises(ZeroDivisionError):
            end(payout)
    else:
        monkeypatch.setattr(ending, "give_back", _fails)
        end(payout)
    (payout,) = payouts()
    assert payout.status is S.NEEDS_PERSON
    assert payout.is_end_asked is (step != "ask")
    assert row.status is PayableStatus.IN_PAYOUT
    assert db.session.scalar(sa.select(PayoutAttempt.ended_at)) is None


def _fails(*args: object, **kw: object) -> None:
    raise ZeroDivisionError


def test_f35_a_key_that_was_taken_back_stops_the_payers_rail(
    app: Flask, rail: Poisoned
) -> None:
    payer, other = make.payer(), make.payer()
    released(payer, owed(payer), owed(payer, cents=20_00))
    rail.faults = iter([NoOutcome(Outcome.RAIL_DOWN)] * 2)
    jobs.send_due(clock.now())
    released(payer, owed(payer, cents=30_00))
    released(other, owed(other, cents=40_00))
    jobs.send_due(clock.now())
    assert [each.status for each in payouts()] == [
        S.UNKNOWN,
        S.UNKNOWN,
        S.QUEUED,
        S.SENT,
    ]
    keys = rail.keys[:2]
    switches.turn_rail(
        RailName.DEMO, payer.id, on=True, by=make.finance(payer), now=clock.now()
    )
    later(jobs.resolve_unknown, HOUR)
    later(jobs.send_due, HOUR)
    assert {each.status for each in payouts()} == {S.SENT}
    assert rail.keys[3:5] == keys
    assert db.session.scalar(sa.select(sa.func.count(Posting.id))) == 8


def test_retrying_forgets_how_often_it_failed(app: Flask, rail: Poisoned) -> None:
    rail.faults = iter(["after"])
    payout, _row = waiting_for_a_person(rail)
    with transaction():
        payout.failures = 4
    actions.retry(payout.batch_id, by=make.finance(make.payer()), now=clock.now())
    assert payouts()[0].failures == 0
