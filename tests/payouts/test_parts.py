"""Taking a part of one's pay, or none: theirs alone, undone until a run has it."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.core import clock
from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.funding.models import Reservation
from engage.ledger.balances import owed as owed_by_ledger
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.payouts import arriving, books, jobs, reading
from engage.payouts.models import Payout
from engage.workload import parts
from tests import make
from tests.clients import Browser
from tests.payouts.faulty import let_arrive
from tests.payouts.owing import owed, prepared, released, two_in_finance

SignIn = Callable[..., Browser]


def pay_all() -> None:
    jobs.send_due(clock.now())
    let_arrive()
    jobs.sweep(clock.now())


def owed_cents() -> int:
    handle = db.session.scalars(sa.select(Payee.handle).limit(1)).one()
    return owed_by_ledger([handle])[handle].owed_cents


def held() -> list[tuple[str, int]]:
    rows = db.session.execute(sa.select(Reservation.stage, Reservation.cents))
    return sorted((str(stage), cents) for stage, cents in rows)


def test_a_part_is_paid_and_the_rest_given_up_only_then(app: Flask) -> None:
    payer, who = make.payer(), make.consultant()
    row = owed(payer, to=who)
    parts.take(who, row.uid, 40_00, now=clock.now())
    assert owed_cents() == 75_00
    batch = released(payer, row)
    assert books.problems(clock.now()) == []
    payout = db.session.scalars(sa.select(Payout)).one()
    assert (payout.batch_id, payout.cents) == (batch.id, 40_00)
    pay_all()
    assert row.status is PayableStatus.PAID
    assert owed_cents() == 0
    assert held() == [("paid", 40_00)]
    assert books.problems(clock.now()) == []
    arriving.taken_back(payout.id, 40_00, now=clock.now())
    assert owed_cents() == 40_00  # what was given up stays so
    assert books.problems(clock.now()) == []


def test_none_waits_for_nobody_and_can_be_undone(app: Flask) -> None:
    payer, who = make.payer(), make.consultant()
    row = owed(payer, to=who)
    parts.take(who, row.uid, 0, now=clock.now())
    assert reading.totals([payer], clock.now()).cents == 0
    assert reading.waiting(payer, 10, clock.today(payer.zone)) == []
    maker, _other = two_in_finance(payer)
    with pytest.raises(Refused, match="takes none"):
        prepared(payer, maker, row)
    assert books.problems(clock.now()) == []
    parts.take(who, row.uid, None, now=clock.now())
    released(payer, row)
    pay_all()
    assert owed_cents() == 0


def test_nobody_else_sets_it_and_not_too_much_nor_too_late(app: Flask) -> None:
    payer, who = make.payer(), make.consultant()
    row = owed(payer, to=who)
    with pytest.raises(NotFound):
        parts.take(make.consultant(), row.uid, 0, now=clock.now())
    for cents in (-1, 75_01):
        with pytest.raises(Refused, match="at most"):
            parts.take(who, row.uid, cents, now=clock.now())
    parts.take(who, row.uid, 75_00, now=clock.now())
    assert row.take_cents is None
    released(payer, row)
    with pytest.raises(Refused, match="being prepared"):
        parts.take(who, row.uid, 0, now=clock.now())


def test_a_failed_choice_leaves_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = make.consultant()
    row = owed(make.payer(), to=who)
    monkeypatch.setattr(parts, "record", _fails)
    with pytest.raises(ZeroDivisionError):
        parts.take(who, row.uid, 0, now=clock.now())
    query = sa.select(Payable.take_cents)
    assert db.session.scalars(query).one() is None


def _fails(*args: object, **kw: object) -> None:
    raise ZeroDivisionError


def test_it_is_chosen_on_the_payees_own_page(app: Flask, sign_in: SignIn) -> None:
    payer, who = make.payer(), make.consultant()
    row = owed(payer, to=who)
    own, path = sign_in(who), f"/record/part/{row.uid}"
    assert own.get("/record/part?show=1").status_code == 200
    assert own.post(path, data={"how": "part", "cents": ""}).status_code == 422
    assert own.post(path, data={"how": "part", "cents": "40"}).status_code == 303
    assert "$40.00" in own.get("/record/part?show=1").get_data(as_text=True)
    assert sign_in(make.consultant()).get(path).status_code == 404
    assert "$75.00" not in own.get(path).get_data(as_text=True)
    assert "$75.00" in own.get(f"{path}?show=1").get_data(as_text=True)
    finance = sign_in(make.finance(payer))
    assert finance.get(path).status_code == 404
    text = finance.get("/runs/new").get_data(as_text=True)
    assert "Part chosen by payee" in text
    assert "$75.00" not in text
    assert own.post(path, data={"how": "all"}).status_code == 303
    assert "Part chosen" not in finance.get("/runs/new").get_data(as_text=True)


AMOUNTS = st.lists(
    st.integers(1, 500_00).flatmap(
        lambda cents: st.tuples(st.just(cents), st.integers(0, cents))
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=AMOUNTS, share=st.floats(0, 1))
def test_the_books_hold_for_any_amounts_taken_and_taken_back(
    app: Flask, drawn: list[tuple[int, int]], share: float
) -> None:
    payer, who = make.payer(), make.consultant()
    place = make.organization()
    line = make.funding_line(place, payer=payer)
    rows = []
    for cents, taken in drawn:
        row = owed(payer, to=who, place=place, line=line, cents=cents)
        parts.take(who, row.uid, taken, now=clock.now())
        if taken:
            rows.append(row)
    if rows:
        batch = released(payer, *rows)
        pay_all()
        query = sa.select(Payout).where(Payout.batch_id == batch.id)
        payout = db.session.scalars(query).one()
        back = int(payout.cents * share)
        arriving.taken_back(payout.id, back, now=clock.now())
        arriving.taken_back(payout.id, payout.cents, now=clock.now())
    assert books.problems(clock.now()) == []
