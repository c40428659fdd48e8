"""A closed organization: asking ends, agreed work is paid, then its staff go."""

from datetime import datetime

import sqlalchemy as sa

from engage.audit.actions import record
from engage.consents import giving
from engage.consents import queries as permissions
from engage.consents.models import Consent, MaterialUse
from engage.consents.rules import TO_DO
from engage.core.calendar import local_day
from engage.core.db import db, end_read, lock_one, transaction
from engage.core.errors import N_
from engage.core.jobs import for_each
from engage.engagements.models import Engagement
from engage.engagements.rules import LIVE
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import ExpenseStatus
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from engage.opportunities import endings
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.organizations.models import Organization
from engage.organizations.rules import OrganizationStatus
from engage.people.models import Alias, Membership

OPEN_POSTS = (OpportunityStatus.DRAFT, OpportunityStatus.POSTED)


def wind_down(now: datetime) -> None:
    """Each closed organization one step on; safe to run at any time."""
    closed = list(
        db.session.scalars(
            sa.select(Organization.id)
            .where(Organization.status == OrganizationStatus.CLOSED)
            .order_by(Organization.id)
        )
    )
    end_read()
    for_each(closed, lambda place_id: _wind_down(place_id, now))


def _wind_down(place_id: int, now: datetime) -> None:
    posts = _unagreed(place_id)
    end_read()
    for_each(posts, lambda post_id: endings.cancel(post_id, by=None, now=now))
    _unlist(place_id)
    given = permissions.live(Consent.organization_id == place_id)
    end_read()
    for_each(given, lambda consent_id: giving.end_with_place(consent_id, now=now))
    if not left(place_id):
        _end_roles(place_id, now)


def _unagreed(place_id: int) -> list[int]:
    """Drafts, and posts that nobody agreed to."""
    agreed = sa.select(Engagement.opportunity_id).where(Engagement.status.in_(LIVE))
    return list(
        db.session.scalars(
            sa.select(Opportunity.id)
            .where(
                Opportunity.organization_id == place_id,
                Opportunity.status.in_(OPEN_POSTS),
                Opportunity.id.not_in(agreed),
            )
            .order_by(Opportunity.id)
        )
    )


def _unlist(place_id: int) -> None:
    """Nobody is asked there again: names go with the next weekly list."""
    with transaction() as session:
        session.execute(
            sa.update(Alias)
            .where(Alias.organization_id == place_id, Alias.is_open)
            .values(is_open=False)
            .execution_options(synchronize_session=False)
        )


def left(place_id: int) -> list[tuple[str, int]]:
    """What still has to be done before its staff can go: (sentence, how many)."""
    hours = (HoursStatus.SUBMITTED, HoursStatus.RETURNED)
    costs = (ExpenseStatus.SUBMITTED, ExpenseStatus.RETURNED)
    open_things = (
        (N_("Agreed work that goes on"), Engagement, Engagement.status.in_(LIVE)),
        (N_("Hours to decide"), HoursEntry, HoursEntry.status.in_(hours)),
        (N_("Costs to decide"), Expense, Expense.status.in_(costs)),
        (N_("Pay that is owed"), Payable, Payable.status != PayableStatus.PAID),
        (N_("Places to take down"), MaterialUse, MaterialUse.status.in_(TO_DO)),
    )
    found = []
    for words, model, which in open_things:
        counted = sa.select(sa.func.count()).select_from(model)
        here = model.organization_id == place_id
        number = int(db.session.scalar(counted.where(here, which)) or 0)
        if number:
            found.append((words, number))
    return found


def _end_roles(place_id: int, now: datetime) -> None:
    """Roles there end; an account of staff stays until an administrator closes it.

    Not of a payer: its books are read for years.
    """
    with transaction() as session:
        place = lock_one(Organization, place_id)
        if place.is_payer:
            return
        ended = session.execute(
            sa.update(Membership)
            .where(
                Membership.organization_id == place_id, Membership.ended_on.is_(None)
            )
            .values(ended_on=local_day(now, place.zone), is_second_approver=False)
            .execution_options(synchronize_session=False)
        )
        if ended.rowcount:  # type: ignore[attr-defined]
            subject = f"organization:{place.uid}"
            record(
                "organization.wound_up",
                subject=subject,
                thing=subject,
                by=None,
                now=now,
                organization_id=place.id,
            )
