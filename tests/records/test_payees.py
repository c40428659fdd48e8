"""Where an erased account was paid is known until the last payment ended."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock, crypto
from engage.core.db import db, transaction
from engage.core.key_store import SealBroken
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger import actions as ledger
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.organizations.models import Organization
from engage.payouts import books, details, manual
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.models_accounts import PayeeAccount, key_of
from engage.payouts.models_after import PayeeDetail, Reversal
from engage.payouts.returning_rules import ReversalReason, ReversalStatus
from engage.payouts.rules import ManualKind, PayoutStatus, RailName
from engage.people.models import Person
from engage.records import closing, erasing, payees, seals
from tests import make
from tests.payouts.owing import owed, released

DAY = timedelta(days=1)
TEXT = "Jo Zyzzyva, 12 Quokka Street"
ACCOUNT = "acct_quokka1"


@pytest.fixture
def who(app: Flask) -> Person:
    return make.consultant()


def account_of(who: Person, payer_id: int) -> PayeeAccount:
    now = clock.now()
    with transaction():
        payee = ledger.payee_for(who.id, payer_id)
    row = PayeeAccount(payee_id=payee.id, created_at=now, usable_from=now)
    row.account_id = ACCOUNT
    return make.save(row)


def erased(who: Person) -> datetime:
    now = clock.now()
    over = {"status": EngagementStatus.FINISHED, "ended_on": now.date()}
    with transaction() as session:
        session.execute(sa.update(Engagement).values(**over))
    closing.close_account(word="x", wanted="x", by=who, now=now)
    late = now + 15 * DAY
    erasing.erase_due(late)
    assert db.session.get_one(Person, who.id).sign_in_sealed == b""
    return late


def is_known(row: PayeeAccount) -> bool:
    db.session.expire_all()
    return row.account_sealed is not None


def test_nothing_under_way_the_key_goes_and_nothing_opens(who: Person) -> None:
    row = account_of(who, make.payer().id)
    key, uid, sealed = key_of(row.payee_id), row.uid, row.account_sealed or b""
    assert payees.forget(clock.now()) == 0, "an open account keeps its own"
    late = erased(who)
    handle = db.session.get_one(Payee, row.payee_id).handle
    assert payees.forget(late) == 1
    assert not is_known(row)
    assert row.account_hash is None
    assert key not in crypto.key_store().subjects()
    with pytest.raises(SealBroken):
        crypto.open_sealed(key, "payee_account", "account", uid, sealed)
    assert db.session.get_one(Payee, row.payee_id).handle == handle
    assert payees.forget(late) == 0


def payout_of(row: PayeeAccount, status: PayoutStatus) -> Payout:
    """A payment of something that is nobody's any more: only its own state counts."""
    payer_id = db.session.get_one(Payee, row.payee_id).payer_id
    payer = db.session.get_one(Organization, payer_id)
    by = make.finance(payer).id
    batch = PayoutBatch(payer_id=payer_id, prepared_by_id=by, prepared_at=clock.now())
    values = {"batch_id": make.save(batch).id, "payee_id": row.payee_id, "cents": 9}
    values |= {"rail": RailName.DEMO, "status": status, "remote_id": "tr_1"}
    return make.save(Payout(**values))


@pytest.mark.parametrize("status", set(PayoutStatus) - set(payees.ENDED))
def test_a_payment_under_way_keeps_it_until_it_ended(
    who: Person, status: PayoutStatus
) -> None:
    row = account_of(who, make.payer().id)
    payout = payout_of(row, status)
    late = erased(who)
    assert payees.forget(late) == 0
    assert is_known(row)
    assert row.account_id == ACCOUNT
    with transaction():
        db.session.get_one(Payout, payout.id).status = PayoutStatus.PAID
    assert payees.forget(late) == 1
    assert not is_known(row)


