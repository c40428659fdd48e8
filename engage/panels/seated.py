"""Who had which seat when, so that terms in a row can be counted. All under locks."""

from datetime import date

import sqlalchemy as sa

from engage.core.db import db
from engage.panels import terms
from engage.panels.models import Panel, Seat, Term


def begin(panel: Panel, seat: Seat, *, starts_on: date, until: date | None) -> None:
    """Date the seat that somebody has taken; days that were brought in stay."""
    if not panel.is_standing:
        seat.starts_on = starts_on
        return
    if seat.ends_on is None:
        term = terms.term_of(seat.starts_on or starts_on, until, panel.term_months)
        seat.starts_on, seat.ends_on = term
    elif until is not None:
        seat.ends_on = max(seat.ends_on, until)
    db.session.add(
        Term(
            panel_id=panel.id,
            seat_id=seat.id,
            person_id=seat.person_id,
            starts_on=seat.starts_on or starts_on,
            ends_on=seat.ends_on,
        )
    )


def close(seat: Seat, today: date) -> None:
    """Note the end of a term; one that never began leaves nothing behind."""
    if seat.person_id is None:
        return
    found = db.session.scalars(
        sa.select(Term).where(
            Term.seat_id == seat.id,
            Term.person_id == seat.person_id,
            Term.ended_on.is_(None),
        )
    )
    for term in found:
        if today <= term.starts_on:
            db.session.delete(term)
        else:
            term.ended_on = today
    seat.starts_on, seat.ends_on = None, None
