"""Money asked back: who may, when, what the payee can say, and what the books show."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from engage.core import clock
from engage.core.db import db, end_read, transaction
from engage.core.errors import NotFound, Refused
from engage.funding.models import Reservation
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.balances import owed as owed_by_ledger
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import PayableStatus
from engage.notices.models import Notice
from engage.payouts import arriving, books, jobs, reversing, taking_back
from engage.payouts.models import DemoTransfer, Payout
from engage.payouts.models_after import Reversal
from engage.payouts.rails.base import Answer, Declined, NoOutcome, Sent
from engage.payouts.rails.table import RAILS
from engage.payouts.resend import Outcome
from engage.payouts.returning_rules import ReversalReason, ReversalStatus, shares
from engage.payouts.rules import PayoutStatus, RailName
from engage.people.models import Person
from tests import make
from tests.payouts.faulty import FaultyRail, let_arrive
from tests.payouts.owing import owed, released

R, S = ReversalReason, ReversalStatus
MONDAY = datetime(2026, 7, 13, 16, 0, tzinfo=clock.now().tzinfo)


class Scene:
    """A paid payout of two lines, its payee and two people in finance."""

    def __init__(self, *cents: int) -> None:
        self.payer = make.payer()
        self.who = make.consultant()
        self.maker, self.other = make.finance(self.payer), make.finance(self.payer)
        place = make.organization()
        line = make.funding_line(place, payer=self.payer)
        rows = [
            owed(self.payer, to=self.who, place=place, line=line, cents=each)
            for each in cents or (75_00,)
        ]
        released(self.payer, *rows)
        jobs.send_due(clock.now())
        let_arrive()
        jobs.sweep(clock.now())
        assert self.payout.status is PayoutStatus.PAID

    @property
    def payout(self) -> Payout:
        query = sa.select(Payout).order_by(Payout.id).limit(1)
        return db.session.scalars(query.execution_options(populate_existing=True)).one()

    def ask(self, cents: int, reason: R, **values: object) -> Reversal:
        values = {"by": self.maker, "now": clock.now(), **values}
        return reversing.ask(self.payout.id, cents=cents, reason=reason, **values)

    def answer(self, row: Reversal, *, objects: bool, by: Person | None = None) -> None:
        by = by or self.who
        reversing.answer(row.id, objects=objects, by=by, now=clock.now())

    def go(self, row: Reversal, *, is_sure: bool = False) -> None:
        reversing.go(row.id, is_sure=is_sure, by=self.other, now=clock.now())

    def agreed(self, cents: int, reason: R) -> Reversal:
        row = self.ask(cents, reason)
        self.answer(row, objects=False)
        self.go(row)
        return row

    def owed_cents(self) -> int:
        handle = db.session.scalars(sa.select(Payee.handle)).one()
        return owed_by_ledger([handle])[handle].owed_cents


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene()


@pytest.fixture(autouse=True)
def _monday() -> object:
    with time_machine.travel(MONDAY, tick=False):
        yield


def sound() -> None:
    assert books.problems(clock.now()) == []


def posted(kind: str) -> list[int]:
    query = sa.select(Posting.cents).where(Posting.kind == kind).order_by(Posting.id)
    return list(db.session.scalars(query))


def fresh(row: Reversal) -> Reversal:
    return db.session.get_one(Reversal, row.id, populate_existing=True)


def held() -> dict[str, int]:
    rows = db.session.execute(sa.select(Reservation.stage, Reservation.cents))
    return {str(stage): cents for stage, cents in rows}


def test_a_wrong_payee_gives_all_of_it_back_and_it_is_payable_again(
    scene: Scene,
) -> None:
    row = scene.agreed(75_00, R.WRONG_PAYEE)
    jobs.take_back(clock.now())
    assert fresh(row).status is S.DONE
    assert scene.payout.status is PayoutStatus.RETURNED
    payable = db.session.scalars(sa.select(Payable)).one()
    assert (payable.status, payable.paid_on) == (PayableStatus.WAITING, None)
    assert (
        db.session.scalars(sa.select(HoursEntry.status)).one() is HoursStatus.APPROVED
    )
    assert (posted("reverse"), scene.owed_cents()) == ([75_00], 75_00)
    assert held() == {"approved": 75_00}
    sound()
    released(scene.payer, payable)  # a new run, a new release
    jobs.send_due(clock.now())
    sound()


def test_a_wrong_amount_gives_a_part_back_and_is_owed_no_more(app: Flask) -> None:
    scene = Scene(30_00, 45_00)
    scene.agreed(40_00, R.WRONG_AMOUNT)
    jobs.take_back(clock.now())
    payout = scene.payout
    assert (payout.status, payout.cents_back) == (PayoutStatus.PAID, 40_00)
    assert posted("unowe") == [30_00, 10_00]
    assert scene.owed_cents() == 0
    assert sum(held().values()) == 35_00
    sound()
    scene.agreed(5_00, R.WRONG_AMOUNT)
    jobs.take_back(clock.now())
    assert posted("unowe") == [30_00, 10_00, 5_00]
    sound()


def test_what_was_paid_twice_is_not_owed_again(scene: Scene) -> None:
    scene.agreed(75_00, R.DOUBLE)
    jobs.take_back(clock.now())
    assert scene.payout.status is PayoutStatus.RETURNED
    assert scene.owed_cents() == 0
    sound()


def test_the_payee_is_told_first_and_silence_counts_only_after_two_days(
    scene: Scene,
) -> None:
    row = scene.ask(75_00, R.DOUBLE)
    told = sa.select(Notice.kind).where(Notice.person_id == scene.who.id)
    assert "money_back" in set(db.session.scalars(told))
    for days in (0, 1, 2):
        with (
            time_machine.travel(MONDAY + timedelta(days=days), tick=False),
            pytest.raises(Refused, match="may still object"),
        ):
            scene.go(row)
    with time_machine.travel(MONDAY + timedelta(days=3), tick=False):
        scene.go(row)
        jobs.take_back(clock.now())
    assert fresh(row).status is S.DONE


def test_an_objection_stops_it_and_the_organization_bears_it(scene: Scene) -> None:
    row = scene.ask(75_00, R.DOUBLE)
    scene.answer(row, objects=True)
    with pytest.raises(Refused, match="objected"):
        scene.go(row)
    jobs.take_back(clock.now())
    assert scene.payout.status is PayoutStatus.PAID
    with time_machine.travel(MONDAY + timedelta(days=8), tick=False):
        jobs.take_back(clock.now())
        assert fresh(row).status is S.DROPPED
        with pytest.raises(Refused, match="meanwhile"):
            scene.go(row, is_sure=True)
    assert posted("reverse") == []


def test_a_person_may_decide_against_an_objection(scene: Scene) -> None:
    row = scene.ask(75_00, R.DOUBLE)
    scene.answer(row, objects=True)
    scene.go(row, is_sure=True)
    jobs.take_back(clock.now())
    assert fresh(row).status is S.DONE


def test_two_people_and_only_the_payee_answers(scene: Scene) -> None:
    row = scene.ask(75_00, R.DOUBLE)
    with pytest.raises(NotFound):
        scene.answer(row, objects=False, by=make.consultant())
    scene.answer(row, objects=False)
    with pytest.raises(Refused, match="second person"):
        reversing.go(row.id, is_sure=True, by=scene.maker, now=clock.now())
    with pytest.raises(Refused, match="already"):
        scene.ask(10_00, R.WRONG_AMOUNT)


@pytest.mark.parametrize(
    ("cents", "reason", "days", "words"),
    [
        (75_01, R.DOUBLE, 0, "at most"),
        (0, R.DOUBLE, 0, "at most"),
        (75_00, R.WRONG_AMOUNT, 0, "part of the payment"),
        (10_00, R.WRONG_PAYEE, 0, "whole payment"),
        (75_00, R.DOUBLE, 3, "too late"),
    ],
)
def test_what_may_not_be_asked_back(
    scene: Scene, cents: int, reason: R, days: int, words: str
) -> None:
    with (
        time_machine.travel(MONDAY + timedelta(days=days), tick=False),
        pytest.raises(Refused, match=words),
    ):
        scene.ask(cents, reason)


class Losing(FaultyRail):
    """Takes it back as the demo does; answers as told first."""

    answers: list[Answer | str]

    def reverse(self, remote_id: str, cents: int, key: str) -> Answer:
        self.keys.append(key)
        said = super().reverse(remote_id, cents, key)
        first = self.answers.pop(0) if self.answers else said
        if first == "raises":
            raise ConnectionError
        return said if isinstance(first, str) else first


@pytest.mark.parametrize(
    "lost", [NoOutcome(Outcome.NO_ANSWER), NoOutcome(Outcome.SERVER_ERROR), "raises"]
)
def test_f37_a_lost_answer_takes_nothing_twice(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, lost: Answer | str
) -> None:
    rail = Losing()
    rail.answers = [lost]
    monkeypatch.setitem(RAILS, RailName.DEMO, rail)
    row = scene.agreed(20_00, R.WRONG_AMOUNT)
    jobs.take_back(clock.now())
    assert fresh(row).status is S.GOING
    with time_machine.travel(MONDAY + timedelta(minutes=10), tick=False):
        jobs.take_back(clock.now())
        jobs.take_back(clock.now())
    assert fresh(row).status is S.DONE
    assert rail.keys == [f"payout-{scene.payout.uid}-rev-1"]  # a look was enough
    assert db.session.scalars(sa.select(DemoTransfer)).one().back == {
        rail.keys[0]: 2000
    }
    assert posted("reverse") == [20_00]
    sound()


def test_f37_the_event_may_come_before_our_own_answer(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    rail = Losing()
    rail.answers = [NoOutcome(Outcome.NO_ANSWER)]
    monkeypatch.setitem(RAILS, RailName.DEMO, rail)
    row = scene.agreed(20_00, R.WRONG_AMOUNT)
    jobs.take_back(clock.now())
    arriving.look_for(scene.payout.id, now=clock.now())
    assert fresh(row).status is S.DONE
    taking_back.finish(row.id, now=clock.now())
    assert (posted("reverse"), scene.owed_cents()) == ([20_00], 0)
    sound()


def test_a_rail_that_says_no_ends_it_and_finance_is_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    rail = Losing()
    monkeypatch.setattr(rail, "reverse", lambda *_: Declined("funds"))
    monkeypatch.setitem(RAILS, RailName.DEMO, rail)
    row = scene.agreed(75_00, R.DOUBLE)
    jobs.take_back(clock.now())
    assert fresh(row).status is S.REFUSED
    assert posted("reverse") == []
    sound()


def test_f36_what_others_took_back_is_posted_by_its_difference(app: Flask) -> None:
    scene = Scene(30_00, 45_00)
    for total, times in ((20_00, 2), (50_00, 2), (40_00, 1), (75_00, 2)):
        for _ in range(times):
            arriving.taken_back(scene.payout.id, total, now=clock.now())
            sound()
    assert posted("reverse") == [20_00, 30_00, 25_00]
    assert scene.payout.status is PayoutStatus.RETURNED
    waiting = sa.select(Payable).where(Payable.status == PayableStatus.WAITING)
    rows = list(db.session.scalars(waiting))
    assert sorted(row.cents for row in rows) == [10_00, 20_00, 20_00, 25_00]
    assert scene.owed_cents() == 75_00
    released(scene.payer, *rows)
    jobs.send_due(clock.now())
    let_arrive()
    jobs.sweep(clock.now())
    assert scene.owed_cents() == 0
    sound()


def test_f36_a_sweep_sees_it_too(scene: Scene) -> None:
    made = db.session.scalars(sa.select(DemoTransfer)).one()
    rail, remote_id = RAILS[RailName.DEMO], f"demo_{made.uid}"
    end_read()
    assert isinstance(rail.reverse(remote_id, 75_00, "by-hand"), Sent)
    arriving.look_for(scene.payout.id, now=clock.now())
    assert scene.payout.status is PayoutStatus.RETURNED
    assert db.session.scalars(sa.select(Payable.status)).one() is PayableStatus.WAITING
    sound()


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=6).flatmap(
        lambda parts: st.tuples(st.just(parts), st.integers(0, sum(parts)))
    )
)
def test_shares_sum_to_what_came_back(drawn: tuple[list[int], int]) -> None:
    parts, cents = drawn
    found = shares(parts, cents)
    assert sum(found) == cents
    assert all(0 <= one <= part for one, part in zip(found, parts, strict=True))
    more = shares(parts, min(cents + 1, sum(parts)))
    assert all(new >= old for new, old in zip(more, found, strict=True))


@pytest.mark.parametrize("step", ["ask", "answer", "go", "finish", "drop"])
def test_a_failed_step_leaves_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    row = None if step == "ask" else scene.ask(75_00, R.WRONG_PAYEE)
    if row is not None and step in {"go", "finish"}:
        scene.answer(row, objects=False)
    if row is not None and step == "finish":
        scene.go(row)
    acts: dict[str, Callable[[], object]] = {
        "ask": partial(scene.ask, 75_00, R.WRONG_PAYEE),
        "answer": partial(scene.answer, row, objects=True),
        "go": partial(scene.go, row),
        "finish": lambda: taking_back.finish(row.id, now=clock.now()),
        "drop": lambda: reversing.drop(row.id, by=scene.maker, now=clock.now()),
    }
    before = row and fresh(row).status
    monkeypatch.setattr(reversing.audit, "record", _fails)
    with pytest.raises(ZeroDivisionError):
        acts[step]()
    assert posted("reverse") == []
    assert scene.payout.status is PayoutStatus.PAID
    if row is None:
        assert db.session.scalar(sa.select(sa.func.count(Reversal.id))) == 0
    else:
        assert fresh(row).status is before
    sound()


def _fails(*args: object, **kw: object) -> None:
    raise ZeroDivisionError


def test_books_find_what_came_back_and_was_not_posted(scene: Scene) -> None:
    with transaction():
        scene.payout.cents_back = 1_00
    assert any("came back" in each for each in books.problems(clock.now()))