def test_money_that_is_asked_back_keeps_it_until_that_ended(who: Person) -> None:
    row = account_of(who, make.payer().id)
    payout = payout_of(row, PayoutStatus.PAID)
    now, by = clock.now(), make.administrator().id
    asked = {"payout_id": payout.id, "number": 1, "cents": 5, "asked_by_id": by}
    asked |= {"reason": ReversalReason.DOUBLE, "asked_at": now}
    asked |= {"object_until": now.date(), "last_day": now.date()}
    back = make.save(Reversal(**asked))
    late = erased(who)
    assert payees.forget(late) == 0
    assert is_known(row)
    with transaction():
        back.status, back.ended_at = ReversalStatus.DROPPED, late
    assert payees.forget(late) == 1
    assert not is_known(row)


def test_what_is_owed_or_waits_for_an_answer_keeps_it(who: Person) -> None:
    payer = make.payer()
    row = account_of(who, payer.id)
    payable = owed(payer, to=who)
    work = make.engagement(make.opportunity(make.organization()), who)
    entry = make.hours_entry(work)
    late = erased(who)
    for _ in ("owed", "asked for"):
        assert payees.forget(late) == 0
        assert is_known(row)
        with transaction():
            db.session.get_one(Payable, payable.id).status = PayableStatus.PAID
    with transaction():
        db.session.get_one(HoursEntry, entry.id).status = HoursStatus.WITHDRAWN
    assert payees.forget(late) == 1


def test_cut_off_before_the_commit_the_next_run_ends_it(
    who: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = account_of(who, make.payer().id)
    late = erased(who)
    store = type(crypto.key_store())
    forget = store.forget

    def stop(self: object, subject: str) -> None:
        forget(self, subject)  # type: ignore[arg-type]
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(store, "forget", stop)
        with pytest.raises(RuntimeError):
            payees.forget(late)
    assert is_known(row), "its key is gone, its row is not"
    assert payees.forget(late) == 1
    assert not is_known(row)


def test_a_key_that_came_back_with_a_copy_goes_again(who: Person) -> None:
    row = account_of(who, make.payer().id)
    key, late = key_of(row.payee_id), erased(who)
    copied = crypto.key_store().copy()
    payees.forget(late)
    crypto.key_store().put_back(copied)
    assert key in crypto.key_store().subjects()
    payees.forget(late)
    assert key not in crypto.key_store().subjects()


def test_details_for_a_payment_by_hand_stay_until_it_is_confirmed(who: Person) -> None:
    payer, now = make.payer(), clock.now()
    batch = released(payer, owed(payer, to=who, rail="manual"))
    payout = db.session.scalars(
        sa.select(Payout).where(Payout.batch_id == batch.id)
    ).one()
    details.give(payout.id, TEXT, by=who, now=now)
    subject, late = who.subject, erased(who)
    detail = db.session.scalars(sa.select(PayeeDetail)).one()
    sealed, key = detail.text_sealed or b"", key_of(payout.payee_id)
    assert subject not in crypto.key_store().subjects()
    payee = db.session.get_one(Payee, payout.payee_id)
    assert payees.forget(late) == 0
    assert details.shown(payout, payee) == TEXT
    seal = seals.BY_COLUMN["payee_detail", "text_sealed"]
    assert seals.text_of(seal, detail.id) == TEXT, "keys are changed by this list"

    one, two = make.finance(payer), make.finance(payer)
    today = clock.today(payer.zone)
    noted = {"kind": ManualKind.CHECK, "reference": "1041", "paid_on": today}
    manual.record(payout.id, now=now, today=today, by=one, **noted)
    assert payees.forget(late) == 0, "it waits to be confirmed"
    manual.confirm(payout.id, by=two, now=now)
    assert payees.forget(late) == 1
    db.session.expire_all()
    assert (detail.text_sealed, detail.erased_at) == (None, late)
    assert key not in crypto.key_store().subjects()
    with pytest.raises(SealBroken):
        crypto.open_sealed(key, "payee_detail", "text", detail.uid, sealed)
    assert books.problems(now) == [], "the money stays"


def test_details_of_a_payment_that_ended_go_with_the_account(who: Person) -> None:
    row = account_of(who, make.payer().id)
    payout = payout_of(row, PayoutStatus.PAID)
    detail = PayeeDetail(payout_id=payout.id, person_id=who.id, given_at=clock.now())
    detail.write(who.subject, TEXT)
    make.save(detail)
    erased(who)
    db.session.expire_all()
    assert detail.text_sealed is None
