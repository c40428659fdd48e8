"""A seat on a board that lasts longer than the work by which it was taken."""

import sqlalchemy as sa

from engage.core.db import db, transaction
from engage.demo.year import Year
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.organizations.models import Organization
from engage.panels import actions, boards
from engage.people.models import Person


def play(year: Year) -> None:
    done = db.session.scalars(
        sa.select(Engagement)
        .where(
            Engagement.status == EngagementStatus.FINISHED,
            Engagement.seat_id.is_(None),
        )
        .order_by(Engagement.id)
        .limit(1)
    ).one()
    place = db.session.get_one(Organization, done.organization_id)
    panel = boards.create(
        place,
        name="Long-standing council",
        minimum_voices=2,
        quorum=5,
        term_months=24,
        most_terms=1,
        by=None,
        now=year.now,
    )
    with transaction():
        seat = actions.open_seat(panel, by=None, now=year.now)
        actions.take_seat(
            panel,
            seat,
            person=db.session.get_one(Person, done.person_id),
            label="",
            counted=True,
            by=None,
            now=year.now,
        )
        done.seat_id = seat.id
