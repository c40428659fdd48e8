"""Money paid ahead that was not needed: one person writes down that it came back, and
another one, who looked, says so too; only then is it off the advance."""

from datetime import datetime

from engage.core.db import lock_one, transaction
from engage.core.errors import N_, Refused
from engage.engagements import queries as engagements
from engage.funding import costs
from engage.hours import expense_queries as queries
from engage.hours import expense_rules as rules
from engage.hours import given_back_queries
from engage.hours.expense_decisions import locked, record
from engage.hours.expense_models import Expense, GivenBack
from engage.ledger import actions as ledger
from engage.ledger.rules import ADVANCE, CASH_MANUAL
from engage.people.models import Person

GIVEN_BACK = "give_back"  # kind of posting: money paid ahead was not needed


def note(expense_id: int, cents: int, *, by: Person, now: datetime) -> Expense:
    """One person says that so much came back; nothing changes yet but that no cost is
    borne by it."""
    with transaction() as session:
        (advance,) = locked([expense_id])
        if given_back_queries.open_note(advance.id) is not None:
            raise Refused(N_("Somebody wrote this down already. Look at it again."))
        rules.check_given_back(cents, advance.open_cents)
        session.add(
            GivenBack(
                expense_id=advance.id, cents=cents, noted_by_id=by.id, noted_at=now
            )
        )
        session.flush()
        record("expense.back_note", [advance], by=by, now=now, role="finance")
    return advance


def confirm(expense_id: int, *, by: Person, now: datetime) -> Expense:
    """The second person's yes: posted, and free on its line again."""
    with transaction():
        advance, row = _noted(expense_id)
        if row.noted_by_id == by.id:
            raise Refused(N_("You wrote this down. A second person has to confirm it."))
        rules.check_given_back(row.cents, advance.open_cents)
        row.confirmed_by_id, row.confirmed_at = by.id, now
        advance.settled_cents += row.cents
        ledger.post(
            GIVEN_BACK,
            f"{queries.source(advance)}:{advance.settled_cents}",
            debit=CASH_MANUAL,
            credit=ADVANCE,
            cents=row.cents,
            now=now,
        )
        costs.unpay(
            advance.engagement.funding_line_id,
            engagements.group(advance.engagement),
            row.cents,
            is_freed=True,
            now=now,
        )
        record("expense.took_back", [advance], by=by, now=now, role="finance")
    return advance


def drop(expense_id: int, *, by: Person, now: datetime) -> Expense:
    """It was written down by mistake: the money is still with the payee."""
    with transaction():
        advance, row = _noted(expense_id)
        row.dropped_at = now
        record("expense.back_drop", [advance], by=by, now=now, role="finance")
    return advance


def _noted(expense_id: int) -> tuple[Expense, GivenBack]:
    (advance,) = locked([expense_id])
    row = given_back_queries.open_note(advance.id)
    if row is None:
        raise Refused(N_("This was changed meanwhile. Open it again to see it."))
    return advance, lock_one(GivenBack, row.id)
