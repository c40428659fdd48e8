"""An old backup is put back while Stripe has gone on: nobody is paid twice."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.core.errors import Refused
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from engage.organizations.models import Organization
from engage.payouts import ahead, books, holding, jobs, queries, sending, switches
from engage.payouts import reconcile_actions as looks
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.reconcile_models import ReconciliationDifference
from engage.payouts.rules import BatchStatus, PayoutStatus, RailName
from tests import make
from tests.fakes.stripe import control
from tests.fakes.stripe.server import StandIn
from tests.faults import backups
from tests.faults.stripe_run import Run, send
from tests.payouts import owing, setting_up
from tests.payouts.at_stripe import standing_in

LATER = timedelta(days=2)  # by now Stripe has forgotten every key
LOST, QUEUED, DRAFT, WAITING = 10_00, 20_00, 30_00, 40_00


@dataclass
class Scene:
    app: Flask
    there: StandIn

    def payer(self) -> Organization:
        return db.session.scalars(
            sa.select(Organization).where(Organization.is_payer)
        ).one()

    def paid_there(self) -> Counter[int]:
        return Counter(row["amount"] for row in control.state(self.there)["transfers"])


def work() -> None:
    for job in (jobs.send_due, jobs.resolve_unknown, jobs.sweep, jobs.send_due):
        job(clock.now())


def pay_the_rest() -> None:
    """The draft is released, and what waits goes out in a run of its own."""
    payer = db.session.scalars(
        sa.select(Organization).where(Organization.is_payer)
    ).one()
    drafts = db.session.scalars(
        sa.select(PayoutBatch).where(PayoutBatch.status == BatchStatus.DRAFT)
    )
    for batch in drafts.all():
        owing.release(batch, make.finance(payer))
    rows = db.session.scalars(
        sa.select(Payable).where(Payable.status == PayableStatus.WAITING)
    ).all()
    if rows:
        owing.released(payer, *rows)
    work()


@pytest.fixture
def scene(fresh_app: Flask) -> Iterator[Scene]:
    """Four payments at four steps when the backup is taken, and all paid after it."""
    with standing_in(fresh_app) as there:
        with fresh_app.app_context():
            payer, payables = make.payer(), []
            for cents in (LOST, QUEUED, DRAFT, WAITING):
                who = make.consultant()
                setting_up.ready(there, payer, who)
                payables.append(owing.owed(payer, to=who, rail="stripe", cents=cents))
            lost, queued, draft, _waiting = payables
            owing.released(payer, lost)
            control.fault(there, kind="after", operation="PostTransfers", count=2)
            work()
            owing.released(payer, queued)
            owing.prepared(payer, make.finance(payer), draft)
        backups.take(fresh_app)
        an_hour_later = time_machine.travel(clock.now() + timedelta(hours=1))
        with an_hour_later, fresh_app.app_context():
            work()
            pay_the_rest()
            states = set(db.session.scalars(sa.select(Payout.status)))
            assert states == {PayoutStatus.PAID}
        backups.put_back(fresh_app)
        yield Scene(fresh_app, there)


ONCE = dict.fromkeys((LOST, QUEUED, DRAFT, WAITING), 1)


def test_f49_after_an_old_backup_nobody_is_paid_twice(scene: Scene) -> None:
    with time_machine.travel(clock.now() + LATER), scene.app.app_context():
        payer = scene.payer()
        work()
        assert queries.stopped_rails([payer.id]) == {RailName.STRIPE: "ahead"}
        assert scene.paid_there() == ONCE
        jobs.reconcile(clock.now())
        with pytest.raises(Refused, match="Two people"):
            start(payer)
        look_at_differences(payer)
        start(payer)
        for batch in db.session.scalars(
            sa.select(PayoutBatch).where(PayoutBatch.status == BatchStatus.DRAFT)
        ).all():
            owing.release(batch, make.finance(payer))
        work()
        jobs.poll_events(clock.now())

        assert scene.paid_there() == ONCE
        assert queries.stopped_rails([payer.id]) == {}
        paid = sa.select(Payout.cents).where(Payout.status == PayoutStatus.PAID)
        assert sorted(db.session.scalars(paid)) == [LOST, QUEUED, DRAFT]
        left = sa.select(Payable.cents).where(Payable.status == PayableStatus.WAITING)
        assert db.session.scalars(left).all() == [WAITING]  # for people to settle
        assert books.problems(clock.now()) == []


def start(payer: Organization) -> None:
    now, by = clock.now(), make.finance(payer)
    switches.turn_rail(RailName.STRIPE, payer.id, on=True, by=by, now=now)


def look_at_differences(payer: Organization) -> None:
    one, other, now = make.finance(payer), make.finance(payer), clock.now()
    for row in db.session.scalars(sa.select(ReconciliationDifference)).all():
        looks.explain(row.id, "Paid before the backup.", by=one, now=now)
        looks.look(row.id, by=other, now=now)


def test_f49_the_control_without_the_stop_and_the_look_pays_twice(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(clock.now() + LATER), scene.app.app_context():
        monkeypatch.setattr(ahead, "check", lambda *_, **__: None)
        monkeypatch.setattr(sending, "KEY_LIVES_HOURS", 10**6)
        pay_the_rest()
        again = {cents for cents, times in scene.paid_there().items() if times > 1}
        assert again == {QUEUED, DRAFT, WAITING}


def test_f49_while_nobody_says_what_is_there_nothing_new_goes_out(there) -> None:
    run = Run(there, 25_00)
    control.fault(there, kind="503", operation="GetTransfers")
    send()
    assert run.states() == [PayoutStatus.QUEUED]
    control.calm(there)
    send()
    run.check_paid_once()


def test_f49_what_stops_it_while_somebody_asks_is_not_let_go_again(
    there, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe answers again, and just then it is seen to be ahead of us."""
    run, now = Run(there, 25_00), clock.now()
    key = (RailName.STRIPE, run.payer.id)
    switches.set_switch(*key, is_stopped=True, reason=switches.SILENT)

    def meanwhile(**_: object) -> int:
        switches.set_switch(*key, is_stopped=True, reason="ahead")
        return 1_00

    with monkeypatch.context() as between:
        between.setattr(holding, "ask_funds", meanwhile)
        jobs.let_go(now)
    assert queries.stopped_rails([run.payer.id]) == {RailName.STRIPE: "ahead"}
    send()
    assert run.states() == [PayoutStatus.QUEUED]
