"""Boards that go on: made, changed, and seats that end with their term."""

from datetime import datetime

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core.db import db, lock_one, transaction
from engage.core.errors import NotFound
from engage.organizations.models import Organization
from engage.panels import actions, queries, rules, terms
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatStatus
from engage.panels.voices import record, revoice
from engage.people.models import Person


def create(
    organization: Organization,
    *,
    name: str,
    minimum_voices: int,
    quorum: int | None,
    term_months: int | None,
    most_terms: int | None,
    by: Person | None,
    now: datetime,
) -> Panel:
    """A board without seats: they come by work that is posted, or are brought in."""
    terms.check_board(name, most_terms, term_months)
    with transaction():
        panel = actions.create(
            organization,
            name=name.strip(),
            minimum_voices=minimum_voices,
            survivor_seats=0,
            first_session_on=None,
            is_standing=True,
            by=by,
            now=now,
        )
        panel.quorum, panel.term_months = quorum, term_months
        panel.most_terms = most_terms
    return panel


def change(
    panel_id: int,
    *,
    name: str,
    minimum_voices: int,
    quorum: int | None,
    term_months: int | None,
    most_terms: int | None,
    by: Person,
    now: datetime,
) -> Panel:
    """Another rule for the board; terms that run keep the end they have."""
    terms.check_board(name, most_terms, term_months)
    with transaction():
        panel = lock_one(Panel, panel_id)
        if not panel.is_standing or panel.ended_on is not None:
            raise NotFound
        panel.name = name.strip()
        panel.minimum_voices = max(minimum_voices, rules.LEAST_MINIMUM)
        panel.quorum, panel.term_months = quorum, term_months
        panel.most_terms = most_terms
        revoice(panel, now=now, by=by)
        record("change", panel, f"panel:{panel.uid}", by, now)
    return panel


def end_term(seat_id: int, *, now: datetime) -> None:
    """End a seat whose last day is over; a job may come twice."""
    with transaction():
        panel = lock_one(Panel, db.session.get_one(Seat, seat_id).panel_id)
        seat = db.session.get_one(Seat, seat_id, populate_existing=True)
        today = queries.today_of(panel, now)
        is_over = seat.ends_on is not None and seat.ends_on < today
        if not is_over or seat.status is SeatStatus.ENDED:
            return
        if seat.person_id is not None:
            actions.free_seat(panel, seat, by=None, now=now, is_end=True)
        else:
            actions.end_seat(panel.id, seat.uid, by=None, now=now)


def give_up(panel_id: int, *, by: Person, now: datetime) -> None:
    """A person's own end of their seat on a board, whatever its term; no reason."""
    with transaction():
        panel = lock_one(Panel, panel_id)
        seats = db.session.scalars(
            sa.select(Seat).where(
                Seat.panel_id == panel.id, Seat.person_id == by.id, panel.is_standing
            )
        ).all()
        if not seats:
            raise NotFound
        for seat in seats:
            actions.free_seat(panel, seat, by=by, now=now, is_end=True)
        audit.record(
            "panel.give_up",
            subject=by.subject,
            thing=f"panel:{panel.uid}",
            by=by,
            now=now,
        )
