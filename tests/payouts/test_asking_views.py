"""The pages of asking back, voiding and ending, and who may open and press what."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import db, transaction
from engage.payouts import jobs
from engage.payouts.models import Payout, PayoutAttempt
from engage.payouts.models_after import Reversal
from engage.payouts.returning_rules import ReversalReason, ReversalStatus
from engage.payouts.rules import BatchStatus, PayoutStatus
from tests import make
from tests.clients import Browser
from tests.payouts.owing import owed, prepared, released, two_in_finance
from tests.payouts.test_by_hand import Desk
from tests.payouts.test_taking_back import MONDAY, Scene, fresh

SignIn = Callable[..., Browser]


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


def text_of(browser: Browser, path: str) -> str:
    return str(browser.get(path).get_data(as_text=True))


def one_row() -> Reversal:
    query = sa.select(Reversal).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def test_a_wrong_payment_is_asked_back_answered_and_decided(
    app: Flask, sign_in: SignIn
) -> None:
    scene = Scene()
    maker, payee, other = map(sign_in, (scene.maker, scene.who, scene.other))
    ask = f"/runs/pay/{scene.payout.uid}/again"
    assert "Something was wrong" in text_of(maker, f"/runs/pay/{scene.payout.uid}")
    wrong = maker.post(ask, data={"reason": "wrong_amount", "cents": "900"})
    assert wrong.status_code == 422
    sent = maker.post(ask, data={"reason": "wrong_amount", "cents": "20"})
    row = one_row()
    assert sent.location == f"/runs/again/{row.uid}"
    assert "second person has to decide" in text_of(maker, sent.location)
    own = f"/record/again/{row.uid}"
    assert "$20.00" in text_of(payee, own)
    early = other.post(sent.location, data={"do": "go"})
    assert "may still object" in early.get_data(as_text=True)
    assert payee.post(own, data={"objects": "1"}).status_code == 303
    assert other.post(sent.location, data={"do": "go"}).status_code == 422
    data = {"do": "go", "is_sure": "y"}
    assert other.post(sent.location, data=data).status_code == 303
    jobs.take_back(clock.now())
    assert one_row().status is ReversalStatus.DONE
    page = text_of(other, f"/runs/pay/{scene.payout.uid}")
    assert "$20.00 of it came back" in page
    assert "Taken back" in text_of(payee, own)


def test_anybody_in_finance_lets_the_payee_keep_it(app: Flask, sign_in: SignIn) -> None:
    scene = Scene()
    row = scene.ask(75_00, ReversalReason.DOUBLE)
    sign_in(scene.maker).post(f"/runs/again/{row.uid}", data={"do": "drop"})
    assert fresh(row).status is ReversalStatus.DROPPED


def test_nobody_else_opens_or_presses_it(app: Flask, sign_in: SignIn) -> None:
    scene = Scene()
    row = scene.ask(75_00, ReversalReason.DOUBLE)
    uid = scene.payout.uid
    staff = [f"/runs/again/{row.uid}", f"/runs/pay/{uid}/again"]
    presses = [*staff, f"/runs/pay/{uid}/void", f"/runs/pay/{uid}/end"]
    for who in (make.finance(make.payer()), make.coordinator(scene.payer), scene.who):
        browser = sign_in(who)
        assert {browser.get(path).status_code for path in staff} == {404}
        assert {browser.post(path).status_code for path in presses} == {404}
    for who in (make.consultant(), scene.maker):
        browser, own = sign_in(who), f"/record/again/{row.uid}"
        assert browser.get(own).status_code == browser.post(own).status_code == 404
    assert fresh(row).status is ReversalStatus.TOLD


def test_a_payment_by_hand_is_voided_on_its_page(app: Flask, sign_in: SignIn) -> None:
    desk = Desk()
    desk.record()
    desk.confirm()
    path = f"/runs/pay/{desk.payout.uid}"
    first, second = sign_in(desk.first), sign_in(desk.second)
    assert first.post(f"{path}/void", data={"do": "x"}).status_code == 404
    assert first.post(f"{path}/void", data={"do": "ask"}).status_code == 303
    assert "Another person has to agree" in text_of(first, path)
    assert first.post(f"{path}/void", data={"do": "yes"}).status_code == 422
    assert "Void this payment" in text_of(second, path)
    assert second.post(f"{path}/void", data={"do": "yes"}).status_code == 303
    query = sa.select(Payout.status)
    assert db.session.scalars(query).one() is PayoutStatus.RETURNED


def test_one_that_waits_for_a_person_is_ended_on_its_page(
    app: Flask, sign_in: SignIn
) -> None:
    payer = make.payer()
    released(payer)
    jobs.send_due(clock.now())
    with transaction() as session:
        payout = session.scalars(sa.select(Payout)).one()
        payout.status, payout.remote_id = PayoutStatus.NEEDS_PERSON, None
        session.scalars(sa.select(PayoutAttempt)).one().ended_at = None
    browser, path = sign_in(make.finance(payer)), f"/runs/pay/{payout.uid}"
    assert "Look it up and end it" in text_of(browser, path)
    assert browser.post(f"{path}/end").status_code == 303
    assert "Engage looks for" in text_of(browser, path)


def test_f14_two_tabs_release_one_run_once(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker, owed(payer))
    browser, path = sign_in(checker), f"/runs/{batch.uid}/release"
    same = {"no_interest": "y", "once": "one-and-the-same-token"}
    first, again = (browser.post(path, data=same) for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    assert "already have this" in text_of(browser, again.location)
    other_tab = browser.post(path, data={"no_interest": "y"})
    assert other_tab.status_code == 422
    assert "changed meanwhile" in other_tab.get_data(as_text=True)
    assert batch.status is BatchStatus.APPROVED
    assert jobs.send_due(clock.now()) is None
    query = sa.select(sa.func.count(PayoutAttempt.id))
    assert db.session.scalar(query) == 1


def test_a_run_shows_its_sums_by_where_they_are(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    rows = [owed(payer, cents=31_00), owed(payer, cents=12_00, rail="manual")]
    batch = released(payer, *rows)
    jobs.send_due(clock.now())
    text = text_of(sign_in(make.finance(payer)), f"/runs/{batch.uid}")
    assert "Where the payments of this run are" in text
    assert text.count("$31.00") == text.count("$12.00") == 2


def test_a_repeated_amount_needs_a_reason(app: Flask, sign_in: SignIn) -> None:
    payer, who = make.payer(), make.consultant()
    released(payer, owed(payer, to=who))
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker, owed(payer, to=who))
    browser, path = sign_in(checker), f"/runs/{batch.uid}/release"
    refused = browser.post(path, data={"no_interest": "y"})
    assert "say why they are right" in refused.get_data(as_text=True)
    data = {"no_interest": "y", "repeated": "other_work"}
    assert browser.post(path, data=data).status_code == 303
    assert "It is for other work" in text_of(browser, f"/runs/{batch.uid}")


def test_the_first_run_with_real_money_holds_one_payment(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn
) -> None:
    payer = make.payer()
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker, owed(payer), owed(payer, cents=10_00))
    with transaction() as session:
        for payout in session.scalars(sa.select(Payout)):
            payout.is_live = True
    browser = sign_in(checker)
    assert "holds one payment" in text_of(browser, f"/runs/{batch.uid}")
    path = f"/runs/{batch.uid}/release"
    refused = browser.post(path, data={"no_interest": "y"})
    assert "holds one payment" in refused.get_data(as_text=True)
