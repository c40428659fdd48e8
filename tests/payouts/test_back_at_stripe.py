"""Money asked back where it lies at Stripe: each reason, each answer, and the books."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from engage.core import clock
from engage.core.db import db
from engage.funding.models import Reservation
from engage.ledger.balances import owed as owed_by_ledger
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import PayableStatus
from engage.payouts import books, jobs, reconciling, returning_rules, reversing
from engage.payouts.models import Payout
from engage.payouts.models_after import Reversal
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.reconcile_rules import Difference
from engage.payouts.rules import PayoutStatus
from tests import make
from tests.fakes.stripe import control
from tests.fakes.stripe.server import StandIn
from tests.faults.stripe_run import Run, act, impatient, state
from tests.payouts import owing
from tests.payouts.test_hooks import told

R, S = returning_rules.ReversalReason, returning_rules.ReversalStatus
MONDAY = datetime(2026, 7, 13, 16, 0, tzinfo=clock.now().tzinfo)
CALL = "PostTransfersIdReversals"
SOON = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _monday() -> object:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def run(there: StandIn) -> Run:
    """75 dollars that went out and were seen there."""
    run = Run(there, 75_00)
    act(jobs.send_due, jobs.sweep)
    assert run.states() == [PayoutStatus.PAID]
    return run


def payout_of(run: Run) -> Payout:
    return run.payouts()[0]


def asked(run: Run, cents: int, reason: R, *, to_go: bool = True) -> Reversal:
    one, other = make.finance(run.payer), make.finance(run.payer)
    values = {"reason": reason, "by": one, "now": clock.now()}
    row = reversing.ask(payout_of(run).id, cents=cents, **values)
    reversing.answer(row.id, objects=False, by=run.people[0], now=clock.now())
    if to_go:
        reversing.go(row.id, is_sure=False, by=other, now=clock.now())
    return row


def status(row: Reversal) -> S:
    return db.session.get_one(Reversal, row.id, populate_existing=True).status


def posted(kind: str) -> list[int]:
    query = sa.select(Posting.cents).where(Posting.kind == kind).order_by(Posting.id)
    return list(db.session.scalars(query))


def owed_cents() -> int:
    handle = db.session.scalars(sa.select(Payee.handle)).one()
    return owed_by_ledger([handle])[handle].owed_cents


def held() -> dict[str, int]:
    rows = db.session.execute(sa.select(Reservation.stage, Reservation.cents))
    return {str(stage): cents for stage, cents in rows}


def back_there(there: StandIn) -> list[int]:
    return [row["amount_reversed"] for row in state(there)["transfers"]]


def sound() -> None:
    assert books.problems(clock.now()) == []


def differences() -> list[Difference]:
    """What comparing the day with Stripe finds that does not fit."""
    now = clock.now() + timedelta(days=1)
    for span in reconciling.due(now):
        reconciling.read(span, now=now)
    assert db.session.scalars(sa.select(ReconciliationDay.matched)).one() >= 0
    return list(db.session.scalars(sa.select(ReconciliationDifference.kind)))


@pytest.mark.parametrize(
    ("cents", "reason", "owed", "line"),
    [
        (20_00, R.WRONG_AMOUNT, 0, {"paid": 55_00}),
        (75_00, R.DOUBLE, 0, {}),
        (75_00, R.WRONG_PAYEE, 75_00, {"approved": 75_00}),
    ],
)
def test_each_reason_takes_it_back_there_and_in_the_books(
    there: StandIn, run: Run, cents: int, reason: R, owed: int, line: dict[str, int]
) -> None:
    row = asked(run, cents, reason)
    act(jobs.take_back)
    assert (status(row), back_there(there)) == (S.DONE, [cents])
    assert (posted("reverse"), owed_cents(), held()) == ([cents], owed, line)
    assert payout_of(run).cents_back == cents
    assert differences() == []
    sound()


def test_from_a_wrong_payee_it_is_paid_anew_by_a_transfer_of_its_own(
    there: StandIn, run: Run
) -> None:
    asked(run, 75_00, R.WRONG_PAYEE)
    act(jobs.take_back)
    owing.released(run.payer, db.session.scalars(sa.select(Payable)).one())
    act(jobs.send_due, jobs.sweep)
    assert sorted(back_there(there)) == [0, 75_00]
    assert len({row["transfer_group"] for row in state(there)["transfers"]}) == 2
    assert (owed_cents(), held()) == (0, {"paid": 75_00})
    sound()


@pytest.mark.parametrize("kind", ["503", "500none", "429", "401", "409", "before"])
def test_no_answer_is_no_end_and_it_is_asked_once_more(
    there: StandIn, run: Run, kind: str
) -> None:
    impatient(there)
    row = asked(run, 20_00, R.WRONG_AMOUNT)
    control.fault(there, kind=kind, operation=CALL, count=1)
    act(jobs.take_back)
    assert (status(row), posted("reverse")) == (S.GOING, [])
    act(jobs.take_back, after=SOON)
    if kind == "500none":  # saved under its key: nothing else can come of it
        assert (status(row), back_there(there)) == (S.GOING, [0])
        act(jobs.take_back, after=timedelta(hours=24))
        assert (status(row), back_there(there)) == (S.REFUSED, [0])
    else:
        assert (status(row), back_there(there)) == (S.DONE, [20_00])
    sound()


def test_500_that_was_done_is_seen_by_a_look(there: StandIn, run: Run) -> None:
    impatient(there)
    row = asked(run, 20_00, R.WRONG_AMOUNT)
    control.fault(there, kind="500saved", operation=CALL, count=1)
    act(jobs.take_back)
    act(jobs.take_back, after=SOON)
    assert (status(row), back_there(there), posted("reverse")) == (
        S.DONE,
        [20_00],
        [20_00],
    )
    sound()


def test_more_than_is_left_there_is_refused_and_changes_nothing(
    there: StandIn, run: Run
) -> None:
    """Others took some in Stripe's own pages, after two people wanted it here."""
    row = asked(run, 60_00, R.WRONG_AMOUNT)
    control.reverse(there, str(payout_of(run).remote_id), 40_00)
    act(jobs.take_back)
    assert (status(row), back_there(there)) == (S.REFUSED, [40_00])
    assert posted("reverse") == []
    assert differences() == [Difference.REVERSED]


