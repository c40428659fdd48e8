"""Two workers, two finance people, two tabs: each payment once, whoever is first."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.core.errors import Refused
from engage.ledger.models import Payable, Posting
from engage.ledger.rules import PayableStatus
from engage.organizations.models import Organization
from engage.payouts import actions, books, jobs, manual
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.rails.table import RAILS
from engage.payouts.rules import ManualKind, PayoutStatus, RailName
from engage.people.models import Person
from tests import make
from tests.payouts.owing import CAPS, owed, prepared, released

LONG = pytest.mark.prove
ROUNDS = pytest.mark.parametrize("rounds", [4, pytest.param(100, marks=LONG)])
S = PayoutStatus


@pytest.fixture(autouse=True)
def _quick_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RAILS[RailName.DEMO], "delay", 0)


Act = Callable[[Person], object]


def at_once(app: Flask, people: list[int], *acts: Act) -> list[str]:
    """Each act in a thread of its own, all at the same moment; how each ended."""
    barrier, ends = Barrier(len(acts)), [""] * len(acts)

    def run(place: int) -> None:
        with app.app_context():
            person = db.session.get_one(Person, people[place])
            db.session.commit()
            barrier.wait()
            try:
                acts[place](person)
                ends[place] = "done"
            except Refused:
                ends[place] = "refused"
            except Exception as error:  # it is what is looked for
                ends[place] = repr(error)

    threads = [Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def people_of(payer: Organization, count: int = 2) -> list[int]:
    return [make.finance(payer).id for _ in range(count)]


def released_by(batch_id: int) -> Act:
    return lambda person: actions.release(
        batch_id, by=person, now=clock.now(), caps=CAPS, no_interest=True
    )


@ROUNDS
def test_f14_two_releases_at_once_are_one(fresh_app: Flask, rounds: int) -> None:
    for _ in range(rounds):
        with fresh_app.app_context():
            payer = make.payer()
            batch_id = prepared(payer, make.finance(payer)).id
            people = people_of(payer)
        act = released_by(batch_id)
        assert at_once(fresh_app, people, act, act) == ["done", "refused"]


@ROUNDS
def test_f15_two_runs_for_one_payable_are_one(fresh_app: Flask, rounds: int) -> None:
    for _ in range(rounds):
        with fresh_app.app_context():
            payer = make.payer()
            uid, payer_id = owed(payer).uid, payer.id
            people = people_of(payer)

        def act(person: Person, uid: str = uid, payer_id: int = payer_id) -> None:
            payer = db.session.get_one(Organization, payer_id)
            actions.prepare(payer, [uid], by=person, now=clock.now())

        assert at_once(fresh_app, people, act, act) == ["done", "refused"]
        with fresh_app.app_context():
            query = sa.select(sa.func.count(PayoutBatch.id))
            mine = query.where(PayoutBatch.payer_id == payer_id)
            assert db.session.scalar(mine) == 1


@ROUNDS
def test_a_payout_is_cancelled_or_sent_and_never_both(
    fresh_app: Flask, rounds: int
) -> None:
    for _ in range(rounds):
        with fresh_app.app_context():
            payer = make.payer()
            row = owed(payer)
            batch_id, row_id = released(payer, row).id, row.id
            people = people_of(payer)
        at_once(
            fresh_app,
            people,
            lambda person, batch_id=batch_id: actions.cancel(
                batch_id, by=person, now=clock.now()
            ),
            lambda person: jobs.send_due(clock.now()),
        )
        with fresh_app.app_context():
            payout = db.session.scalars(
                sa.select(Payout).where(Payout.batch_id == batch_id)
            ).one()
            payable = db.session.get_one(Payable, row_id)
            assert (payout.status, payable.status) in {
                (S.CANCELLED, PayableStatus.WAITING),
                (S.SENT, PayableStatus.IN_PAYOUT),
            }
            assert books.problems(clock.now()) == []


@ROUNDS
def test_two_confirmations_at_once_are_one(fresh_app: Flask, rounds: int) -> None:
    for _ in range(rounds):
        with fresh_app.app_context():
            payer = make.payer()
            batch = released(payer, rail="manual")
            payout = db.session.scalars(
                sa.select(Payout).where(Payout.batch_id == batch.id)
            ).one()
            today = clock.today(payer.zone)
            manual.record(
                payout.id,
                kind=ManualKind.CASH,
                reference="Envelope 7",
                paid_on=today,
                today=today,
                by=make.finance(payer),
                now=clock.now(),
            )
            payout_id, source = payout.id, f"payout:{payout.uid}"
            people = people_of(payer)

        def act(person: Person, payout_id: int = payout_id) -> None:
            manual.confirm(payout_id, by=person, now=clock.now())

        assert at_once(fresh_app, people, act, act) == ["done", "refused"]
        with fresh_app.app_context():
            kinds = db.session.scalars(
                sa.select(Posting.kind).where(Posting.source == source)
            )
            assert sorted(kinds) == ["arrive", "pay"]
