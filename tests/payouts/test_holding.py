"""Payments that wait at Stripe for money or a payee, and then go on by themselves."""

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.organizations.models import Organization
from engage.payouts import accounts, holding, jobs, weighing
from engage.payouts.models import Payout, PayoutAttempt, PayoutBatch
from engage.payouts.models_accounts import PayeeAccount, RailCursor
from engage.payouts.rules import PayoutStatus, RailName
from engage.payouts.switches import set_switch
from engage.people.models import Person
from tests import make
from tests.fakes.stripe import accounts as theirs
from tests.fakes.stripe import control
from tests.fakes.stripe.server import StandIn
from tests.payouts import owing, setting_up

BLOCKED, SENT = PayoutStatus.BLOCKED, PayoutStatus.SENT


@pytest.fixture
def payer(app: Flask) -> Organization:
    return make.payer()


@pytest.fixture
def who(app: Flask) -> Person:
    return make.consultant()


def run_of(payer: Organization, *people: Person) -> PayoutBatch:
    """A released run that owes each of them $75.00 by Stripe."""
    owed = [owing.owed(payer, to=each, rail="stripe") for each in people]
    return owing.released(payer, *owed)


def states() -> Counter[tuple[str, str]]:
    rows = db.session.execute(sa.select(Payout.status, Payout.blocked_reason))
    return Counter((str(status), reason) for status, reason in rows)


def keys() -> list[str]:
    rows = db.session.scalars(sa.select(PayoutAttempt.key).order_by(PayoutAttempt.id))
    return [key.rpartition("-")[2] for key in rows]


def asked(there: StandIn, what: str) -> int:
    return there.store.requests.count(tuple(what.split()))


def tick() -> None:
    """What the worker does within a minute or so."""
    jobs.let_go(clock.now())
    jobs.look_at_accounts(clock.now())
    jobs.let_go(clock.now())
    jobs.send_due(clock.now())


def test_f19_a_run_that_the_money_does_not_cover_is_held_before_any_call(
    there, payer
) -> None:
    people = [make.consultant() for _ in range(3)]
    for each in people:
        setting_up.ready(there, payer, each)
    there.store.available_cents = 200_00
    run_of(payer, *people)
    tick()

    assert states() == {("blocked", "funds"): 3}
    assert asked(there, "POST /v1/transfers") == 0
    control.fund(there, 100_00)
    tick()
    assert states() == {("sent", ""): 3}
    assert keys() == ["1", "1", "1"]
    assert control.state(there)["sent_cents"] == 225_00


def test_f19_two_runs_do_not_count_the_same_money(there, payer) -> None:
    people = [make.consultant() for _ in range(2)]
    for each in people:
        setting_up.ready(there, payer, each)
        run_of(payer, each)
    there.store.available_cents = 100_00
    cleared = holding.cleared_runs(now=clock.now())

    assert len(cleared) == 1
    assert states() == {("queued", ""): 1, ("blocked", "funds"): 1}


def test_nothing_is_called_while_nobody_says_what_is_there(there, payer, who) -> None:
    setting_up.ready(there, payer, who)
    run_of(payer, who)
    control.fault(there, kind="503", operation="GetBalance")
    tick()

    assert states() == {("queued", ""): 1}
    control.calm(there)
    tick()
    assert states() == {("sent", ""): 1}


def test_a_page_reads_what_the_worker_kept_and_asks_nobody(there, payer, who) -> None:
    setting_up.ready(there, payer, who)
    maker, _ = owing.two_in_finance(payer)
    batch = owing.prepared(payer, maker, to=who, rail="stripe")
    jobs.let_go(clock.now())
    there.store.requests.clear()
    payouts = db.session.scalars(sa.select(Payout)).all()
    check = weighing.dry_run(batch, list(payouts), owing.CAPS, clock.now())

    assert list(check.funds.values()) == [1_000_00]
    assert there.store.requests == []
    jobs.let_go(clock.now())
    assert there.store.requests == [], "the figure is minutes old"


def test_f22_a_payee_who_is_not_ready_is_never_called_and_goes_by_itself(
    there, payer, who
) -> None:
    row = setting_up.begun(setting_up.payee_of(payer, who), who)
    run_of(payer, who)
    tick()

    assert states() == {("blocked", "setup"): 1}
    assert asked(there, "POST /v1/transfers") == 0
    setting_up.turn(there, row, "active")
    tick()
    assert states() == {("sent", ""): 1}


