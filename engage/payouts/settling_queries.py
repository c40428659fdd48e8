"""Payees whose account was opened anew a short while ago: their payments wait."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from engage.core.db import db
from engage.ledger.models import Payee
from engage.payouts.models import Payout
from engage.people.models import Person
from engage.people.recovery_rules import SETTLES


def is_settling(now: datetime) -> sa.ColumnElement[bool]:
    """Does the payout's payee wait after their account was opened anew?"""
    return Payout.payee_id.in_(
        sa.select(Payee.id)
        .join(Person, Person.id == Payee.person_id)
        .where(Person.recovered_at > now - SETTLES)
    )


def settling(payout_ids: Collection[int], now: datetime) -> set[int]:
    """Those of these payouts that wait for that reason."""
    return set(
        db.session.scalars(
            sa.select(Payout.id).where(Payout.id.in_(payout_ids), is_settling(now))
        )
    )
