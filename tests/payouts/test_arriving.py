"""From sent to paid: everything changes together, once, and only if it is ours."""

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core import clock
from engage.core.db import db, transaction
from engage.funding.models import Reservation
from engage.funding.rules import Stage
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable, Posting
from engage.ledger.rules import PayableStatus
from engage.notices.models import Notice
from engage.payouts import arriving, books, jobs, queries
from engage.payouts.models import DemoTransfer, Payout
from engage.payouts.rails.table import RAILS
from engage.payouts.rules import PayoutStatus, RailName
from tests import make
from tests.payouts.faulty import FaultyRail, let_arrive
from tests.payouts.owing import owed, released


@pytest.fixture(autouse=True)
def _rail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RAILS, RailName.DEMO, FaultyRail())


def fresh(model: type) -> list:
    query = sa.select(model).order_by(model.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def test_what_is_on_its_way_is_not_paid_yet(app: Flask) -> None:
    released(make.payer())
    jobs.send_due(clock.now())
    jobs.sweep(clock.now())
    assert [row.status for row in fresh(Payout)] == [PayoutStatus.SENT]
    assert [row.status for row in fresh(Payable)] == [PayableStatus.IN_PAYOUT]


def test_what_arrived_is_paid_everywhere_and_once(app: Flask) -> None:
    payer, who = make.payer(), make.consultant()
    released(payer, owed(payer, to=who), owed(payer, to=who, cents=25_00))
    jobs.send_due(clock.now())
    let_arrive()
    jobs.sweep(clock.now())
    jobs.sweep(clock.now())
    today = clock.today(payer.zone)
    assert [row.status for row in fresh(Payout)] == [PayoutStatus.PAID]
    assert {row.paid_on for row in fresh(Payable)} == {today}
    assert {row.status for row in fresh(HoursEntry)} == {HoursStatus.PAID}
    assert {row.stage for row in fresh(Reservation)} == {Stage.PAID}
    arrived = [row for row in fresh(Posting) if row.kind == "arrive"]
    assert [(row.debit, row.credit, row.cents) for row in arrived] == [
        ("clearing:demo", "cash:demo", 100_00)
    ]
    told = [row for row in fresh(Notice) if row.kind == "paid"]
    assert [row.person_id for row in told] == [who.id]
    verbs = [row.verb for row in fresh(AuditEntry) if row.subject == who.subject]
    assert verbs.count("payout.paid") == 1
    assert books.problems(clock.now()) == []


@pytest.mark.parametrize(
    "theirs", [{"cents": 1}, {"destination": "demo_OTHER"}, {"currency": "eur"}]
)
def test_what_is_not_ours_stops_the_rail_and_pays_nothing(
    app: Flask, theirs: dict[str, object]
) -> None:
    payer = make.payer()
    released(payer)
    jobs.send_due(clock.now())
    let_arrive()
    with transaction():
        db.session.execute(sa.update(DemoTransfer).values(**theirs))
    for _ in range(3):
        jobs.sweep(clock.now())
    assert [row.status for row in fresh(Payout)] == [PayoutStatus.SENT]
    assert queries.stopped_rails() == {RailName.DEMO: "mismatch"}
    problems = [row for row in fresh(Notice) if row.kind == "payout_problem"]
    assert {row.person_id for row in problems} == set(queries.finance(payer.id))
    assert len(problems) == 2


def test_a_transfer_that_is_gone_stops_the_rail(app: Flask) -> None:
    released(make.payer())
    jobs.send_due(clock.now())
    with transaction():
        db.session.execute(sa.delete(DemoTransfer))
    jobs.sweep(clock.now())
    assert queries.stopped_rails() == {RailName.DEMO: "mismatch"}


def test_a_failed_confirming_leaves_it_sent(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(make.payer())
    jobs.send_due(clock.now())
    let_arrive()
    with monkeypatch.context() as broken:
        broken.setattr(arriving.audit, "record", _fails)
        with pytest.raises(ZeroDivisionError):
            jobs.sweep(clock.now())
    assert [row.status for row in fresh(Payout)] == [PayoutStatus.SENT]
    assert [row.status for row in fresh(Payable)] == [PayableStatus.IN_PAYOUT]
    assert {row.status for row in fresh(HoursEntry)} == {HoursStatus.APPROVED}
    assert "arrive" not in {row.kind for row in fresh(Posting)}
    jobs.sweep(clock.now())
    assert [row.status for row in fresh(Payout)] == [PayoutStatus.PAID]


def _fails(*args: object, **kw: object) -> None:
    raise ZeroDivisionError