def test_a_new_place_waits_three_days_and_then_goes_by_itself(
    there, payer, who
) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        setting_up.ready(there, payer, who, accounts.NEW_PLACE_WAITS)
        run_of(payer, who)
        tick()
        assert states() == {("blocked", "new_place"): 1}
        time.shift(timedelta(hours=71))
        tick()
        assert states() == {("blocked", "new_place"): 1}
        time.shift(timedelta(hours=2))
        tick()
        assert states() == {("sent", ""): 1}


def test_f22_what_was_ready_at_the_release_is_looked_at_again_at_the_claim(
    there, payer, who
) -> None:
    row = setting_up.ready(there, payer, who)
    run_of(payer, who)
    setting_up.turn(there, row, "restricted")
    jobs.send_due(clock.now())

    assert states() == {("blocked", "setup"): 1}
    assert asked(there, "POST /v1/transfers") == 0


def test_f23_a_payee_restricted_there_alone_is_looked_at_before_the_next_try(
    there, payer, who
) -> None:
    row = setting_up.ready(there, payer, who)
    run_of(payer, who)
    setting_up.turn(there, row, "restricted", look=False)
    tick()
    tick()

    db.session.refresh(row)
    assert states() == {("blocked", "setup"): 1}
    assert (row.readiness, row.needs_details) == ("restricted", True)
    assert asked(there, "POST /v1/transfers") == 1
    setting_up.turn(there, row, "active")
    tick()
    assert states() == {("sent", ""): 1}
    assert keys() == ["1", "2"]


def test_f25_another_account_than_the_released_one_needs_a_new_run(
    there, payer, who
) -> None:
    row = setting_up.ready(there, payer, who)
    run_of(payer, who)
    theirs.close(there.store, str(row.account_id))
    tick()
    tick()
    assert states() == {("blocked", "destination"): 1}

    other = setting_up.ready(there, payer, who)
    tick()
    assert other.id != row.id
    assert states() == {("blocked", "elsewhere"): 1}
    assert len(there.store.transfers) == 0


def test_f25_who_sets_up_after_the_release_needs_a_new_run(there, payer, who) -> None:
    setting_up.payee_of(payer, who)
    run_of(payer, who)
    assert states() == {("blocked", "setup"): 1}
    setting_up.ready(there, payer, who)
    tick()

    assert states() == {("blocked", "elsewhere"): 1}
    assert asked(there, "POST /v1/transfers") == 0


def test_f33_an_account_of_another_mode_is_not_paid(there, payer, who) -> None:
    row = setting_up.ready(there, payer, who)
    run_of(payer, who)
    row.is_live = True
    make.save(row)
    jobs.send_due(clock.now())

    assert states() == {("blocked", "closed"): 1}


def test_the_worker_stops_trying_and_a_person_may_go_on(there, payer, who) -> None:
    row = setting_up.ready(there, payer, who)
    run_of(payer, who)
    for _ in range(8):
        setting_up.turn(there, row, "restricted", look=False)
        jobs.send_due(clock.now())
        setting_up.turn(there, row, "active")
        jobs.let_go(clock.now())

    assert keys() == ["1", "2", "3", "4", "5"]
    assert states() == {("blocked", "setup"): 1}


def test_without_stripe_nothing_is_asked(app: Flask) -> None:
    jobs.let_go(clock.now())
    jobs.poll_events(clock.now())
    jobs.look_at_accounts(clock.now())

    assert holding.ask_funds(now=clock.now()) is None
    assert db.session.scalars(sa.select(RailCursor)).all() == []
    assert db.session.scalars(sa.select(PayeeAccount)).all() == []


def test_a_stopped_rail_asks_for_no_figures(there, payer, who) -> None:
    setting_up.ready(there, payer, who)
    run_of(payer, who)
    set_switch(RailName.STRIPE, payer.id, is_stopped=True, reason="person")
    there.store.requests.clear()
    jobs.send_due(clock.now())

    assert states() == {("queued", ""): 1}
    assert there.store.requests == []
