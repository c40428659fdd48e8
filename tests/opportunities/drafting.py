"""A draft that may be posted, and what the tests ask about it."""

from datetime import timedelta

import sqlalchemy as sa

from engage.audit.models import AuditEntry
from engage.core.db import db, transaction
from engage.funding import actions as funding
from engage.funding import queries as lines
from engage.funding.models import Reservation
from engage.funding.rules import Stage
from engage.opportunities import actions, queries
from engage.opportunities.rules import (
    OpportunityKind,
    OpportunityStatus,
    ProjectStage,
    WorkActivity,
)
from engage.panels import actions as panels
from engage.panels import queries as seats
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatKind, SeatRole
from tests import make

DAY = timedelta(days=1)
# Two sessions of an hour with 45 minutes beside each, at $75: for one seat.
SEAT_CENTS = 262_50
BASICS = {
    "title": "Read the protocol",
    "kind": OpportunityKind.CONSULTING,
    "activity": WorkActivity.MEETING,
    "stage": ProjectStage.DEVELOPMENT,
}
LAWYER = {
    "role": SeatRole.MEMBER,
    "label": "Harbor Legal Aid",
    "hourly_cents": 90_00,
    "is_salaried_elsewhere": False,
}


def change(draft, by, now, sessions=None, seats=(), **columns):
    """Edit as the newest version, with the sessions it has unless others are given."""
    fresh = queries.by_id(draft.id)
    return actions.edit(
        draft.id,
        version=fresh.version,
        sessions=queries.sessions(fresh) if sessions is None else sessions,
        seats=seats,
        by=by,
        now=now,
        **columns,
    )


def fresh(row):
    db.session.expire_all()
    return db.session.get_one(type(row), row.id)


def set_aside(row) -> int:
    source = queries.source(row)
    return lines.held_cents(row.funding_line_id, source, Stage.SET_ASIDE)


def seats_of(row, kind=SeatKind.SURVIVOR) -> list[Seat]:
    return [each for each in seats.live_seats(row.panel_id) if each.kind is kind]


def verbs() -> list[str]:
    return list(
        db.session.scalars(
            sa.select(AuditEntry.verb)
            .where(AuditEntry.thing.like("opportunity:%"))
            .order_by(AuditEntry.number)
        )
    )


def nothing_was_posted(draft) -> bool:
    row = fresh(draft)
    counts = (sa.select(sa.func.count(model.id)) for model in (Reservation, Panel))
    return row.status is OpportunityStatus.DRAFT and not any(
        db.session.scalar(count) for count in counts
    )


def fail(*args, **kw):
    raise RuntimeError("the second write")


def agreed(draft, now):
    """One of the two seats is taken, as a yes leaves it."""
    with transaction():
        row = queries.by_id(draft.id)
        panel = db.session.get_one(Panel, row.panel_id)
        panels.take_seat(
            panel,
            seats.open_survivor_seats(panel.id)[0],
            person=make.consultant(),
            label="",
            counted=True,
            by=None,
            now=now,
        )
        funding.move(
            row.line,
            source=queries.source(row),
            stage=Stage.SET_ASIDE,
            to_source="engagement:one",
            to_stage=Stage.RESERVED,
            cents=SEAT_CENTS,
            now=now,
        )


def ask_again(draft, by, now, seats=1, reply_by=None):
    reply_by = reply_by or fresh(draft).reply_by
    return actions.ask_again(draft.id, seats=seats, reply_by=reply_by, by=by, now=now)
