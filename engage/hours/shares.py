"""How an organization's agreed and logged hours are spread over the people it knows."""

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from engage.core.db import db
from engage.core.scope import unscoped
from engage.engagements.models import Engagement
from engage.engagements.queries import shown
from engage.panels.shares import percents
from engage.people.models import Alias
from engage.workload.models import WorkMinutes

WINDOW = timedelta(days=365)
NAMED = timedelta(days=60)  # after that a name is nobody's business any more
MOST = 30
GROUP = "engagement:"


class Share(NamedTuple):
    """`name` is empty for somebody whose work here ended a while ago."""

    name: str
    minutes: int
    percent: int


def shares(organization_id: int, now: datetime) -> list[Share]:
    """Of the past year and what is agreed to come, the most first.

    Only this organization's own work, and only names that it may know by now.
    """
    minutes = sa.func.sum(WorkMinutes.minutes).label("minutes")
    is_near = sa.or_(
        Engagement.ended_on.is_(None), Engagement.ended_on >= (now - NAMED).date()
    )
    query = (
        sa.select(Alias.name, minutes, sa.func.max(sa.case((is_near, 1), else_=0)))
        .join(Engagement, Engagement.person_id == Alias.person_id)
        .join(WorkMinutes, WorkMinutes.group == sa.literal(GROUP) + Engagement.uid)
        .where(
            Alias.organization_id == organization_id,
            Engagement.organization_id == organization_id,
            WorkMinutes.person_id == Engagement.person_id,
            WorkMinutes.day >= (now - WINDOW).date(),
            shown(now),
        )
        .group_by(Alias.id, Alias.name)
        .order_by(minutes.desc(), Alias.uid)
    )
    with unscoped("the work of this one organization's engagements, summed by name"):
        rows = db.session.execute(query).all()
    parts = percents(int(row[1]) for row in rows)
    return [
        Share(name if near else "", int(total), part)
        for (name, total, near), part in zip(rows[:MOST], parts, strict=False)
    ]
