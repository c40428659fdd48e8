"""Payments by hand: one records, another confirms, nothing secret is kept."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core import clock
from engage.core.db import Conflict, db
from engage.core.errors import Refused
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable, Posting
from engage.ledger.rules import PayableStatus
from engage.organizations.models import Organization
from engage.payouts import books, jobs, manual
from engage.payouts.models import ManualPayment, Payout, PayoutBatch
from engage.payouts.rules import ManualKind, PayoutStatus
from engage.people.models import Person
from tests import make
from tests.payouts.owing import owed, prepared, released


def one_of(batch: PayoutBatch) -> Payout:
    return db.session.scalars(
        sa.select(Payout).where(Payout.batch_id == batch.id)
    ).one()


def record(payout: Payout, by: Person, **values: Any) -> Payout:
    today = clock.today("America/New_York")
    values = {
        "kind": ManualKind.CHECK,
        "reference": "1041",
        "paid_on": today,
        "today": today,
        **values,
    }
    return manual.record(payout.id, by=by, now=clock.now(), **values)


def waiting_by_hand(payer: Organization, **values: Any) -> Payout:
    return one_of(released(payer, rail="manual", **values))


def test_the_worker_leaves_it_to_a_person(app: Flask) -> None:
    payout = waiting_by_hand(make.payer())
    jobs.send_due(clock.now())
    jobs.sweep(clock.now())
    assert payout.status is PayoutStatus.QUEUED


def test_one_records_and_another_confirms(app: Flask) -> None:
    payer, who = make.payer(), make.consultant()
    first, second = make.finance(payer), make.finance(payer)
    payout = waiting_by_hand(payer, to=who)
    paid_on = clock.today(payer.zone) - timedelta(days=2)
    record(payout, first, paid_on=paid_on)
    assert payout.status is PayoutStatus.SENT
    manual.confirm(payout.id, by=second, now=clock.now())
    assert (payout.status, payout.paid_on) == (PayoutStatus.PAID, paid_on)
    payable = db.session.scalars(sa.select(Payable)).one()
    assert (payable.status, payable.paid_on) == (PayableStatus.PAID, paid_on)
    assert db.session.scalars(sa.select(HoursEntry.status)).one() is HoursStatus.PAID
    accounts = db.session.execute(
        sa.select(Posting.debit, Posting.credit).where(Posting.kind == "arrive")
    ).one()
    assert tuple(accounts) == ("clearing:manual", "cash:manual")
    verbs = db.session.scalars(
        sa.select(AuditEntry.verb).where(AuditEntry.subject == who.subject)
    )
    assert list(verbs)[-2:] == ["payout.record", "payout.paid"]
    assert books.problems(clock.now()) == []


def test_the_recorder_cannot_confirm_by_rule_nor_by_the_database(app: Flask) -> None:
    payer = make.payer()
    first = make.finance(payer)
    payout = record(waiting_by_hand(payer), first)
    with pytest.raises(Refused, match="second person"):
        manual.confirm(payout.id, by=first, now=clock.now())
    row = db.session.scalars(sa.select(ManualPayment)).one()
    row.confirmed_by_id = first.id
    with pytest.raises(Conflict):
        make.save(row)


def test_a_reference_stands_on_one_payment_of_a_payer(app: Flask) -> None:
    payer = make.payer()
    person = make.finance(payer)
    record(waiting_by_hand(payer), person)
    second = waiting_by_hand(payer)
    with pytest.raises(Refused, match="another payment"):
        record(second, person)
    assert second.status is PayoutStatus.QUEUED
    record(second, person, kind=ManualKind.ACH)
    other = make.payer()
    record(waiting_by_hand(other), make.finance(other))


@pytest.mark.parametrize(
    "reference", ["4111 1111 1111 1111", "000123456789", "XJ4K-9QTR-22LM", ""]
)
def test_what_could_be_used_to_pay_is_refused(app: Flask, reference: str) -> None:
    payer = make.payer()
    payout = waiting_by_hand(payer)
    with pytest.raises(Refused):
        record(payout, make.finance(payer), reference=reference)
    assert payout.status is PayoutStatus.QUEUED


def test_a_day_to_come_is_refused(app: Flask) -> None:
    payer = make.payer()
    tomorrow = clock.today(payer.zone) + timedelta(days=1)
    with pytest.raises(Refused, match="earlier day"):
        record(waiting_by_hand(payer), make.finance(payer), paid_on=tomorrow)


def test_only_a_payment_by_hand_is_recorded(app: Flask) -> None:
    payer = make.payer()
    payout = one_of(released(payer, rail="demo"))
    with pytest.raises(Refused, match="by itself"):
        record(payout, make.finance(payer))


def test_what_was_recorded_by_mistake_goes_back_and_is_paid_again(app: Flask) -> None:
    payer, row = make.payer(), None
    row = owed(payer, rail="manual")
    person = make.finance(payer)
    payout = record(one_of(released(payer, row)), person)
    manual.take_back(payout.id, by=person, now=clock.now())
    assert payout.status is PayoutStatus.RETURNED
    assert row.status is PayableStatus.WAITING
    assert books.problems(clock.now()) == []
    again = one_of(released(payer, row))
    record(again, person)  # the same check, now on the right payment
    manual.confirm(again.id, by=make.finance(payer), now=clock.now())
    assert books.problems(clock.now()) == []


def test_what_is_confirmed_cannot_go_back(app: Flask) -> None:
    payer = make.payer()
    payout = record(waiting_by_hand(payer), make.finance(payer))
    person = make.finance(payer)
    manual.confirm(payout.id, by=person, now=clock.now())
    with pytest.raises(Refused, match="confirmed"):
        manual.take_back(payout.id, by=person, now=clock.now())


@pytest.mark.parametrize("step", ["record", "confirm", "take_back"])
def test_a_failed_step_leaves_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    payer = make.payer()
    payout = waiting_by_hand(payer)
    if step != "record":
        record(payout, make.finance(payer))
    before = payout.status
    postings = sa.select(sa.func.count(Posting.id))
    count = db.session.scalar(postings)
    monkeypatch.setattr(manual.audit, "record", _fails)
    person = make.finance(payer)
    act = partial(getattr(manual, step), payout.id, now=clock.now())
    if step == "record":
        act = partial(record, payout)
    with pytest.raises(ZeroDivisionError):
        act(by=person)
    assert payout.status is before
    assert db.session.scalar(postings) == count
    voided = db.session.scalars(sa.select(ManualPayment.voided_at))
    assert set(voided) <= {None}


def _fails(*args: object, **kw: object) -> None:
    raise ZeroDivisionError


def test_a_draft_cannot_be_recorded(app: Flask) -> None:
    payer = make.payer()
    draft = prepared(payer, make.finance(payer), rail="manual")
    with pytest.raises(Refused):
        record(one_of(draft), make.finance(payer))
