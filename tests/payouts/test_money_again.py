"""What a second reading of the money found: sums, parts and holds that must agree."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.funding.models import Reservation
from engage.ledger import queries as ledger
from engage.ledger.balances import owed as owed_by_ledger
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableKind
from engage.payouts import (
    actions,
    arriving,
    books,
    ending,
    exports,
    jobs,
    reversing,
    year_actions,
    year_outlook,
)
from engage.payouts.models import Payout
from engage.payouts.rails.base import Answer, Declined, NoOutcome
from engage.payouts.rails.table import RAILS
from engage.payouts.resend import Outcome
from engage.payouts.returning_rules import ReversalReason
from engage.payouts.rules import PayoutStatus, RailName
from engage.workload import parts
from tests import make
from tests.payouts import paid_out
from tests.payouts.faulty import FaultyRail, let_arrive, transfers
from tests.payouts.owing import owed, released

R, S = ReversalReason, PayoutStatus
MONDAY = datetime(2026, 7, 13, 16, 0, tzinfo=clock.now().tzinfo)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _monday() -> object:
    with time_machine.travel(MONDAY, tick=False):
        yield


class Paid:
    """One payout of these lines to one payee, seen to arrive."""

    def __init__(self, *cents: int, takes: dict[int, int] | None = None) -> None:
        self.payer, self.who = make.payer(), make.consultant()
        self.maker, self.other = make.finance(self.payer), make.finance(self.payer)
        self.place = make.organization()
        self.line = make.funding_line(self.place, payer=self.payer)
        self.rows = [self.owe(each) for each in cents]
        for number, part in (takes or {}).items():
            parts.take(self.who, self.rows[number].uid, part, now=clock.now())
        self.pay(*self.rows)

    def owe(self, cents: int) -> Payable:
        values = {"to": self.who, "place": self.place, "line": self.line}
        return owed(self.payer, cents=cents, **values)

    def pay(self, *rows: Payable) -> None:
        released(self.payer, *rows)
        jobs.send_due(clock.now())
        let_arrive()
        jobs.sweep(clock.now())

    @property
    def payout(self) -> Payout:
        return payouts()[0]

    @property
    def year(self) -> tuple[int, int]:
        """What the payee's own statement says of this year: pay, and costs."""
        (account,) = ledger.statement(self.who)
        return account.years[0].pay_cents, account.years[0].given_back_cents

    def exported(self) -> int:
        rows = exports.by_line(self.payer.id, 2026, is_live=False, is_demo=True)
        return sum(row[-1] for row in rows)


