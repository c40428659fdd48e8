"""Accounts at the payment service, as payees and the worker would leave them."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from engage.core.access import Role
from engage.core.db import db, new_uid, transaction
from engage.demo.year import Year
from engage.funding.models import FundingLine
from engage.funding.rules import LineStatus
from engage.ledger.models import Payee
from engage.organizations.models import Organization
from engage.payouts.account_rules import BankLeg, Readiness
from engage.payouts.models import Payout
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.rules import PayoutStatus
from tests import make, pages


def play(year: Year) -> None:
    """Of the first payer: one that is ready whose bank sent money back, and one, of the
    consultant whom the crawlers are, that is asked for more."""
    payer = year.cast.payers[0]
    usual = pages.person_of(Role.CONSULTANT)
    known = list(
        db.session.scalars(
            sa.select(Payee).where(Payee.payer_id == payer.id).order_by(Payee.id)
        )
    )
    # A way that changed would keep a run that waits from being released.
    waiting = set(
        db.session.scalars(
            sa.select(Payout.payee_id).where(Payout.status == PayoutStatus.DRAFT)
        )
    )
    first = next(each for each in known if each.id not in waiting)
    known.remove(first)
    asked = min(known, key=lambda each: (each.person_id != usual, each.id))
    _account(year, first, Readiness.READY, bank_leg=BankLeg.SENT_BACK)
    _account(year, asked, Readiness.RESTRICTED, needs_details=True)
    _change(year, asked)


def _change(year: Year, payee: Payee) -> None:
    """Another way to be paid that still waits, and an award whose report was sent."""
    closed = FundingLine.status == LineStatus.CLOSED
    line = db.session.scalars(sa.select(FundingLine).where(closed).limit(1)).one()
    with transaction():
        payee.rail_next = "demo" if payee.rail == "manual" else "manual"
        payee.rail_from = year.now + timedelta(hours=72)
        line.final_report_on = line.final_report_noted_on = year.now.date()


def _account(year: Year, payee: Payee, readiness: Readiness, **values: object) -> None:
    row = PayeeAccount(
        payee_id=payee.id,
        readiness=readiness,
        bank_text="TRANSFER",
        created_at=year.now,
        usable_from=year.now + timedelta(hours=72),
        checked_at=year.now,
        **values,
    )
    row.uid = new_uid()  # what is sealed is bound to it
    row.account_id = f"acct_sample{payee.id}"
    make.save(row)


def open_stripe(app: Flask) -> None:
    """As where somebody pays by Stripe; no page that is only read asks there."""
    query = (
        sa.select(Organization.name)
        .join(Payee, Payee.payer_id == Organization.id)
        .join(PayeeAccount, PayeeAccount.payee_id == Payee.id)
        .limit(1)
    )
    with app.app_context():
        owner = db.session.scalars(query).one()
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"],
        payments_mode="test",
        stripe_key="sk_test_standin",
        stripe_base="http://127.0.0.1:9",
        stripe_payer=owner,
    )
