"""The pay clock of organizations and payers: what was promised, and what was kept."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from engage.core.calendar import local_day
from engage.core.db import db
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.hours import rules
from engage.hours.clock_rules import Clock, Paid, Quarter, clock
from engage.hours.models import HoursEntry
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.organizations.models import Organization
from engage.people.models import Alias

LATE_SHOWN = 50
Payer = aliased(Organization)


class Row(NamedTuple):
    """One organization and whose money paid for it."""

    organization: str
    payer: str
    clock: Clock


class Late(NamedTuple):
    """One payment that is past its day: by alias for its own coordinators, else by
    the payee's handle."""

    name: str
    organization: str
    worked_on: date
    due_on: date


def rows(
    places: Collection[int],
    payers: Collection[int],
    quarter: Quarter,
    now: datetime,
) -> list[Row]:
    """For what was promised for the quarter: paid, or past its day."""
    found = db.session.execute(
        _payments(places, payers, now)
        .add_columns(
            Organization.name,
            Payer.name,
            Organization.zone,
            Organization.pay_promise_days,
            HoursEntry.day,
            HoursEntry.logged_at,
            Engagement.terms,
            Payable.due_on,
            Payable.paid_on,
        )
        .where(Payable.due_on.between(quarter.first, quarter.last))
        .order_by(Organization.name, Payer.name)
    )
    groups: dict[tuple[str, str, int], list[Paid]] = defaultdict(list)
    for _, place, payer, zone, promise, day, logged_at, terms, due, paid in found:
        if paid is None and due >= local_day(now, zone):
            continue
        logged = local_day(logged_at, zone)
        plain = rules.pay_due_on(day, logged, terms["promise_days"])
        start = rules.clock_starts_on(day, logged)
        waited = max(0, (due - plain).days)
        groups[place, payer, promise].append(Paid(start, due, paid, waited))
    return [
        Row(place, payer, clock(payments, promise))
        for (place, payer, promise), payments in groups.items()
    ]


def _payments(
    places: Collection[int], payers: Collection[int], now: datetime
) -> sa.Select[int]:
    """Pay for hours of these organizations, or from these payers' money.

    What its payee takes none of is promised to nobody, and their coordinator does not
    read here that they chose so.
    """
    return (
        sa.select(Payable.id)
        .join(HoursEntry, Payable.source == "hours:" + HoursEntry.uid)
        .join(Engagement, Engagement.id == HoursEntry.engagement_id)
        .join(Organization, Organization.id == Payable.organization_id)
        .join(Payer, Payer.id == Payable.payer_id)
        .where(
            Payable.pay_cents > 0,
            sa.or_(
                sa.and_(Payable.organization_id.in_(places), engagements.shown(now)),
                Payable.payer_id.in_(payers),
            ),
        )
    )


def late(places: Collection[int], payers: Collection[int], now: datetime) -> list[Late]:
    """What is past its day and not paid, the longest first: the day is over where the
    organization is."""
    is_alias = sa.and_(
        Alias.person_id == HoursEntry.person_id,
        Alias.organization_id == HoursEntry.organization_id,
        Alias.organization_id.in_(places),
        engagements.shown(now),
    )
    found = db.session.execute(
        _payments(places, payers, now)
        .join(Payee, Payee.id == Payable.payee_id)
        .outerjoin(Alias, is_alias)
        .add_columns(
            sa.func.coalesce(Alias.name, Payee.handle),
            Organization.name,
            HoursEntry.day,
            Payable.due_on,
            Organization.zone,
        )
        .where(Payable.status != PayableStatus.PAID, Payable.due_on <= now.date())
        .order_by(Payable.due_on, Payable.id)
        .limit(LATE_SHOWN)
    )
    return [Late(*row[1:5]) for row in found if row.due_on < local_day(now, row.zone)]
