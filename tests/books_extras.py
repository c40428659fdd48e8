"""Days laid beside the payment service, as a worker with a key would leave them, and
payments by hand that come to the amount of a tax form."""

from datetime import timedelta

import sqlalchemy as sa

from engage.core.db import db, transaction
from engage.demo.year import Year
from engage.funding.models import FundingLine
from engage.ledger import actions as ledger
from engage.ledger import rules
from engage.ledger.models import Payee
from engage.payouts import year_actions
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.reconcile_rules import Difference
from engage.payouts.rules import RailName
from tests import make
from tests.payouts import paid_out

DAY = timedelta(days=1)


def play(year: Year) -> None:
    """Two days for the first payer: one that fits, one with every kind of line."""
    year_actions.keep()
    payer = year.cast.payers[0]
    first, second = year.cast.finance[payer.id][:2]
    fits = _day(year, 2)
    differs = _day(year, 1)
    _difference(year, fits, Difference.BALANCE, gone_at=year.now)
    explained = {
        "explanation": "Paid by hand at Stripe, a fee.",
        "explained_at": year.now,
    }
    _difference(year, differs, Difference.THEIRS)
    _difference(
        year, differs, Difference.DIFFERS, explained_by_id=second.id, **explained
    )
    _difference(
        year, differs, Difference.CLEARING, explained_by_id=first.id, **explained
    )
    _difference(
        year,
        differs,
        Difference.REVERSED,
        explained_by_id=first.id,
        looked_by_id=second.id,
        looked_at=year.now,
        **explained,
    )
    _paid_by_hand(year)


def _day(year: Year, days_ago: int) -> ReconciliationDay:
    return make.save(
        ReconciliationDay(
            payer_id=year.cast.payers[0].id,
            rail=RailName.STRIPE,
            is_live=False,
            day=year.now.date() - days_ago * DAY,
            currency="usd",
            start_cents=1_000_00,
            end_cents=837_50,
            movements={"transfer": -162_50},
            matched=1,
            matched_cents=162_50,
            read_at=year.now,
        )
    )


def _difference(
    year: Year, day: ReconciliationDay, kind: Difference, **values: object
) -> None:
    make.save(
        ReconciliationDifference(
            day_id=day.id,
            kind=kind,
            thing=f"tr_{kind}",
            ours_cents=None if kind is Difference.THEIRS else 25_00,
            theirs_cents=24_00,
            found_at=year.now,
            **values,
        )
    )


def _paid_by_hand(year: Year) -> None:
    """One payee of the first payer was paid by hand, up to the amount of the form."""
    payer, today = year.cast.payers[0], year.now.date()
    line_id = db.session.scalars(
        sa.select(FundingLine.id).where(FundingLine.payer_id == payer.id)
    ).first()
    payee = db.session.scalars(
        sa.select(Payee).where(Payee.payer_id == payer.id).order_by(Payee.id)
    ).first()
    assert line_id
    assert payee
    payable = paid_out.earned(payee, 2_000_00, due_on=today, line_id=line_id)
    payout = paid_out.pay(paid_out.batch(payer), payable, on=today)
    source, clearing = f"payout:{payout.uid}", rules.clearing("manual")
    values = {"cents": payout.cents, "now": year.now}
    with transaction():
        owed = rules.payable(payee.handle)
        ledger.post("pay", source, debit=owed, credit=clearing, **values)
        ledger.post(
            "arrive", source, debit=clearing, credit=rules.CASH_MANUAL, **values
        )
