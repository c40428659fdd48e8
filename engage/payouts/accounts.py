"""A payee's account at Stripe: claimed as a row, made there, and looked at again."""

from datetime import datetime, timedelta

from engage.audit import actions as audit
from engage.core.db import claim, db, end_read, lock, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.ledger.models import Payee
from engage.notices import actions as notices
from engage.payouts import account_queries, rules
from engage.payouts.account_rules import (
    NEW_PLACE_WAITS,
    BankLeg,
    Readiness,
    bank_leg,
    check_bank_text,
    next_look,
    readiness,
)
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.rails.table import has_stripe, is_live, stripe_rail
from engage.people.models import Person

DEFAULT_TEXT = "TRANSFER"
LOOK_LATER = timedelta(hours=1)  # at an account that could not be looked at


def begin(
    payee_id: int,
    *,
    by: Person,
    now: datetime,
    bank_text: str = DEFAULT_TEXT,
    wait: timedelta = NEW_PLACE_WAITS,
) -> PayeeAccount:
    """The row of the payee's account, one however often it is asked for.

    A new place for money is used only after `wait`, so that its owner may notice.
    """
    text = check_bank_text(bank_text)
    with transaction() as session:
        payee = lock_one(Payee, payee_id)
        if payee.person_id != by.id:
            raise NotFound
        row = account_queries.open_account(payee.id, is_live=is_live())
        if row is None:
            row = PayeeAccount(
                payee_id=payee.id,
                number=account_queries.last_number(payee.id) + 1,
                is_live=is_live(),
                created_at=now,
                usable_from=now + wait,
            )
            session.add(row)
            notices.queue_anew(by.id, "new_place", now=now, uid=payee.uid)
        row.is_text_there = row.is_text_there and row.bank_text == text
        row.bank_text, row.look_at = text, now + next_look(Readiness.NONE, 0)
        session.flush()
        _record("payee.account", payee, by, now)
    return row


def visit(
    account_row_id: int, *, by: Person, now: datetime, wait: timedelta = NEW_PLACE_WAITS
) -> None:
    """Somebody goes to an account that is there already: what they may change at Stripe
    is a new place for money, and waits as one."""
    with transaction() as session:
        row = lock_one(PayeeAccount, account_row_id)
        payee = session.get_one(Payee, row.payee_id)
        if payee.person_id != by.id:
            raise NotFound
        if row.account_sealed is None or not wait:
            return
        row.usable_from = now + wait
        notices.queue_anew(payee.person_id, "new_place", now=now, uid=payee.uid)
        _record("payee.account", payee, by, now)


def stop(account_row_id: int, *, by: Person, now: datetime) -> None:
    """It was not me: nothing is ever sent to this account; another one may be made."""
    with transaction() as session:
        row = lock_one(PayeeAccount, account_row_id)
        payee = session.get_one(Payee, row.payee_id)
        if payee.person_id != by.id:
            raise NotFound
        if row.closed_at is not None:
            return
        if row.usable_from <= now:
            raise Refused(N_("This account is in use already. Choose another way."))
        row.readiness, row.closed_at = Readiness.CLOSED, now
        _record("payee.account", payee, by, now)


def link(account_row_id: int, *, email: str | None, back_url: str) -> str:
    """Where the payee goes on at Stripe; makes the account there first, once.

    The calls are outside any transaction; the same key twice is one account.
    """
    row = db.session.get_one(PayeeAccount, account_row_id)
    handle = db.session.get_one(Payee, row.payee_id).handle
    account, number, text = row.account_id, row.number, row.bank_text
    end_read()
    try:
        rail = stripe_rail()
        if account is None:
            key = rules.account_key(handle, number)
            account = rail.open_account(handle, email, key)
            _keep(account_row_id, account)
        rail.set_bank_text(account, text)
        return rail.link(account, back_url)
    except Refused:
        raise
    except Exception as failed:
        end_read()
        raise Refused(
            N_("Stripe does not answer right now. Nothing was lost: try again later.")
        ) from failed


def _keep(account_row_id: int, account: str) -> None:
    with transaction():
        row = lock_one(PayeeAccount, account_row_id)
        if row.account_sealed is None:
            row.account_id = account


def due(*, now: datetime, limit: int) -> list[int]:
    """Accounts to look at now, each put off first: one that fails stops no other."""
    if not has_stripe():
        return []
    with transaction():
        query = account_queries.due_for_a_look(now, limit, is_live=is_live())
        rows = lock(PayeeAccount, claim(PayeeAccount, query))
        for row in rows:
            row.look_at = now + LOOK_LATER
        return [row.id for row in rows]


def look(account_row_id: int, *, now: datetime) -> None:
    """Ask how far an account is, and write the words down.

    Each look reads what is there now, so that a late event turns nothing back.
    """
    row = db.session.get_one(PayeeAccount, account_row_id)
    account, text = row.account_id, "" if row.is_text_there else row.bank_text
    end_read()
    if account is None:
        return
    rail = stripe_rail()
    seen = rail.see(account)
    if text and not seen.is_closed:
        rail.set_bank_text(account, text)
    word = readiness(seen.readiness, is_closed=seen.is_closed)
    leg = None if seen.is_closed else bank_leg(rail.last_bank_leg(account))
    with transaction():
        row = lock_one(PayeeAccount, account_row_id)
        if row.checked_at is not None and row.checked_at > now:
            return  # somebody has looked later than we did
        row.needs_details, row.checked_at = seen.needs_details, now
        row.is_text_there = row.is_text_there or row.bank_text == text
        _write_readiness(row, word, now)
        if leg is not None and leg is not row.bank_leg:
            _write_bank_leg(row, leg, now)


def _write_readiness(row: PayeeAccount, word: Readiness, now: datetime) -> None:
    before, row.readiness = row.readiness, word
    row.look_at = now + next_look(word, _looks(row, now))
    if word is Readiness.CLOSED:
        row.closed_at = now
    if word is not before:
        _tell(row, "payment_setup", now)


def _write_bank_leg(row: PayeeAccount, leg: BankLeg, now: datetime) -> None:
    """What a bank sends back lies at Stripe, and goes out from there once the payee has
    mended it: the payee alone is told, and nothing is sent again from here."""
    row.bank_leg, row.bank_leg_at = leg, now
    if leg is BankLeg.SENT_BACK:
        _tell(row, "bank_back", now)


def _tell(row: PayeeAccount, kind: str, now: datetime) -> None:
    payee = db.session.get_one(Payee, row.payee_id)
    notices.queue_once([payee.person_id], kind, now=now, uid=payee.uid)


def _looks(row: PayeeAccount, now: datetime) -> int:
    """How often it was worth asking since the payee was last at it, as a number."""
    minutes = (now - row.created_at) / timedelta(minutes=1)
    return sum(minutes >= since for since in (1, 11, 130))


def look_soon(account_row_id: int, *, now: datetime) -> None:
    """The payee comes back, or an event says that something changed."""
    with transaction():
        lock_one(PayeeAccount, account_row_id).look_at = now


def _record(verb: str, payee: Payee, by: Person, now: datetime) -> None:
    audit.record(
        verb,
        subject=by.subject,
        thing=f"payee:{payee.uid}",
        by=by,
        now=now,
        organization_id=payee.payer_id,
    )
