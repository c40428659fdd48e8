"""What follows payments, for the sample: one asked back, details for one by hand."""

from datetime import timedelta

import sqlalchemy as sa

from engage.core.db import db
from engage.demo.year import Year
from engage.ledger.models import Payee
from engage.payouts import details
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.models_after import Reversal
from engage.payouts.returning_rules import ReversalReason
from engage.payouts.rules import PayoutStatus, RailName
from engage.people.models import Person
from tests import make

BY_HAND = (PayoutStatus.QUEUED, PayoutStatus.SENT)


def play(year: Year) -> None:
    _ask_back(year)
    _give_details(year)


def _ask_back(year: Year) -> None:
    payout, asker = db.session.execute(
        sa.select(Payout, PayoutBatch.prepared_by_id)
        .join(Payout.batch)
        .where(Payout.status == PayoutStatus.PAID, Payout.rail != RailName.MANUAL)
        .order_by(Payout.id.desc())
        .limit(1)
    ).one()
    today = year.now.date()
    make.save(
        Reversal(
            payout_id=payout.id,
            number=1,
            cents=payout.cents,
            reason=ReversalReason.DOUBLE,
            asked_by_id=asker,
            asked_at=year.now,
            object_until=today + timedelta(days=2),
            last_day=today + timedelta(days=5),
        )
    )


def _give_details(year: Year) -> None:
    rows = db.session.execute(
        sa.select(Payout.id, Payee.person_id)
        .join(Payout.payee)
        .where(Payout.rail == RailName.MANUAL, Payout.status.in_(BY_HAND))
        .order_by(Payout.id)
    ).all()
    for payout_id, person_id in rows:
        who = db.session.get_one(Person, person_id)
        details.give(payout_id, "A name for the check", by=who, now=year.now)
