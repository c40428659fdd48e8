"""Accounts of payees at the payment service, as the worker and their owner read them.

What a rail asks is read on a connection of its own: no call is made while a
transaction is open.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core import clock, crypto
from engage.core.db import beside, db
from engage.core.errors import NotFound
from engage.ledger.models import Payee
from engage.organizations.queries import payer_named as payer_named
from engage.payouts.account_rules import reason_to_hold as _reason
from engage.payouts.models_accounts import PayeeAccount, RailCursor
from engage.payouts.rules import RailName
from engage.people.models import Person


def account_id(destination: str, *, is_live: bool = False) -> str | None:
    """The id at the payment service of what a payout froze, None when there is none."""
    with beside() as store:
        row = store.scalar(
            sa.select(PayeeAccount).where(
                PayeeAccount.uid == destination, PayeeAccount.is_live.is_(is_live)
            )
        )
        return None if row is None else row.account_id


def reason_to_hold(destination: str, *, is_live: bool = False) -> str:
    """Why nothing may go to that destination now, as a word, or empty."""
    row = db.session.scalar(
        sa.select(PayeeAccount)
        .where(PayeeAccount.uid == destination)
        .execution_options(populate_existing=True)
    )
    if row is None or row.account_sealed is None:
        return "setup"
    if row.is_live is not is_live:
        return "closed"
    return _reason(row.readiness, row.usable_from, clock.now())


def open_account(payee_id: int, *, is_live: bool = False) -> PayeeAccount | None:
    """The payee's account that is not closed, made there yet or not."""
    return db.session.scalar(
        sa.select(PayeeAccount)
        .where(
            PayeeAccount.payee_id == payee_id,
            PayeeAccount.is_live.is_(is_live),
            PayeeAccount.closed_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )


def destination(payee_id: int, *, is_live: bool = False) -> str:
    """What a payout freezes: the row of the payee's open account, or nothing."""
    row = open_account(payee_id, is_live=is_live)
    return row.uid if row is not None and row.account_sealed is not None else ""


def own(
    person: Person, payee_uid: str, *, is_live: bool = False
) -> tuple[Payee, PayeeAccount | None]:
    """A person's own payee handle with its account; NotFound for anybody else's."""
    payee = db.session.scalar(
        sa.select(Payee)
        .where(Payee.uid == payee_uid, Payee.person_id == person.id)
        .options(joinedload(Payee.payer))
    )
    if payee is None:
        raise NotFound
    return payee, open_account(payee.id, is_live=is_live)


def last_number(payee_id: int) -> int:
    found = db.session.scalar(
        sa.select(sa.func.max(PayeeAccount.number)).where(
            PayeeAccount.payee_id == payee_id
        )
    )
    return int(found or 0)


def by_account(account: str) -> PayeeAccount | None:
    """The row of an id at the payment service, found by its keyed hash."""
    hashes = crypto.lookup_hashes("payment account", account)
    return next(filter(None, map(by_hash, hashes)), None)


def by_hash(account_hash: str) -> PayeeAccount | None:
    return db.session.scalar(
        sa.select(PayeeAccount).where(PayeeAccount.account_hash == account_hash)
    )


def due_for_a_look(now: datetime, limit: int, *, is_live: bool) -> sa.Select[int]:
    """Accounts that it is time to ask about, the longest waiting first."""
    return (
        sa.select(PayeeAccount.id)
        .where(
            PayeeAccount.look_at <= now,
            PayeeAccount.is_live.is_(is_live),
            PayeeAccount.closed_at.is_(None),
            PayeeAccount.account_sealed.is_not(None),
        )
        .order_by(PayeeAccount.look_at)
        .limit(limit)
    )


def funds() -> int | None:
    """Cents at the payment service when the worker last asked, None before that."""
    return db.session.scalar(
        sa.select(RailCursor.funds_cents).where(RailCursor.rail == RailName.STRIPE)
    )
