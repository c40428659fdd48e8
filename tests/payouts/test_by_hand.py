"""Payments by hand: what was released still stands, voids, repeats, sealed details."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core import clock
from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from engage.notices.models import Notice
from engage.payouts import actions, books, details, jobs, manual, switches, voiding
from engage.payouts.models import ManualPayment, Payout, PayoutBatch, PayoutItem
from engage.payouts.models_after import PayeeDetail
from engage.payouts.rules import (
    ManualKind,
    PayoutStatus,
    RailName,
    RepeatedReference,
)
from engage.people.models import Membership, Person
from tests import make
from tests.clients import Browser
from tests.payouts.owing import owed, released

SignIn = Callable[..., Browser]
S = PayoutStatus
TEXT = "Jo Zyzzyva, 12 Quokka Street, Springfield 10001-1234"


class Desk:
    """A payer, two people of its finance, a payee and a payment by hand."""

    def __init__(self) -> None:
        self.payer, self.who = make.payer(), make.consultant()
        self.first, self.second = make.finance(self.payer), make.finance(self.payer)
        self.payout = self.one_more()

    def one_more(self, **values: Any) -> Payout:
        row = owed(self.payer, to=self.who, rail="manual", **values)
        batch = released(self.payer, row)
        query = sa.select(Payout).where(Payout.batch_id == batch.id)
        return db.session.scalars(query).one()

    def record(self, payout: Payout | None = None, **values: Any) -> Payout:
        today = clock.today(self.payer.zone)
        values = {"kind": ManualKind.CHECK, "reference": "1041", **values}
        values |= {"paid_on": today, "today": today, "by": self.first}
        return manual.record((payout or self.payout).id, now=clock.now(), **values)

    def confirm(self, payout: Payout | None = None, **values: Any) -> Payout:
        of = payout or self.payout
        return manual.confirm(of.id, by=self.second, now=clock.now(), **values)

    def give(self, text: str = TEXT, by: Person | None = None) -> Payout:
        by = by or self.who
        return details.give(self.payout.id, text, by=by, now=clock.now())

    def row(self) -> ManualPayment:
        query = sa.select(ManualPayment).where(
            ManualPayment.payout_id == self.payout.id
        )
        return db.session.scalars(query.execution_options(populate_existing=True)).one()


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk()


def fresh(payout: Payout) -> Payout:
    return db.session.get_one(Payout, payout.id, populate_existing=True)


def test_f16_what_changed_after_the_release_is_not_recorded(desk: Desk) -> None:
    with transaction() as session:
        session.scalars(sa.select(Payable)).one().cents += 1
        session.scalars(sa.select(PayoutItem)).one().cents += 1
        desk.payout.cents += 1
    with pytest.raises(Refused, match="changed after this run was released"):
        desk.record()
    assert fresh(desk.payout).status is S.QUEUED


def test_f18_who_released_it_must_still_be_allowed_to(desk: Desk) -> None:
    batch = db.session.get_one(PayoutBatch, desk.payout.batch_id)
    with transaction() as session:
        held = session.scalars(
            sa.select(Membership).where(Membership.person_id == batch.released_by_id)
        ).one()
        held.ended_on = clock.today("UTC")
    with pytest.raises(Refused, match="no longer do so"):
        desk.record()


def test_a_payer_stops_payments_by_hand_for_itself_alone(desk: Desk) -> None:
    other = Desk()
    turn = {"by": desk.first, "now": clock.now()}
    switches.turn_rail(RailName.MANUAL, desk.payer.id, on=False, **turn)
    with pytest.raises(Refused, match="stopped"):
        desk.record()
    other.record()
    switches.turn_rail(RailName.MANUAL, desk.payer.id, on=True, **turn)
    desk.record()


def test_f52_a_repeated_reference_needs_a_reason_and_a_second_persons_look(
    desk: Desk,
) -> None:
    desk.record()
    second = desk.one_more(cents=33_00)
    with pytest.raises(Refused, match="say why"):
        desk.record(second)
    desk.record(second, repeated=RepeatedReference.ONE_ORDER)
    with pytest.raises(Refused, match="Tick"):
        desk.confirm(second)
    with pytest.raises(Refused, match="second person"):
        manual.confirm(second.id, by=desk.first, now=clock.now(), repeat_seen=True)
    desk.confirm(second, repeat_seen=True)
    assert fresh(second).status is S.PAID


def test_f53_a_confirmed_payment_is_voided_by_two_and_payable_again(
    desk: Desk,
) -> None:
    desk.record()
    desk.confirm()
    void = {"now": clock.now(), "by": desk.first}
    with pytest.raises(Refused, match="ask for this first"):
        voiding.void(desk.payout.id, **void)
    voiding.ask(desk.payout.id, **void)
    assert fresh(desk.payout).status is S.PAID
    with pytest.raises(Refused, match="second person"):
        voiding.void(desk.payout.id, **void)
    voiding.void(desk.payout.id, by=desk.second, now=clock.now())
    payable = db.session.scalars(sa.select(Payable)).one()
    assert fresh(desk.payout).status is S.RETURNED
    assert payable.status is PayableStatus.WAITING
    assert (
        db.session.scalars(sa.select(HoursEntry.status)).one() is HoursStatus.APPROVED
    )
    assert books.problems(clock.now()) == []
    again = released(desk.payer, payable)
    (payout,) = db.session.scalars(sa.select(Payout).where(Payout.batch_id == again.id))
    desk.record(payout)  # the same reference, now that the first one is void
    desk.confirm(payout)
    assert books.problems(clock.now()) == []


def test_a_question_to_void_can_be_left(desk: Desk) -> None:
    with pytest.raises(NotFound):
        voiding.ask(desk.payout.id, by=desk.first, now=clock.now())
    desk.record()
    desk.confirm()
    voiding.ask(desk.payout.id, by=desk.first, now=clock.now())
    with pytest.raises(Refused, match="already"):
        voiding.ask(desk.payout.id, by=desk.second, now=clock.now())
    voiding.leave(desk.payout.id, by=desk.second, now=clock.now())
    with pytest.raises(Refused, match="ask for this first"):
        voiding.void(desk.payout.id, by=desk.second, now=clock.now())


@pytest.mark.parametrize("step", ["ask", "leave", "void"])
def test_a_failed_void_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    desk.record()
    desk.confirm()
    if step != "ask":
        voiding.ask(desk.payout.id, by=desk.first, now=clock.now())
    before = desk.row().void_asked_by_id
    monkeypatch.setattr(voiding.audit, "record", _fails)
    with pytest.raises(ZeroDivisionError):
        getattr(voiding, step)(desk.payout.id, by=desk.second, now=clock.now())
    row = desk.row()
    assert (row.void_asked_by_id, row.voided_at) == (before, None)
    assert fresh(desk.payout).status is S.PAID
    assert books.problems(clock.now()) == []


def _fails(*args: object, **kw: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    "text", ["4111 1111 1111 1111", "account 000123456789", "XJ4K-9QTR-22LM", "x" * 401]
)
def test_details_take_nothing_that_could_be_used_to_pay(desk: Desk, text: str) -> None:
    with pytest.raises(Refused):
        desk.give(text)
    assert details.of_payout(desk.payout.id) is None


def test_details_are_sealed_and_only_the_payees_to_give(desk: Desk) -> None:
    told = sa.select(Notice.kind).where(Notice.person_id == desk.who.id)
    assert "by_hand" in set(db.session.scalars(told))
    with pytest.raises(NotFound):
        desk.give(by=make.consultant())
    desk.give()
    row = db.session.scalars(sa.select(PayeeDetail)).one()
    assert row.text_sealed is not None
    assert b"Zyzzyva" not in row.text_sealed
    assert row.read(desk.who.subject) == TEXT
    desk.give("")
    assert db.session.scalars(sa.select(PayeeDetail.text_sealed)).one() is None


def test_details_end_with_the_payment_and_are_erased_after_thirty_days(
    desk: Desk,
) -> None:
    desk.give()
    desk.record()
    assert details.is_given(fresh(desk.payout))
    desk.confirm()
    assert not details.is_given(fresh(desk.payout))
    with pytest.raises(Refused, match="nothing from you"):
        desk.give()
    for days, kept in ((29, True), (31, False)):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            jobs.forget_details(clock.now())
        query = sa.select(PayeeDetail.text_sealed)
        assert (db.session.scalars(query).one() is not None) is kept


def test_details_of_a_cancelled_payment_are_erased_at_once(desk: Desk) -> None:
    desk.give()
    actions.cancel(desk.payout.batch_id, by=desk.first, now=clock.now())
    jobs.forget_details(clock.now())
    assert db.session.scalars(sa.select(PayeeDetail.text_sealed)).one() is None


def test_a_failed_giving_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(details.audit, "record", _fails)
    with pytest.raises(ZeroDivisionError):
        desk.give()
    assert details.of_payout(desk.payout.id) is None


def test_only_finance_of_that_payer_opens_them_and_each_time_is_a_look(
    desk: Desk, sign_in: SignIn
) -> None:
    path = f"/runs/pay/{desk.payout.uid}/given"
    nothing = "There is nothing here"
    assert nothing in sign_in(desk.first).get(path).get_data(as_text=True)
    desk.give()
    for other in (make.finance(make.payer()), make.coordinator(desk.payer), desk.who):
        assert sign_in(other).get(path).status_code == 404
    looks = sa.select(AuditEntry.by_person_id).where(
        AuditEntry.verb == "payee_detail.open", AuditEntry.subject == desk.who.subject
    )
    assert list(db.session.scalars(looks)) == []
    browser = sign_in(desk.first)
    assert "Quokka Street" in browser.get(path).get_data(as_text=True)
    assert list(db.session.scalars(looks)) == [desk.first.id]
    desk.record()
    assert browser.get(path).status_code == 200
    desk.confirm()
    assert nothing in browser.get(path).get_data(as_text=True)


def test_the_text_is_on_no_other_page_of_anybody(desk: Desk, sign_in: SignIn) -> None:
    desk.give()
    batch = db.session.get_one(PayoutBatch, desk.payout.batch_id)
    pages = ["/", "/runs", f"/runs/{batch.uid}", f"/runs/pay/{desk.payout.uid}"]
    browser = sign_in(desk.first)
    for path in [*pages, "/runs/owed"]:
        assert "Quokka" not in browser.get(path).get_data(as_text=True), path
    own = sign_in(desk.who)
    mine = f"/record/by-hand/{desk.payout.uid}"
    for path in ("/", "/record", "/record?show=1", "/record/by-hand"):
        assert "Quokka" not in own.get(path).get_data(as_text=True), path
    assert "Quokka" in own.get(mine).get_data(as_text=True)
    assert sign_in(make.consultant()).get(mine).status_code == 404


def test_the_payee_gives_and_erases_them_on_their_own_page(
    desk: Desk, sign_in: SignIn
) -> None:
    own, path = sign_in(desk.who), f"/record/by-hand/{desk.payout.uid}"
    refused = own.post(path, data={"text": "4111 1111 1111 1111"})
    assert refused.status_code == 422
    assert "card number" in refused.get_data(as_text=True)
    assert own.post(path, data={"text": TEXT}).status_code == 303
    assert details.is_given(fresh(desk.payout))
    assert own.post(path, data={"text": ""}).status_code == 303
    assert not details.is_given(fresh(desk.payout))
