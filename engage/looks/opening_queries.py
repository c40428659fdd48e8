"""What two administrators can open: what staff may see in some place, side by side.

No sealed text, no wish, no limit, no pause, no filter, no answer that was a no.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements.models import Engagement
from engage.engagements.queries import shown
from engage.hours.models import HoursEntry
from engage.ledger.models import Payable, Payee
from engage.looks.models import Opening
from engage.looks.rules import Part
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.people.models import Alias, Person
from engage.people.rules import PersonStatus

Shown = Sequence[Any]
MOST = 200  # rows of a page, the newest


def administrators() -> set[int]:
    query = sa.select(Person.id).where(
        Person.is_administrator, Person.status == PersonStatus.ACTIVE
    )
    return set(db.session.scalars(query))


def newest() -> sa.Select[Opening]:
    both = (joinedload(Opening.asker), joinedload(Opening.agreer))
    return sa.select(Opening).options(*both).order_by(Opening.id.desc())


def one(uid: str) -> Opening:
    found = db.session.scalar(newest().where(Opening.uid == uid))
    if found is None:
        raise NotFound
    return found


def _names(person_id: int, now: datetime) -> Shown:
    return _rows(
        sa.select(Organization.name.label("place"), Alias.name.label("name"))
        .join(Organization, Organization.id == Alias.organization_id)
        .where(Alias.person_id == person_id)
        .order_by(Organization.name)
    )


def _plans(person_id: int, now: datetime) -> Shown:
    return _rows(
        sa.select(
            Opportunity.title,
            Organization.name.label("place"),
            Engagement.status,
            Engagement.agreed_at,
            Engagement.ended_on,
        )
        .join(Opportunity, Opportunity.id == Engagement.opportunity_id)
        .join(Organization, Organization.id == Engagement.organization_id)
        .where(Engagement.person_id == person_id, shown(now))
        .order_by(Engagement.agreed_at.desc())
    )


def _time(person_id: int, now: datetime) -> Shown:
    return _rows(
        sa.select(
            HoursEntry.day,
            HoursEntry.minutes,
            HoursEntry.activity,
            HoursEntry.status,
            Organization.name.label("place"),
        )
        .join(Engagement, Engagement.id == HoursEntry.engagement_id)
        .join(Organization, Organization.id == HoursEntry.organization_id)
        .where(HoursEntry.person_id == person_id, shown(now))
        .order_by(HoursEntry.day.desc(), HoursEntry.id.desc())
    )


def _pay(person_id: int, now: datetime) -> Shown:
    return _rows(
        sa.select(
            Payable.worked_on,
            Payable.cents,
            Payable.status,
            Payable.paid_on,
            Organization.name.label("place"),
        )
        .join(Payee, Payee.id == Payable.payee_id)
        .join(Organization, Organization.id == Payable.payer_id)
        .where(Payee.person_id == person_id)
        .order_by(Payable.worked_on.desc(), Payable.id.desc())
    )


def _rows(query: sa.Select[Any]) -> Shown:
    return db.session.execute(query.limit(MOST)).all()


READ: Mapping[Part, Callable[[int, datetime], Shown]] = {
    Part.NAMES: _names,
    Part.PLANS: _plans,
    Part.TIME: _time,
    Part.PAY: _pay,
}