def payouts() -> list[Payout]:
    query = sa.select(Payout).order_by(Payout.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def owed_cents() -> int:
    handles = list(db.session.scalars(sa.select(Payee.handle)))
    return sum(each.owed_cents for each in owed_by_ledger(handles).values())


def held() -> dict[str, int]:
    rows = db.session.execute(
        sa.select(Reservation.stage, sa.func.sum(Reservation.cents)).group_by(
            Reservation.stage
        )
    )
    return {str(stage): int(cents) for stage, cents in rows}


def sound() -> None:
    assert books.problems(clock.now()) == []


def test_a_year_counts_what_was_paid_and_not_what_was_given_up(app: Flask) -> None:
    paid = Paid(75_00, takes={0: 40_00})
    assert paid.year == (40_00, 0)
    (account,) = ledger.statement(paid.who)
    (place,) = account.places
    assert (place.earned_cents, place.paid_cents) == (40_00, 40_00)
    assert place.earned_cents == account.earned_cents


def test_what_was_taken_back_leaves_the_year_and_the_export(app: Flask) -> None:
    paid = Paid(30_00, 45_00)
    row = reversing.ask(
        paid.payout.id,
        cents=40_00,
        reason=R.WRONG_AMOUNT,
        by=paid.maker,
        now=clock.now(),
    )
    reversing.answer(row.id, objects=False, by=paid.who, now=clock.now())
    reversing.go(row.id, is_sure=False, by=paid.other, now=clock.now())
    jobs.take_back(clock.now())
    assert paid.exported() == 35_00
    assert paid.year == (35_00, 0)
    assert held() == {"paid": 35_00}
    sound()


def test_what_is_owed_anew_is_not_counted_twice(app: Flask) -> None:
    """The first payment came back in part, and that part was paid again."""
    paid = Paid(30_00, 45_00)
    arriving.taken_back(paid.payout.id, 40_00, now=clock.now())
    assert (paid.exported(), paid.year) == (35_00, (35_00, 0))
    again = db.session.scalars(
        sa.select(Payable).where(Payable.source.startswith("back:"))
    ).all()
    paid.pay(*again)
    assert (paid.exported(), paid.year) == (75_00, (75_00, 0))
    assert held() == {"paid": 75_00}
    sound()


def test_a_part_of_what_is_owed_anew_settles_like_any_other(app: Flask) -> None:
    """Else the ledger owes a rest that nothing waits for, and every rail stops."""
    paid = Paid(75_00)
    arriving.taken_back(paid.payout.id, 50_00, now=clock.now())
    again = db.session.scalars(
        sa.select(Payable).where(Payable.source.startswith("back:"))
    ).one()
    parts.take(paid.who, again.uid, 20_00, now=clock.now())
    paid.pay(again)
    assert owed_cents() == 0
    assert held() == {"paid": 45_00}
    sound()


def test_pay_is_taken_back_before_costs_as_the_year_counts_it(app: Flask) -> None:
    payer = make.payer()
    payee = paid_out.payee(payer, rail="demo")
    line = make.funding_line(payer=payer)
    cost = paid_out.earned(payee, 50_00, kind=PayableKind.EXPENSE, line_id=line.id)
    kind = PayableKind.STIPEND
    pay = paid_out.earned(payee, 100_00, kind=kind, line_id=line.id)
    released(payer, cost, pay)
    jobs.send_due(clock.now())
    let_arrive()
    jobs.sweep(clock.now())
    arriving.taken_back(payouts()[0].id, 50_00, now=clock.now())
    again = db.session.scalars(
        sa.select(Payable).where(Payable.source.startswith("back:"))
    ).one()
    assert (again.kind, again.cents) == (PayableKind.STIPEND, 50_00)


def test_nobody_takes_back_what_others_took_meanwhile(app: Flask) -> None:
    paid = Paid(75_00)
    row = reversing.ask(
        paid.payout.id, cents=50_00, reason=R.DOUBLE, by=paid.maker, now=clock.now()
    )
    reversing.answer(row.id, objects=False, by=paid.who, now=clock.now())
    arriving.taken_back(paid.payout.id, 30_00, now=clock.now())
    with pytest.raises(Refused, match="came back meanwhile"):
        reversing.go(row.id, is_sure=False, by=paid.other, now=clock.now())
    reversing.drop(row.id, by=paid.maker, now=clock.now())
    sound()


class Odd(FaultyRail):
    """Its place for money may be gone, and it says no before it looks at a key."""

    gone = ""

    def blocked(self, destination: str) -> str:
        return self.gone


@pytest.fixture
def rail(monkeypatch: pytest.MonkeyPatch) -> Odd:
    made = Odd()
    monkeypatch.setitem(RAILS, RailName.DEMO, made)
    return made


def later(job: Callable[[datetime], object], wait: timedelta) -> None:
    with time_machine.travel(clock.now() + wait, tick=False):
        job(clock.now())


def test_a_no_after_a_lost_answer_is_believed_only_after_a_look(
    app: Flask, rail: Odd
) -> None:
    """The first call paid; the payee's account said no to the second."""
    rail.faults = iter(["after", Declined("destination")])
    payer = make.payer()
    released(payer, owed(payer))
    jobs.send_due(clock.now())
    assert payouts()[0].status is S.UNKNOWN
    later(jobs.resolve_unknown, HOUR)
    assert payouts()[0].status is S.SENT
    assert len(transfers()) == 1
    sound()


@pytest.mark.parametrize("is_blind", [True, False])
def test_a_no_is_a_no_when_the_look_finds_nothing(
    app: Flask, rail: Odd, is_blind: bool
) -> None:
    rail.faults = iter(["before", Declined("destination")])
    payer = make.payer()
    released(payer, owed(payer))
    jobs.send_due(clock.now())
    rail.is_blind = is_blind
    later(jobs.resolve_unknown, HOUR)
    assert payouts()[0].status is (S.UNKNOWN if is_blind else S.BLOCKED)


def test_one_whose_end_nobody_knows_is_never_only_on_hold(
    app: Flask, rail: Odd
) -> None:
    """On hold it could neither be looked for nor ended for as long as that lasts."""
    rail.faults = iter(["after"])
    payer = make.payer()
    batch = released(payer, owed(payer))
    jobs.send_due(clock.now())
    answer: Answer = NoOutcome(Outcome.KEY_MISMATCH)
    rail.faults = iter([answer])
    later(jobs.resolve_unknown, HOUR)
    later(jobs.resolve_unknown, 2 * HOUR)
    assert payouts()[0].status is S.NEEDS_PERSON
    rail.gone = "destination"
    by = make.finance(payer)
    actions.retry(batch.id, by=by, now=clock.now() + 3 * HOUR)
    later(jobs.send_due, 3 * HOUR)
    assert payouts()[0].status is S.NEEDS_PERSON
    ending.ask(payouts()[0].id, by=by, now=clock.now() + 3 * HOUR)
    later(jobs.resolve_unknown, 4 * HOUR)
    assert payouts()[0].status is S.SENT
    assert len(transfers()) == 1


def test_none_taken_is_not_coming_in_the_year(app: Flask) -> None:
    year_actions.keep()
    payer, who = make.payer(), make.consultant()
    row = owed(payer, to=who, rail="manual", cents=2_000_00)
    with transaction():
        row.due_on = MONDAY.date()
    assert year_outlook.outlooks(who, clock.now(), is_live=False)
    parts.take(who, row.uid, 0, now=clock.now())
    assert year_outlook.outlooks(who, clock.now(), is_live=False) == []
