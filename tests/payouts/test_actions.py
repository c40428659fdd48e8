"""Preparing, releasing, cancelling: two people, one content, all or nothing."""

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core import clock
from engage.core.db import Conflict, db, transaction
from engage.core.errors import Refused
from engage.ledger.rules import PayableStatus
from engage.notices.models import Notice
from engage.payouts import actions, sending
from engage.payouts.models import Payout, PayoutBatch, PayoutItem
from engage.payouts.rules import (
    BatchStatus,
    Caps,
    PayoutStatus,
    RailName,
    RepeatedAmount,
)
from tests import make
from tests.payouts.owing import (
    owed,
    prepared,
    release,
    released,
    two_in_finance,
)


def payouts_of(batch: PayoutBatch) -> list[Payout]:
    query = sa.select(Payout).where(Payout.batch_id == batch.id).order_by(Payout.id)
    return list(db.session.scalars(query))


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_preparing_makes_one_payout_for_each_payee(app: Flask) -> None:
    payer, who = make.payer(), make.consultant()
    maker, checker = two_in_finance(payer)
    rows = [owed(payer, to=who), owed(payer, to=who, cents=25_00), owed(payer)]
    batch = prepared(payer, maker, *rows)
    assert sorted(p.cents for p in payouts_of(batch)) == [75_00, 100_00]
    assert {p.status for p in payouts_of(batch)} == {PayoutStatus.DRAFT}
    assert {row.status for row in rows} == {PayableStatus.IN_PAYOUT}
    told = db.session.scalars(sa.select(Notice.person_id).where(Notice.kind == "batch"))
    assert list(told) == [checker.id]


def test_f15_what_went_into_another_run_is_refused_whole(app: Flask) -> None:
    payer = make.payer()
    maker, _ = two_in_finance(payer)
    first, second = owed(payer), owed(payer)
    prepared(payer, maker, first)
    with pytest.raises(Refused, match="another run"):
        prepared(payer, maker, first, second)
    assert second.status is PayableStatus.WAITING
    assert count(PayoutBatch) == 1


def test_another_payers_line_cannot_be_taken(app: Flask) -> None:
    payer = make.payer()
    maker, _ = two_in_finance(payer)
    with pytest.raises(Refused):
        prepared(payer, maker, owed(make.payer()))


def test_f15_the_database_refuses_one_payable_in_two_payouts(app: Flask) -> None:
    payer = make.payer()
    batch = prepared(payer, make.finance(payer))
    (item,) = db.session.scalars(sa.select(PayoutItem))
    (payout,) = payouts_of(batch)
    twice = PayoutItem(
        payout_id=payout.id, payable_id=item.payable_id, cents=item.cents
    )
    with pytest.raises(Conflict):
        make.save(twice)


def test_a_failed_preparing_leaves_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = make.payer()
    maker, _ = two_in_finance(payer)
    row = owed(payer)
    monkeypatch.setattr(actions.audit, "record", _fails)
    with pytest.raises(ZeroDivisionError):
        prepared(payer, maker, row)
    assert row.status is PayableStatus.WAITING
    assert (count(PayoutBatch), count(PayoutItem), count(Notice)) == (0, 0, 0)


def _fails(*args: object, **kw: object) -> None:
    raise ZeroDivisionError


def test_releasing_freezes_and_queues(app: Flask) -> None:
    batch = released(make.payer())
    (payout,) = payouts_of(batch)
    assert batch.status is BatchStatus.APPROVED
    assert payout.status is PayoutStatus.QUEUED
    assert len(batch.content_hash) == 64
    assert payout.destination.startswith("demo_")


def test_a_failed_release_leaves_a_draft(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = make.payer()
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker)
    monkeypatch.setattr(actions.audit, "record", _fails)
    with pytest.raises(ZeroDivisionError):
        release(batch, checker)
    assert batch.status is BatchStatus.DRAFT
    assert batch.released_by_id is None
    assert payouts_of(batch)[0].status is PayoutStatus.DRAFT


def test_f17_the_maker_cannot_release_by_rule_nor_by_the_database(app: Flask) -> None:
    payer = make.payer()
    maker, _ = two_in_finance(payer)
    batch = prepared(payer, maker)
    with pytest.raises(Refused, match="second person"):
        release(batch, maker)
    batch.released_by_id = maker.id
    with pytest.raises(Conflict):
        make.save(batch)


def test_who_approved_the_hours_cannot_release(app: Flask) -> None:
    payer = make.payer()
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker, owed(payer, approved_by=checker), owed(payer))
    with pytest.raises(Refused, match="approved hours"):
        release(batch, checker)


def test_who_has_an_interest_cannot_release(app: Flask) -> None:
    payer = make.payer()
    maker, checker = two_in_finance(payer)
    with pytest.raises(Refused, match="interest"):
        release(prepared(payer, maker), checker, no_interest=False)


