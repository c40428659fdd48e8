"""A payer with payments that went out through the stand-in for Stripe."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Flask

from engage.core import clock
from engage.core.db import db, end_read, new_uid, transaction
from engage.ledger import actions as ledger
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.organizations.models import Organization
from engage.payouts import recording
from engage.payouts.account_rules import Readiness
from engage.payouts.models import Payout, PayoutAttempt, PayoutBatch, PayoutItem
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.rails.base import Order, Sent
from engage.payouts.rails.table import stripe_rail
from engage.payouts.rules import BatchStatus, PayoutStatus, RailName
from tests import make
from tests.answering import answering
from tests.fakes.stripe import accounts as theirs
from tests.fakes.stripe.server import StandIn
from tests.payouts.owing import owed

HOOK_SECRET = "whsec_" + "a" * 24


@contextmanager
def standing_in(app: Flask, cents: int = 1_000_00) -> Iterator[StandIn]:
    """The stand-in with money in it, and an application that pays through it."""
    app.extensions.pop("stripe_rail", None)
    before = app.config["SETTINGS"]
    with answering(StandIn()) as server:
        server.store.move(cents, "topup", "tu_first")
        app.config["SETTINGS"] = replace(
            before,
            payments_mode="test",
            stripe_key="sk_test_standin",
            stripe_base=server.url,
            stripe_webhook_secrets=(HOOK_SECRET,),
        )
        try:
            yield server
        finally:
            app.config["SETTINGS"] = before
            app.extensions.pop("stripe_rail", None)
    assert server.drifted == []


def account(there: StandIn, payee: Payee) -> PayeeAccount:
    """An account that may be paid, there and here."""
    rail, handle, payee_id = stripe_rail(), payee.handle, payee.id
    end_read()
    made = rail.open_account(handle, None, f"payee-{handle}-account-1")
    theirs.set_status(there.store, made, "active")
    return ready_account(payee_id, made)


def ready_account(payee_id: int, account_id: str) -> PayeeAccount:
    """Our row of an account that may be paid from now on."""
    row = PayeeAccount(
        payee_id=payee_id,
        readiness=Readiness.READY,
        created_at=clock.now(),
        usable_from=clock.now(),
    )
    row.account_id = account_id
    return make.save(row)


def paid(payer: Organization, there: StandIn, *, cents: int = 25_00) -> Payout:
    """A payment that Stripe made and Engage saw arrive."""
    payable = owed(payer, rail="stripe", cents=cents)
    payee = db.session.get_one(Payee, payable.payee_id)
    place = account(there, payee)
    payout = _payout(payer, payable, place.uid)
    order = recording_order(payout)
    end_read()
    answer = stripe_rail().send(order, f"payout-{order.public_id}-1")
    assert isinstance(answer, Sent)
    return _arrived(payout, payable, answer.remote_id)


def recording_order(payout: Payout) -> Order:
    return Order(
        public_id=payout.uid,
        destination=payout.destination,
        cents=payout.cents,
        currency=payout.currency,
    )


def _payout(payer: Organization, payable: Payable, destination: str) -> Payout:
    maker, checker = make.finance(payer), make.finance(payer)
    batch = make.save(
        PayoutBatch(
            payer_id=payer.id,
            status=BatchStatus.APPROVED,
            prepared_by_id=maker.id,
            prepared_at=clock.now(),
            released_by_id=checker.id,
            released_at=clock.now(),
            content_hash="0" * 64,
        )
    )
    payout = make.save(
        Payout(
            batch_id=batch.id,
            payee_id=payable.payee_id,
            rail=RailName.STRIPE,
            cents=payable.cents,
            destination=destination,
            status=PayoutStatus.SENDING,
        )
    )
    make.save(
        PayoutItem(payout_id=payout.id, payable_id=payable.id, cents=payable.cents)
    )
    make.save(
        PayoutAttempt(
            payout_id=payout.id,
            number=1,
            key=f"payout-{new_uid()}-1",
            request={},
            request_hash="0" * 64,
            started_at=clock.now(),
        )
    )
    return payout


def _arrived(payout: Payout, payable: Payable, remote_id: str) -> Payout:
    now = clock.now()
    recording.record(payout.id, remote_id, now=now)
    with transaction():
        payout.status, payout.paid_on = PayoutStatus.PAID, now.date()
        payable.status, payable.paid_on = PayableStatus.PAID, now.date()
        ledger.post(
            "arrive",
            f"payout:{payout.uid}",
            debit="clearing:stripe",
            credit="cash:stripe_balance",
            cents=payout.cents,
            now=now,
        )
    return payout


def tomorrow() -> datetime:
    return clock.now() + timedelta(days=1)
