from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engage.core import calendar, clock
from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.ledger.models import Payable
from engage.organizations.models import Organization
from engage.payouts import actions as payouts
from engage.payouts import reading
from engage.workload import pay, pay_queries
from engage.workload.guard import Basis
from engage.workload.rules import Activity
from tests import make
from tests.hours import work as agreeing
from tests.workload.guards import breaking, expected, month, owed_work

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app", "july")


@pytest.fixture
def owed():
    return owed_work()


def test_a_chosen_pay_day_keeps_pay_out_of_runs_until_then(owed):
    work, payable = owed
    who, now = work.person, work.done
    pay.set_guard(who, month(), now=now)
    due, today = payable.due_on, calendar.local_day(now, who.zone)
    until = today + 20 * DAY

    pay.wait(who, [payable.uid], until=until, now=now)

    payer = db.session.get_one(Organization, payable.payer_id)
    maker = make.finance(payer)
    assert (payable.not_before, payable.due_on) == (until, due + 20 * DAY)
    assert {row.due_on for row in expected(who) if row.source != row.group} == {
        payable.due_on
    }
    assert reading.waiting(payer, 9, until - DAY) == []
    assert len(reading.waiting(payer, 9, until)) == 1
    with pytest.raises(Refused):
        payouts.prepare(payer, [payable.uid], by=maker, now=now)
    payouts.prepare(payer, [payable.uid], by=maker, now=now + 20 * DAY)
    with pytest.raises(Refused):
        pay.wait_no_longer(who, payable.uid, now=now + 20 * DAY)


def test_a_chosen_pay_day_may_be_taken_back(owed):
    work, payable = owed
    who, now, due = work.person, work.done, payable.due_on
    pay.set_guard(who, month(), now=now)
    until = calendar.local_day(now, who.zone) + 20 * DAY

    pay.wait(who, [payable.uid], until=until, now=now)
    pay.wait_no_longer(who, payable.uid, now=now + 3 * DAY)

    assert (payable.not_before, payable.due_on) == (None, due + 3 * DAY)


def test_a_pay_day_that_cannot_be_written_down_stays(owed, monkeypatch):
    work, payable = owed
    who, now, due = work.person, work.done, payable.due_on
    pay.set_guard(who, month(), now=now)
    until = calendar.local_day(now, who.zone) + 20 * DAY
    breaking(monkeypatch)

    with pytest.raises(RuntimeError):
        pay.wait(who, [payable.uid], until=until, now=now)

    db.session.refresh(payable)
    assert (payable.not_before, payable.due_on) == (None, due)
    assert until not in {row.due_on for row in expected(who)}


def test_only_money_that_counts_when_paid_may_wait(owed):
    work, payable = owed
    until = calendar.local_day(work.done, work.person.zone) + DAY
    pay.set_guard(work.person, month(basis=Basis.WORKED), now=work.done)

    with pytest.raises(Refused):
        pay.wait(work.person, [payable.uid], until=until, now=work.done)


def test_nobody_moves_the_pay_day_of_somebody_else(owed):
    work, payable = owed
    other = make.consultant()
    pay.set_guard(other, month(), now=work.done)
    until = calendar.local_day(work.done, other.zone) + DAY

    for uid in (payable.uid, expected(work.person)[0].uid, "nothing"):
        with pytest.raises(NotFound):
            pay.wait(other, [uid], until=until, now=work.done)


def test_a_day_chosen_for_agreed_pay_applies_once_it_is_owed():
    work = agreeing.agreed(clock.now(), minutes=(120, 60))
    pay.set_guard(work.person, month(), now=clock.now())
    until = date(2026, 10, 1)
    second = expected(work.person)[1]

    pay.wait(work.person, [second.uid], until=until, now=clock.now())
    assert until in {
        row.due_on for row in pay_queries.own_earnings(work.person, clock.now()).pay
    }
    agreeing.approve(
        work,
        agreeing.log(work, 60, day=date(2026, 7, 29)),
        agreeing.log(work, 60, day=date(2026, 7, 22), now=work.done),
    )

    days = dict(
        db.session.execute(sa.select(Payable.worked_on, Payable.not_before)).all()
    )
    assert days == {date(2026, 7, 22): None, date(2026, 7, 29): until}


def test_work_done_and_not_approved_may_wait_with_what_is_left_of_it():
    work = agreeing.agreed(clock.now())
    prepared = agreeing.log(
        work, 30, activity=Activity.PREPARATION, day=date(2026, 7, 22)
    )
    agreeing.approve(work, prepared)

    (one,) = pay_queries.coming(work.person, work.done + 3 * DAY)

    assert one.cents == 206_25 - 37_50
    agreeing.approve(
        work, agreeing.log(work), agreeing.log(work, 15, activity=Activity.DEBRIEF)
    )
    assert pay_queries.coming(work.person, work.done + 3 * DAY) == []