@pytest.mark.parametrize("first", ["ours", "event"])
def test_the_event_and_our_own_answer_post_it_once(
    there: StandIn, run: Run, client: FlaskClient, first: str
) -> None:
    """The answer is lost; the event comes before, or after, the next call."""
    impatient(there)
    row = asked(run, 20_00, R.WRONG_AMOUNT)
    control.fault(there, kind="after", operation=CALL, count=1)
    act(jobs.take_back)
    acts: list[Callable[[], None]] = [
        lambda: act(jobs.take_back, after=SOON),
        lambda: _read_events(there, client),
    ]
    for each in acts if first == "ours" else reversed(acts):
        each()
    assert (status(row), posted("reverse")) == (S.DONE, [20_00])
    assert (owed_cents(), held()) == (0, {"paid": 55_00})
    sound()


def _read_events(there: StandIn, client: FlaskClient) -> None:
    for place in range(len(there.store.events)):
        assert told(there, client, place) == 200
    act(jobs.read_events)


def test_what_others_take_while_it_waits_for_a_yes_is_owed_again(
    there: StandIn, run: Run, client: FlaskClient
) -> None:
    row = asked(run, 20_00, R.WRONG_AMOUNT, to_go=False)
    control.reverse(there, str(payout_of(run).remote_id), 20_00)
    _read_events(there, client)
    assert (owed_cents(), status(row)) == (20_00, S.AGREED)
    waiting = sa.select(Payable).where(Payable.status == PayableStatus.WAITING)
    assert db.session.scalars(waiting).one().cents == 20_00
    reversing.drop(row.id, by=make.finance(run.payer), now=clock.now())
    sound()
