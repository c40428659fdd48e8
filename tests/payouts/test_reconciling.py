"""Days laid beside Stripe: what fits, what differs, what a difference keeps back."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.organizations.models import Organization
from engage.payouts import jobs, queries, reconcile_actions, reconciling, switches
from engage.payouts.models import Payout
from engage.payouts.rails.table import stripe_rail
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.reconcile_rules import Difference
from engage.payouts.rules import PayoutStatus, RailName
from tests import make
from tests.fakes.stripe import control
from tests.fakes.stripe.faults import Fault
from tests.fakes.stripe.server import StandIn
from tests.payouts.at_stripe import paid, standing_in, tomorrow

STRIPE = RailName.STRIPE


@pytest.fixture
def there(app: Flask) -> Iterator[StandIn]:
    with standing_in(app) as server:
        yield server


@pytest.fixture
def payer(app: Flask) -> Organization:
    return make.payer()


def read(days_later: int = 0) -> None:
    now = tomorrow() + timedelta(days=days_later)
    for span in reconciling.due(now):
        reconciling.read(span, now=now)


def days() -> list[ReconciliationDay]:
    query = sa.select(ReconciliationDay).order_by(ReconciliationDay.day)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def found() -> list[tuple[Difference, int | None, int | None]]:
    query = sa.select(ReconciliationDifference).order_by(ReconciliationDifference.id)
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return [
        (row.kind, row.ours_cents, row.theirs_cents) for row in rows if not row.gone_at
    ]


def the_difference() -> ReconciliationDifference:
    return db.session.scalars(sa.select(ReconciliationDifference)).one()


def is_stopped(payer: Organization) -> bool:
    return queries.stopped_rails([payer.id]).get(STRIPE) == "reconcile"


def test_nothing_is_asked_where_stripe_is_not_open(app: Flask, payer) -> None:
    assert reconciling.due(clock.now()) == []


def test_a_day_that_fits_is_written_down_with_its_money(there, payer) -> None:
    paid(payer, there, cents=25_00)
    paid(payer, there, cents=40_00)
    read()

    (day,) = days()
    assert (day.matched, day.matched_cents) == (2, 65_00)
    assert (day.start_cents, day.end_cents) == (0, 935_00)
    assert day.movements == {"topup": 1_000_00, "transfer": -65_00}
    assert found() == []
    assert not is_stopped(payer)
    assert reconciling.due(tomorrow()) == []


def test_f41_a_transfer_by_hand_is_not_ours_and_never_taken_over(there, payer) -> None:
    payout = paid(payer, there)
    (account,) = there.store.accounts
    control.stray(there, account, 9_00)
    read()

    assert found() == [(Difference.THEIRS, None, 9_00)]
    assert is_stopped(payer)
    assert db.session.scalars(sa.select(Payout)).one().id == payout.id
    assert (the_difference().payout_uid, days()[0].matched) == ("", 1)


def test_f42_sent_here_and_not_there_is_an_error_and_is_not_mended(
    there, payer
) -> None:
    payout = paid(payer, there)
    there.store.transfers.clear()
    read()

    assert (Difference.OURS, 25_00, None) in found()
    assert is_stopped(payer)
    assert db.session.get_one(Payout, payout.id).status is PayoutStatus.PAID


@pytest.mark.parametrize(
    ("column", "value"), [("amount", 24_00), ("destination", "acct_elsewhere000001")]
)
def test_another_amount_or_place_differs(there, payer, column, value) -> None:
    paid(payer, there)
    next(iter(there.store.transfers.values()))[column] = value
    read()

    theirs = value if column == "amount" else 25_00
    assert found() == [(Difference.DIFFERS, 25_00, theirs)]


def test_what_was_taken_back_there_alone_shows_days_later(there, payer) -> None:
    payout = paid(payer, there)
    read()
    control.reverse(there, payout.remote_id, 10_00)
    read(days_later=1)

    assert found()[0] == (Difference.REVERSED, 0, 10_00)
    with transaction():
        db.session.get_one(Payout, payout.id).cents_back = 10_00
    read(days_later=2)
    assert Difference.REVERSED not in {kind for kind, _, _ in found()}
    assert is_stopped(payer)  # that it is gone is no second look


def test_what_nobody_knows_is_shown_and_keeps_nothing_back(there, payer) -> None:
    payout = paid(payer, there)
    there.store.transfers.clear()
    with transaction() as session:
        session.execute(sa.text("UPDATE payout_attempt SET ended_at = NULL"))
        payout.status, payout.remote_id = PayoutStatus.UNKNOWN, None
    read()

    assert found() == [(Difference.UNKNOWN, 25_00, None)]
    assert not is_stopped(payer)


def test_what_is_sent_and_not_seen_for_a_day_is_in_clearing(there, payer) -> None:
    payout = paid(payer, there)
    with transaction():
        payout.status = PayoutStatus.SENT
    read(days_later=1)

    assert found() == [(Difference.CLEARING, 25_00, None)]


def test_money_that_went_without_a_movement_is_missed(there, payer) -> None:
    paid(payer, there)
    read()
    there.store.available_cents -= 3_00  # gone without a movement
    read(days_later=1)

    assert found() == [(Difference.BALANCE, 975_00, 972_00)]


def test_one_explains_and_another_looks_before_payments_go_on(there, payer) -> None:
    paid(payer, there)
    control.stray(there, next(iter(there.store.accounts)), 9_00)
    read()
    row, now = the_difference(), clock.now()
    one, other = make.finance(payer), make.finance(payer)

    with pytest.raises(Refused, match="First somebody"):
        reconcile_actions.look(row.id, by=other, now=now)
    reconcile_actions.explain(row.id, "Paid by hand.", by=one, now=now)
    with pytest.raises(Refused, match="second person"):
        reconcile_actions.look(row.id, by=one, now=now)
    with pytest.raises(Refused, match="Two people"):
        switches.turn_rail(STRIPE, payer.id, on=True, by=one, now=now)
    assert is_stopped(payer)

    reconcile_actions.look(row.id, by=other, now=now)
    assert not is_stopped(payer)
    with pytest.raises(Refused, match="closed"):
        reconcile_actions.explain(row.id, "Something else.", by=one, now=now)

    reconcile_actions.want(row.day_id)
    read()
    assert not is_stopped(payer)  # the same as before is not new


def test_another_amount_asks_for_another_look(there, payer) -> None:
    paid(payer, there)
    made = control.stray(there, next(iter(there.store.accounts)), 9_00)["transfer"]
    read()
    row, now = the_difference(), clock.now()
    reconcile_actions.explain(row.id, "By hand.", by=make.finance(payer), now=now)
    reconcile_actions.look(row.id, by=make.finance(payer), now=now)
    there.store.transfers[made]["amount"] = 8_00
    reconcile_actions.want(row.day_id)
    read()

    assert is_stopped(payer)
    assert the_difference().looked_by_id is None


def test_finance_explains_looks_and_takes_the_table(there, payer, sign_in) -> None:
    paid(payer, there, cents=25_00)
    control.stray(there, next(iter(there.store.accounts)), 9_00)
    read()
    row, (day,) = the_difference(), days()
    one, other = sign_in(make.finance(payer)), sign_in(make.finance(payer))
    path, listed = f"/runs/books/differences/{row.uid}", "/runs/books/days"

    assert "1 difference to look at" in one.get(listed).text
    assert "$9.00" in one.get(f"{listed}/{day.uid}").text
    assert "Write nothing about a person" in one.get(path).text
    assert one.post(path, data={"explanation": ""}).status_code == 422
    assert one.post(f"{path}/look").status_code == 422
    words = {"explanation": "=A fee, paid by hand."}
    assert one.post(path, data=words).status_code == 303
    assert "I looked" not in one.get(path).text
    assert "I looked" in other.get(path).text
    assert other.post(f"{path}/look").status_code == 303
    assert "Looked at by two" in one.get(f"{listed}/{day.uid}").text
    assert not is_stopped(payer)

    text = one.get(f"{listed}.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [row[2] for row in rows[1:]] == [
        "At the start",
        "Added by us",
        "Sent to payees",
        "At the end",
        "Fits",
        "Not ours: Stripe has it, and Engage did not send it",
    ]
    assert rows[2][5] == "1000.00"
    assert rows[-1][7] == "'=A fee, paid by hand."
    assert "acct_" not in text

    assert one.post(f"{listed}/{day.uid}/again").status_code == 303
    assert "within ten minutes" in one.get(f"{listed}/{day.uid}").text
    assert [span.day for span in reconciling.due(clock.now())] == [day.day]


def test_another_payers_days_are_not_found(there, payer, sign_in) -> None:
    paid(payer, there)
    there.store.transfers.clear()
    read()
    browser = sign_in(make.finance(make.payer()))
    for path in (f"days/{days()[0].uid}", f"differences/{the_difference().uid}"):
        assert browser.get(f"/runs/books/{path}").status_code == 404
    assert "Looked at" not in browser.get("/runs/books/days").text
    assert browser.get("/runs/books/days.csv").data.count(b"\r\n") == 1


def test_a_day_that_cannot_be_read_is_read_by_the_next_run(there, payer) -> None:
    paid(payer, there)
    there.faults.add(Fault("503", "GetTransfers", count=4))
    with pytest.raises(Exception, match="unavailable"):
        jobs.reconcile(tomorrow())
    assert days() == []
    there.faults.clear()
    jobs.reconcile(tomorrow())
    assert [day.matched for day in days()] == [1]


def test_a_balance_that_moves_meanwhile_is_not_judged(
    there, payer, monkeypatch
) -> None:
    paid(payer, there)
    seen = iter([100, 200])
    monkeypatch.setattr(stripe_rail(), "whole_balance", lambda currency: next(seen))
    with pytest.raises(RuntimeError, match="moved"):
        read()
    assert days() == []
