"""The self-check finds each way in which payouts and the ledger can differ."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, transaction
from engage.ledger.models import Payable, Posting
from engage.ledger.rules import PayableStatus
from engage.payouts import books, jobs, queries
from engage.payouts.models import Payout, PayoutItem
from engage.payouts.rails.table import RAILS
from engage.payouts.rules import AUTOMATIC, PayoutStatus, RailName
from tests import make
from tests.payouts.faulty import FaultyRail, let_arrive
from tests.payouts.owing import owed, released


@pytest.fixture
def paid(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Payout:
    monkeypatch.setitem(RAILS, RailName.DEMO, FaultyRail())
    payer = make.payer()
    owed(payer)
    released(payer)
    jobs.send_due(clock.now())
    let_arrive()
    jobs.sweep(clock.now())
    return db.session.scalars(sa.select(Payout)).one()


def set_all(model: type, **values: object) -> Callable[[Payout], None]:
    def change(payout: Payout) -> None:
        db.session.execute(sa.update(model).values(**values))

    return change


def unpaid(payout: Payout) -> None:
    payout.status = PayoutStatus.SENT


def unsent(payout: Payout) -> None:
    payout.status, payout.remote_id = PayoutStatus.QUEUED, None


def posted_twice(payout: Payout) -> None:
    values = {"debit": "a", "credit": "b", "cents": 1, "at": clock.now()}
    db.session.add(Posting(kind="back", source=f"payout:{payout.uid}", **values))


DAMAGES = [
    unpaid,
    unsent,
    posted_twice,
    set_all(Payout, cents=1),
    set_all(PayoutItem, cents=1),
    set_all(PayoutItem, is_active=False),
    set_all(Payable, status=PayableStatus.WAITING),
    set_all(Payable, status=PayableStatus.PAID),
]


def test_sound_books_have_no_problem(paid: Payout) -> None:
    assert books.problems(clock.now()) == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_f43_each_difference_is_found(
    paid: Payout, damage: Callable[[Payout], None]
) -> None:
    with transaction():
        damage(paid)
    assert books.problems(clock.now()) != []


def test_what_was_sent_long_ago_and_not_seen_is_found(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RAILS, RailName.DEMO, FaultyRail())
    released(make.payer())
    jobs.send_due(clock.now())
    assert books.problems(clock.now()) == []
    (problem,) = books.problems(clock.now() + timedelta(days=2))
    assert "over a day ago" in problem


def test_f43_the_daily_check_stops_every_automatic_rail(paid: Payout) -> None:
    jobs.check_books(clock.now())
    assert queries.stopped_rails() == {}
    with transaction():
        unpaid(paid)
    jobs.check_books(clock.now())
    assert queries.stopped_rails() == dict.fromkeys(AUTOMATIC, "books")


def test_the_command_says_it_and_exits_with_one(app: Flask, paid: Payout) -> None:
    done = app.test_cli_runner().invoke(args=["check-ledger"])
    assert (done.exit_code, done.output) == (0, "The ledger and the payouts agree.\n")
    with transaction():
        unpaid(paid)
    done = app.test_cli_runner().invoke(args=["check-ledger"])
    assert done.exit_code == 1
    assert paid.uid in done.output
