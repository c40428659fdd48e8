"""F36: put back to last night while Stripe is already ahead: nobody is paid twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import db, end_read, transaction
from engage.core.errors import Refused
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.organizations.models import Organization
from engage.payouts import books, inbox, jobs, reconcile_actions, switches
from engage.payouts.models import Payout
from engage.payouts.reconcile_models import ReconciliationDifference
from engage.payouts.reconcile_rules import Difference
from engage.payouts.rules import PayoutStatus, RailName
from engage.people.models import Person
from engage.records import copies, restoring
from tests import make
from tests.fakes.stripe.server import StandIn
from tests.payouts.at_stripe import account, standing_in
from tests.payouts.owing import owed, released
from tests.records.keeping import PRIVATE, keep_copies, opened

STRIPE = RailName.STRIPE
DAY = timedelta(days=1)


@pytest.fixture
def there(fresh_app: Flask) -> Iterator[StandIn]:
    with opened(fresh_app), standing_in(fresh_app) as server:
        yield server


def to_be_paid(payer: Organization, there: StandIn, cents: int) -> Payable:
    payable = owed(payer, rail="stripe", cents=cents)
    account(there, db.session.get_one(Payee, payable.payee_id))
    return payable


def send() -> None:
    jobs.send_due(clock.now())
    end_read()


def amounts(there: StandIn) -> list[int]:
    return sorted(each["amount"] for each in there.store.transfers.values())


def go_on(payer_id: int, by_id: int) -> None:
    by = db.session.get_one(Person, by_id)
    switches.turn_rail(STRIPE, payer_id, on=True, by=by, now=clock.now())


@pytest.fixture
def back(fresh_app: Flask, there: StandIn, tmp_path: Path) -> tuple[int, list[int]]:
    """Two payments that Stripe made after the copy: one was queued in it, one not."""
    folders = keep_copies(fresh_app, tmp_path)
    payer = make.payer()
    payer_id, people = payer.id, [make.finance(payer).id for _ in range(2)]
    released(payer, to_be_paid(payer, there, 25_00))
    later = to_be_paid(payer, there, 40_00)
    end_read()
    copies.make(clock.now())
    released(payer, later)
    end_read()
    send()
    assert amounts(there) == [25_00, 40_00]
    path = next(folders[0].iterdir())
    put = {"private": PRIVATE, "keys": None, "replace": True, "now": clock.now()}
    assert restoring.restore(path, **put).problems == []
    return payer_id, people


def test_nothing_goes_out_until_every_day_since_was_compared(
    there: StandIn, back: tuple[int, list[int]]
) -> None:
    payer_id, people = back
    (payout,) = db.session.scalars(sa.select(Payout))
    assert payout.status is PayoutStatus.QUEUED
    send()
    assert amounts(there) == [25_00, 40_00]
    with pytest.raises(Refused, match="A copy of the data was put back"):
        go_on(payer_id, people[0])
    with time_machine.travel(clock.now() + DAY + timedelta(hours=1)):
        jobs.reconcile(clock.now())
        end_read()
        with pytest.raises(Refused, match="Two people"):
            go_on(payer_id, people[0])


def test_f36_payments_that_nobody_remembers_are_found_and_none_is_made_twice(
    there: StandIn, back: tuple[int, list[int]]
) -> None:
    payer_id, people = back
    with time_machine.travel(clock.now() + DAY + timedelta(hours=1)):
        jobs.reconcile(clock.now())
        found = db.session.scalars(sa.select(ReconciliationDifference)).all()
        theirs = [each for each in found if each.kind is Difference.THEIRS]
        assert [each.theirs_cents for each in theirs] == [40_00]
        first, second = (db.session.get_one(Person, each) for each in people)
        for each in found:
            words = "Paid after the copy."
            reconcile_actions.explain(each.id, words, by=first, now=clock.now())
            reconcile_actions.look(each.id, by=second, now=clock.now())
        jobs.poll_events(clock.now())
        go_on(payer_id, people[0])
        send()
        jobs.sweep(clock.now())
        end_read()
        assert amounts(there) == [25_00, 40_00]
        (payout,) = db.session.scalars(sa.select(Payout))
        assert payout.status is PayoutStatus.PAID
        # What was paid by a payment nobody here remembers is a person's to settle.
        waiting = db.session.scalars(
            sa.select(Payable.cents).where(Payable.status == PayableStatus.WAITING)
        ).all()
        assert waiting == [40_00]
        assert books.problems(clock.now()) == []


def test_the_control_that_looks_for_nothing_pays_twice(
    there: StandIn, back: tuple[int, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the mark, the stop and the reading, and with keys that Stripe dropped."""
    monkeypatch.setattr(inbox, "is_level", lambda now: True)
    with transaction():
        db.session.execute(sa.update(Payout).values(is_restored=False))
        db.session.execute(sa.text("DELETE FROM rail_switch"))
    there.store.keys.clear()
    send()
    assert amounts(there) == [25_00, 25_00, 40_00]
