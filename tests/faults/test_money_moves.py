"""Money there that stops, comes back, or is not dollars, with the real rail."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engage.core import clock
from engage.core.db import db, new_uid, transaction
from engage.core.errors import Refused
from engage.ledger.models import Payable, Posting
from engage.ledger.rules import PayableStatus
from engage.notices.models import Notice
from engage.payouts import accounts, jobs, queries, reversing, rules, switches
from engage.payouts import returning_rules as backs
from engage.payouts.account_rules import BankLeg, Readiness
from engage.payouts.models import Payout, PayoutItem
from engage.payouts.models_after import Reversal
from engage.payouts.rules import PayoutStatus, RailName
from tests import make
from tests.fakes.stripe import control
from tests.faults.stripe_run import HOUR, SOON, Run, act, impatient, send, state
from tests.payouts import owing
from tests.payouts.test_hooks import told

S = PayoutStatus


def posted(kind: str) -> list[int]:
    query = sa.select(Posting.cents).where(Posting.kind == kind).order_by(Posting.id)
    return list(db.session.scalars(query))


def tell_and_read(there, client) -> None:
    """Every event so far comes, by hand, and is looked into."""
    for place in range(len(there.store.events)):
        assert told(there, client, place) == 200
    act(jobs.read_events, jobs.look_at_accounts)


def test_f35_a_key_taken_back_in_mid_run_loses_nothing(there) -> None:
    run = Run(there, 25_00, 40_00)
    run.fault("401", skip=1)
    send()
    assert sorted(run.states()) == [S.SENT, S.UNKNOWN]
    assert queries.stopped_rails([run.payer.id]) == {RailName.STRIPE: "rail"}
    later = owing.owed(run.payer, to=run.people[0], rail="stripe", cents=60_00)
    owing.released(run.payer, later)
    act(jobs.send_due, jobs.resolve_unknown, after=SOON)
    assert state(there)["sent_cents"] in {25_00, 65_00}  # nothing new

    switches.turn_rail(
        RailName.STRIPE,
        run.payer.id,
        on=True,
        by=make.finance(run.payer),
        now=clock.now(),
    )
    act(jobs.resolve_unknown, jobs.send_due, after=HOUR)
    assert set(run.numbers()) == {"1"}  # the same keys, and no other
    assert state(there)["sent_cents"] == 125_00
    assert len(state(there)["transfers"]) == 3


def test_f36_money_taken_back_there_is_paid_again_by_a_new_run_alone(
    there, client
) -> None:
    run = Run(there, 75_00)
    act(jobs.send_due, jobs.sweep)
    (payout,) = run.payouts()
    for cents in (20_00, 55_00):
        control.reverse(there, str(payout.remote_id), cents)
        tell_and_read(there, client)
        tell_and_read(there, client)
    assert posted("reverse") == [20_00, 55_00]
    assert run.states() == [S.RETURNED]
    act(jobs.send_due, jobs.resolve_unknown, jobs.sweep, jobs.let_go, after=HOUR)
    assert len(state(there)["transfers"]) == 1

    waiting = sa.select(Payable).where(Payable.status == PayableStatus.WAITING)
    owing.released(run.payer, *db.session.scalars(waiting).all())
    act(jobs.send_due, jobs.sweep)
    found = state(there)["transfers"]
    assert [row["amount"] - row["amount_reversed"] for row in found] == [0, 75_00]
    assert len({row["transfer_group"] for row in found}) == 2


def agreed(run: Run) -> Reversal:
    """Two people want 20 dollars back, and the payee does not object."""
    (payout,), now = run.payouts(), clock.now()
    one, other = make.finance(run.payer), make.finance(run.payer)
    reason = backs.ReversalReason.WRONG_AMOUNT
    row = reversing.ask(payout.id, cents=20_00, reason=reason, by=one, now=now)
    reversing.answer(row.id, objects=False, by=run.people[0], now=now)
    reversing.go(row.id, is_sure=False, by=other, now=now)
    return row


def take_back_with_a_lost_answer(there, run: Run) -> Reversal:
    row = agreed(run)
    impatient(there)
    control.fault(there, kind="after", operation="PostTransfersIdReversals", count=1)
    for minutes in (0, 10, 20):
        act(jobs.take_back, after=timedelta(minutes=minutes))
    return row


def test_f37_a_lost_answer_takes_it_back_once(there) -> None:
    run = Run(there, 75_00)
    act(jobs.send_due, jobs.sweep)
    row = take_back_with_a_lost_answer(there, run)
    db.session.refresh(row)
    assert row.status is backs.ReversalStatus.DONE
    assert [each["amount_reversed"] for each in state(there)["transfers"]] == [20_00]
    assert posted("reverse") == [20_00]


def test_f37_the_control_with_a_key_for_each_call_takes_it_twice(
    there, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    act(jobs.send_due, jobs.sweep)
    monkeypatch.setattr(rules, "reversal_key", lambda *_: new_uid())
    monkeypatch.setattr("engage.payouts.taking_back._is_back", lambda *_: False)
    take_back_with_a_lost_answer(there, run)
    assert [each["amount_reversed"] for each in state(there)["transfers"]] == [40_00]


def test_f38_a_bank_that_sends_it_back_is_followed_and_nothing_sent_again(
    there, client
) -> None:
    run = Run(there, 75_00)
    act(jobs.send_due, jobs.sweep)
    (place,) = run.accounts
    account = str(place.account_id)
    bank = control.bank(there, account)["payout"]
    tell_and_read(there, client)
    db.session.refresh(place)
    assert place.bank_leg is BankLeg.ARRIVED
    control.bank_refuses(there, account, bank)
    tell_and_read(there, client)
    db.session.refresh(place)
    assert place.bank_leg is BankLeg.SENT_BACK
    told = sa.select(Notice.person_id).where(Notice.kind == "bank_back")
    assert db.session.scalars(told).all() == [run.people[0].id]
    act(jobs.send_due, jobs.resolve_unknown, jobs.sweep, after=HOUR)
    run.check_paid_once()
    assert run.states() == [S.PAID]


@pytest.mark.parametrize("model", [Payable, Payout])
def test_f39_what_is_not_in_dollars_is_not_released(app, model) -> None:
    payer = make.payer()
    maker, checker = owing.two_in_finance(payer)
    batch = owing.prepared(payer, maker)
    with transaction():
        db.session.execute(sa.update(model).values(currency="eur"))
    with pytest.raises(Refused, match="dollars"):
        owing.release(batch, checker)


def test_f39_an_account_in_another_currency_is_paid_nothing(there) -> None:
    run = Run(there, 75_00)
    (place,) = run.accounts
    there.store.accounts[str(place.account_id)]["defaults"]["currency"] = "eur"
    accounts.look(place.id, now=clock.now())
    db.session.refresh(place)
    assert place.readiness is Readiness.RESTRICTED
    send()
    assert run.states() == [f"{S.BLOCKED} setup"]
    assert state(there)["transfers"] == []


@pytest.mark.parametrize("model", [Payable, Payout, PayoutItem, Posting])
@pytest.mark.parametrize("cents", [0, -1])
def test_f40_the_database_takes_no_amount_below_a_cent(app, model, cents) -> None:
    payer = make.payer()
    owing.prepared(payer, make.finance(payer))
    values = db.session.execute(sa.select(model.__table__)).mappings().first()
    row = {**values, "cents": cents, "uid": new_uid()}
    row.pop("id")
    for key in ("source", "payable_id", "is_active"):
        if key in row:
            row[key] = {"source": new_uid(), "is_active": False}.get(key, row[key])
    with pytest.raises(IntegrityError, match="(?i)check"):
        db.session.execute(sa.insert(model).values(**row))
    db.session.rollback()


def test_f50_an_account_that_cannot_be_opened_ends_with_a_person(there) -> None:
    run = Run(there, 25_00, 40_00)
    bad = run.accounts[0]
    bad.account_sealed = b"no seal of ours"
    make.save(bad)
    send()
    assert run.states() == [S.UNKNOWN, S.SENT]
    for hours in range(2, 40, 2):
        act(jobs.resolve_unknown, after=hours * HOUR)
    assert run.states() == [S.NEEDS_PERSON, S.SENT]
    assert state(there)["sent_cents"] == 40_00
