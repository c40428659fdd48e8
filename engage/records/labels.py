"""An organization's name for somebody turns into a label a month after the last pay."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from engage.core.db import db, end_read, lock_one, transaction
from engage.core.jobs import for_each
from engage.engagements.models import Engagement
from engage.engagements.rules import LIVE
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import ExpenseStatus
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.offers.models import NamedAsk, Offer
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.models import Panel, Seat
from engage.people.models import Alias
from engage.records import rules

KEPT = timedelta(days=30)


def relabel(now: datetime) -> int:
    """Give labels where work is over and paid, and nobody wants to be asked again."""
    found = list(db.session.scalars(_candidates(now)))
    end_read()
    for_each(found, _give)
    return len(found)


def _candidates(now: datetime) -> sa.Select[int]:
    """Aliases of people who worked there, have nothing open, and are not listed."""
    last = (now - KEPT).astimezone(UTC).date()
    there = sa.and_(
        Engagement.person_id == Alias.person_id,
        Engagement.organization_id == Alias.organization_id,
    )
    worked = sa.select(Engagement.id).where(there)
    return (
        sa.select(Alias.id)
        .where(
            sa.not_(Alias.is_open),
            sa.not_(Alias.is_listed),
            sa.not_(Alias.name.like("Consultant %")),
            worked.exists(),
            sa.not_(
                worked.where(
                    sa.or_(Engagement.status.in_(LIVE), Engagement.ended_on > last)
                ).exists()
            ),
            *(sa.not_(each.exists()) for each in _open_things(last, now)),
        )
        .order_by(Alias.id)
    )


def _open_things(last: date, now: datetime) -> list[sa.Select[int]]:
    """What waits to be decided or paid, was paid of late, is asked, or a held seat."""
    place, person = Alias.organization_id, Alias.person_id
    hours = (HoursStatus.SUBMITTED, HoursStatus.RETURNED)
    costs = (ExpenseStatus.SUBMITTED, ExpenseStatus.RETURNED)
    return [
        sa.select(HoursEntry.id).where(
            HoursEntry.organization_id == place,
            HoursEntry.person_id == person,
            HoursEntry.status.in_(hours),
        ),
        sa.select(Expense.id).where(
            Expense.organization_id == place,
            Expense.person_id == person,
            Expense.status.in_(costs),
        ),
        sa.select(Payable.id)
        .join(Payee, Payee.id == Payable.payee_id)
        .where(
            Payable.organization_id == place,
            Payee.person_id == person,
            sa.or_(Payable.status != PayableStatus.PAID, Payable.paid_on > last),
        ),
        *_asked(now),
        sa.select(Seat.id)
        .join(Seat.panel)
        .where(
            Seat.person_id == person,
            Panel.organization_id == place,
            Panel.ended_on.is_(None),
        ),
    ]


def _asked(now: datetime) -> list[sa.Select[int]]:
    """An ask counts until its reply-by moment, whatever came of it: a name that turned
    into a label before that would tell a no."""
    offered = (
        sa.select(Offer.id)
        .join(Offer.opportunity)
        .where(
            Offer.person_id == Alias.person_id,
            Offer.reply_by > now,
            Opportunity.organization_id == Alias.organization_id,
        )
    )
    named = sa.select(NamedAsk.id).where(
        NamedAsk.alias_id == Alias.id, NamedAsk.reply_by > now
    )
    return [offered, named]


def _give(alias_id: int) -> None:
    """The next free label of that organization; one at a time in each."""
    with transaction():
        alias = lock_one(Alias, alias_id)
        lock_one(Organization, alias.organization_id)
        taken = set(
            db.session.scalars(
                sa.select(Alias.name).where(
                    Alias.organization_id == alias.organization_id
                )
            )
        )
        number = 0
        while rules.label(number) in taken:
            number += 1
        alias.name = rules.label(number)
        alias.topics = alias.languages = ""
        put_on_seats(alias)


def put_on_seats(alias: Alias) -> None:
    """A seat keeps the name that it was taken under: also on groups that are over."""
    here = sa.select(Panel.id).where(Panel.organization_id == alias.organization_id)
    db.session.execute(
        sa.update(Seat)
        .where(Seat.person_id == alias.person_id, Seat.panel_id.in_(here))
        .values(label=alias.name)
        .execution_options(synchronize_session=False)
    )