def test_f14_a_second_release_is_refused(app: Flask) -> None:
    payer = make.payer()
    batch = released(payer)
    with pytest.raises(Refused, match="changed meanwhile"):
        release(batch, make.finance(payer))


@pytest.mark.parametrize(
    "caps",
    [
        Caps(payout_cents=74_99),
        Caps(payee_month_cents=149_99),
        Caps(day_cents=149_99),
    ],
)
def test_f40_caps_stop_a_release(app: Flask, caps: Caps) -> None:
    payer, who = make.payer(), make.consultant()
    released(payer, owed(payer, to=who))
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker, owed(payer, to=who))
    with pytest.raises(Refused, match="safety limit"):
        release(batch, checker, caps=caps)


def test_the_same_amount_again_asks_for_a_look(app: Flask) -> None:
    payer, who = make.payer(), make.consultant()
    released(payer, owed(payer, to=who))
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker, owed(payer, to=who))
    with pytest.raises(Refused, match="repeated"):
        release(batch, checker, repeated=RepeatedAmount.NONE)
    release(batch, checker)


def test_f25_a_payee_who_chose_another_way_stops_a_release(app: Flask) -> None:
    payer, who = make.payer(), make.consultant()
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker, owed(payer, to=who, rail="demo"))
    owed(payer, to=who, rail="manual")
    with pytest.raises(Refused, match="how to be paid"):
        release(batch, checker)


def test_an_amount_changed_in_the_draft_stops_a_release(app: Flask) -> None:
    payer = make.payer()
    maker, checker = two_in_finance(payer)
    row = owed(payer)
    batch = prepared(payer, maker, row)
    with transaction():
        row.cents = 76_00
    with pytest.raises(Refused, match="amount"):
        release(batch, checker)


def test_cancelling_a_draft_lets_everything_wait_again(app: Flask) -> None:
    payer = make.payer()
    maker, _ = two_in_finance(payer)
    row = owed(payer)
    batch = prepared(payer, maker, row)
    actions.cancel(batch.id, by=maker, now=clock.now())
    assert batch.status is BatchStatus.CANCELLED
    assert row.status is PayableStatus.WAITING
    assert prepared(payer, maker, row).status is BatchStatus.DRAFT


def test_cancelling_leaves_what_is_being_sent(app: Flask) -> None:
    payer = make.payer()
    first, second = owed(payer), owed(payer)
    batch = released(payer, first, second)
    sending.claim_due(now=clock.now(), limit=1)
    actions.cancel(batch.id, by=make.finance(payer), now=clock.now())
    assert {p.status for p in payouts_of(batch)} == {
        PayoutStatus.SENDING,
        PayoutStatus.CANCELLED,
    }
    assert batch.status is BatchStatus.APPROVED
    assert {first.status, second.status} == {
        PayableStatus.IN_PAYOUT,
        PayableStatus.WAITING,
    }


def held_reason(batch: PayoutBatch) -> str:
    sending.claim_due(now=clock.now())
    (payout,) = payouts_of(batch)
    assert payout.status is PayoutStatus.BLOCKED
    return payout.blocked_reason


def test_f25_a_destination_edited_after_the_release_is_not_sent(app: Flask) -> None:
    payer = make.payer()
    batch = released(payer)
    with transaction():
        payouts_of(batch)[0].destination = "demo_SOMEBODYELSE"
    assert held_reason(batch) == "changed"
    with pytest.raises(Refused, match="changed after it was approved"):
        actions.retry(batch.id, by=make.finance(payer), now=clock.now())


def test_a_rail_that_is_closed_holds_at_the_release(app: Flask) -> None:
    payer = make.payer()
    app.config["DEMO"] = False
    try:
        batch = released(payer)
    finally:
        app.config["DEMO"] = True
    (payout,) = payouts_of(batch)
    assert (payout.status, payout.blocked_reason) == (PayoutStatus.BLOCKED, "closed")
    actions.retry(batch.id, by=make.finance(payer), now=clock.now())
    assert payout.status is PayoutStatus.QUEUED


def test_a_rail_of_a_later_release_is_paid_by_hand(app: Flask) -> None:
    batch = released(make.payer(), rail="stripe")
    assert payouts_of(batch)[0].rail is RailName.MANUAL


def test_each_step_is_audited_once(app: Flask) -> None:
    payer = make.payer()
    released(payer)
    verbs = db.session.scalars(
        sa.select(AuditEntry.verb)
        .where(AuditEntry.subject == f"organization:{payer.uid}")
        .order_by(AuditEntry.number)
    )
    assert list(verbs) == ["payout_batch.prepare", "payout_batch.release"]
