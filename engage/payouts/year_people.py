"""Whose handles a year's totals are, for telling them and for whoever files."""

from collections.abc import Collection

import sqlalchemy as sa

from engage.core.db import db
from engage.ledger.models import Payee
from engage.payouts.models_accounts import PayeeAccount
from engage.people.models import Person


def people_of(handles: Collection[str]) -> list[int]:
    """Whose handles these are."""
    return list(
        db.session.scalars(
            sa.select(Payee.person_id)
            .where(Payee.handle.in_(list(handles)))
            .order_by(Payee.person_id)
        )
    )


def accounts(
    payee_ids: Collection[int], *, is_live: bool
) -> list[tuple[PayeeAccount, Person]]:
    """Accounts at the payment service that still stand, with their owners."""
    rows = db.session.execute(
        sa.select(PayeeAccount, Person)
        .join(PayeeAccount.payee)
        .join(Person, Person.id == Payee.person_id)
        .where(
            PayeeAccount.payee_id.in_(list(payee_ids)),
            PayeeAccount.is_live.is_(is_live),
            PayeeAccount.closed_at.is_(None),
            PayeeAccount.account_sealed.is_not(None),
        )
        .order_by(PayeeAccount.id)
    )
    return [(account, person) for account, person in rows]
