"""Panels and posts that a coordinator may hand to a colleague."""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.core.db import db
from engage.opportunities.models import Opportunity
from engage.opportunities.queries import GOES_ON
from engage.panels.models import Panel
from engage.people import leads
from engage.people.lead_models import Lead
from engage.people.models import Person

MOST = 200  # of each kind; "everything" reaches those beyond the list too


class Thing(NamedTuple):
    """A panel or a post: its key, its name, whose it is, and who has it."""

    key: str
    name: str
    organization_id: int
    is_own: bool
    stand_in: str | None
    stands_from: date | None
    stands_until: date | None


def things(places: Collection[int], person_id: int) -> list[Thing]:
    """What this person looks after, and what nobody does, in these organizations."""
    found = [
        Thing(*row)
        for kind in (_panels(places), _posts(places))
        for row in db.session.execute(_handable(kind, person_id).limit(MOST))
    ]
    return sorted(found, key=lambda each: not each.is_own)


def own_keys(places: Collection[int], person_id: int) -> dict[str, int]:
    """Everything that goes on and that this person looks after: key, organization."""
    return {
        key: organization_id
        for kind in (_panels(places), _posts(places))
        for key, organization_id in db.session.execute(
            sa.select(kind.c.key, kind.c.organization_id)
            .join(Lead, Lead.thing == kind.c.key)
            .where(Lead.person_id == person_id)
        )
    }


def _panels(places: Collection[int]) -> sa.Subquery:
    key = sa.literal("panel:").concat(Panel.uid).label("key")
    return (
        sa.select(key, Panel.name, Panel.organization_id, Panel.id)
        .where(Panel.organization_id.in_(places), Panel.ended_on.is_(None))
        .subquery()
    )


def _posts(places: Collection[int]) -> sa.Subquery:
    key = sa.literal("opportunity:").concat(Opportunity.uid).label("key")
    return (
        sa.select(
            key,
            Opportunity.title.label("name"),
            Opportunity.organization_id,
            Opportunity.id,
        )  # fmt: skip
        .where(Opportunity.organization_id.in_(places), Opportunity.status.in_(GOES_ON))
        .subquery()
    )


def _handable(kind: sa.Subquery, person_id: int) -> sa.Select[Any]:
    is_own = sa.and_(Lead.id.is_not(None), Lead.person_id == person_id)
    stand_in = sa.orm.aliased(Person)
    return (
        sa.select(
            kind.c.key,
            kind.c.name,
            kind.c.organization_id,
            sa.func.coalesce(is_own, sa.false()),
            stand_in.staff_name,
            Lead.stands_from,
            Lead.stands_until,
        )
        .outerjoin(Lead, Lead.thing == kind.c.key)
        .outerjoin(stand_in, stand_in.id == Lead.stand_in_id)
        .where(sa.or_(Lead.id.is_(None), is_own, sa.not_(leads.is_led())))
        .order_by(is_own.desc(), kind.c.id.desc())
    )
