"""Where an erased account was paid: kept until the last payment ended, then its key
is lost. Nobody could pay them otherwise, and nobody is left to ask."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engage.core import crypto
from engage.core.db import db, end_read, lock_one, transaction
from engage.core.jobs import for_each
from engage.core.key_store import SealBroken
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import ExpenseStatus
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.payouts.models import Payout
from engage.payouts.models_accounts import PayeeAccount, key_of
from engage.payouts.models_after import PayeeDetail, Reversal
from engage.payouts.rules import ENDED
from engage.people.models import Person
from engage.people.rules import PersonStatus
from engage.records.fates import silently


def given(person: Person) -> dict[int, bytes]:
    """What the person gave for payments that somebody still has to make by hand,
    closed anew by the payee's key: that of the person is about to go."""
    rows = db.session.execute(
        sa.select(PayeeDetail, Payout.payee_id)
        .join(PayeeDetail.payout)
        .where(
            PayeeDetail.person_id == person.id,
            PayeeDetail.text_sealed.is_not(None),
            Payout.status.not_in(ENDED),
        )
    )
    found = {}
    for row, payee_id in rows.all():
        with suppress(SealBroken):  # a copy that was put back, after its key was lost
            text = row.read(person.subject) or ""
            found[row.id] = crypto.seal(
                key_of(payee_id), "payee_detail", "text", row.uid, text
            )
    return found


def keep(kept: dict[int, bytes]) -> None:
    """Put back what `given` closed anew."""
    for row_id, sealed in kept.items():
        change = sa.update(PayeeDetail).values(text_sealed=sealed)
        db.session.execute(silently(change, PayeeDetail.id == row_id))


def forget(now: datetime) -> int:
    """Lose the keys of payees that were erased and for whom nothing is under way."""
    sealed = sa.or_(
        Payee.id.in_(
            sa.select(PayeeAccount.payee_id).where(
                PayeeAccount.account_sealed.is_not(None)
            )
        ),
        Payee.id.in_(
            sa.select(Payout.payee_id)
            .join(PayeeDetail, PayeeDetail.payout_id == Payout.id)
            .where(PayeeDetail.text_sealed.is_not(None))
        ),
    )
    rows = db.session.execute(_over(sa.select(Payee.id, sealed))).all()
    end_read()
    # Also a key that came back with a copy of the keys.
    held = crypto.key_store().subjects() if rows else set()
    due = [row_id for row_id, is_left in rows if is_left or key_of(row_id) in held]
    for_each(due, lambda payee_id: _forget(payee_id, now))
    return len(due)


def _over(query: sa.Select[Any]) -> sa.Select[Any]:
    """Only payees of erased people, without anything to be paid or taken back."""
    return query.join(Person, Person.id == Payee.person_id).where(
        Person.status == PersonStatus.CLOSED,
        Person.sign_in_sealed == b"",
        *(Payee.id.not_in(ids) for ids in _under_way()),
        *(Person.id.not_in(ids) for ids in _unanswered()),
    )


def _under_way() -> Iterator[sa.Select[int]]:
    yield sa.select(Payable.payee_id).where(Payable.status != PayableStatus.PAID)
    yield sa.select(Payout.payee_id).where(Payout.status.not_in(ENDED))
    yield (
        sa.select(Payout.payee_id)
        .join(Reversal, Reversal.payout_id == Payout.id)
        .where(Reversal.ended_at.is_(None))
    )


def _unanswered() -> Iterator[sa.Select[int]]:
    """A yes to these would still have to be paid."""
    yield sa.select(HoursEntry.person_id).where(
        HoursEntry.status == HoursStatus.SUBMITTED
    )
    yield sa.select(Expense.person_id).where(Expense.status == ExpenseStatus.SUBMITTED)


def _forget(payee_id: int, now: datetime) -> None:
    """The key goes before the commit: cut off between, the next run finds the row."""
    with transaction() as session:
        lock_one(Payee, payee_id)
        still = _over(sa.select(Payee.id)).where(Payee.id == payee_id)
        if session.scalar(still) is None:
            return
        account = sa.update(PayeeAccount).values(account_sealed=None, account_hash=None)
        session.execute(silently(account, PayeeAccount.payee_id == payee_id))
        mine = sa.select(Payout.id).where(Payout.payee_id == payee_id)
        detail = sa.update(PayeeDetail).values(text_sealed=None, erased_at=now)
        left = PayeeDetail.text_sealed.is_not(None)
        session.execute(
            silently(detail, sa.and_(PayeeDetail.payout_id.in_(mine), left))
        )
        crypto.key_store().forget(key_of(payee_id))
