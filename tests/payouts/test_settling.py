"""After an account was opened anew, its payments wait seven days, by every way."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core.db import db
from engage.core.errors import Refused
from engage.notices.models import Notice
from engage.payouts import actions, jobs, manual
from engage.payouts.models import Payout
from engage.payouts.rules import ManualKind, PayoutStatus
from engage.people.models import Person
from tests import make
from tests.payouts.faulty import transfers
from tests.payouts.owing import owed, released

WEEK = timedelta(days=7)


@pytest.fixture
def opened_anew(app: Flask, july: datetime) -> Person:
    return make.consultant(recovered_at=july)


def payout() -> Payout:
    query = sa.select(Payout).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def test_nothing_is_sent_for_seven_days(opened_anew: Person, july: datetime) -> None:
    payer = make.payer()
    batch = released(payer, owed(payer, to=opened_anew))
    with time_machine.travel(july + timedelta(days=6), tick=False):
        jobs.send_due(july + timedelta(days=6))
    assert (payout().status, payout().blocked_reason) == (PayoutStatus.BLOCKED, "anew")
    assert transfers() == []

    with time_machine.travel(july + WEEK, tick=False):
        again = make.finance(payer)
        actions.retry(batch.id, by=again, now=july + WEEK)
        jobs.send_due(july + WEEK)
    assert payout().status is PayoutStatus.SENT


def test_the_others_of_the_run_are_paid(opened_anew: Person, july: datetime) -> None:
    payer = make.payer()
    released(payer, owed(payer, to=opened_anew), owed(payer, cents=20_00))
    jobs.send_due(july)
    assert [row.cents for row in transfers()] == [20_00]


def test_nothing_is_paid_by_hand(opened_anew: Person, july: datetime) -> None:
    payer = make.payer()
    released(payer, owed(payer, to=opened_anew, rail="manual"))
    said = {"kind": ManualKind.CHECK, "reference": "1009", "today": july.date()}
    said |= {"paid_on": july.date(), "by": make.finance(payer)}
    with pytest.raises(Refused, match="opened anew"):
        manual.record(payout().id, now=july, **said)
    later = july + WEEK
    manual.record(payout().id, now=later, **said)


def test_a_new_way_to_be_paid_is_told(app: Flask, july: datetime) -> None:
    from engage.ledger import actions as ledger

    payer, person = make.payer(), make.consultant()
    payee_id = owed(payer, to=person).payee_id
    for _ in range(2):
        ledger.choose_rail(payee_id, "manual", offered=["manual"], by=person, now=july)
    kinds = db.session.scalars(sa.select(Notice.kind)).all()
    assert kinds == ["new_place"]
