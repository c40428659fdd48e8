"""What finance pages show, scoped to the payers of who asks; a payee is a handle."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from engage.core.calendar import local_day
from engage.core.db import db
from engage.hours.models import HoursEntry
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.organizations.models import Organization
from engage.payouts.queries import is_of_entry

Places = Collection[int]


def payers(places: Places) -> list[Organization]:
    """The payers among these organizations, by name."""
    return list(
        db.session.scalars(
            sa.select(Organization)
            .where(Organization.id.in_(places), Organization.is_payer)
            .order_by(Organization.name)
        )
    )


def _waits() -> sa.ColumnElement[bool]:
    """Owed and in no run; what its payee takes none of waits for nobody here."""
    return sa.and_(Payable.status == PayableStatus.WAITING, Payable.pay_cents > 0)


def owed(places: Places) -> sa.Select[str, int, int, int, date, date | None]:
    """(handle, payer, lines, cents, first day promised, a day that the payee chose)
    of each payee, late first."""
    first = sa.func.min(Payable.due_on)
    return (
        sa.select(
            Payee.handle,
            Payable.payer_id,
            sa.func.count(Payable.id),
            sa.func.sum(Payable.pay_cents),
            first,
            sa.func.max(Payable.not_before),
        )
        .join(Payable.payee)
        .where(Payable.payer_id.in_(places), _waits())
        .group_by(Payee.handle, Payable.payer_id)
        .order_by(first, Payee.handle)
    )


@dataclass(frozen=True)
class Totals:
    """Everything that waits at these payers, and the part whose day has passed."""

    cents: int
    late_cents: int
    late_since: date | None


def totals(payers: Collection[Organization], now: datetime) -> Totals:
    is_late = sa.or_(
        sa.false(),
        *(
            sa.and_(
                Payable.payer_id == payer.id,
                Payable.due_on < local_day(now, payer.zone),
            )
            for payer in payers
        ),
    )
    late = sa.case((is_late, Payable.pay_cents), else_=0)
    since = sa.case((is_late, Payable.due_on), else_=None)
    row = db.session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(Payable.pay_cents), 0),
            sa.func.coalesce(sa.func.sum(late), 0),
            sa.func.min(since),
        ).where(_waits(), Payable.payer_id.in_([payer.id for payer in payers]))
    ).one()
    return Totals(int(row[0]), int(row[1]), row[2])


def waiting(
    payer: Organization, most: int, today: date
) -> list[tuple[Payable, int | None]]:
    """What may go into a run, the earliest promise first, with minutes of hours.

    What its payee asked to get later is not there before that day.
    """
    rows = db.session.execute(
        sa.select(Payable, HoursEntry.minutes)
        .join(Payable.payee)
        .join(Payable.organization)
        .outerjoin(HoursEntry, is_of_entry())
        .where(
            Payable.payer_id == payer.id,
            _waits(),
            sa.or_(Payable.not_before.is_(None), Payable.not_before <= today),
        )
        .order_by(Payable.due_on, Payee.handle, Payable.worked_on, Payable.id)
        .limit(most)
        .options(contains_eager(Payable.payee), contains_eager(Payable.organization))
    )
    return [(payable, minutes) for payable, minutes in rows]
