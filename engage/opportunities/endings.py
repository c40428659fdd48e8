"""How a post ends: cancelled, begun by its date, or over."""

from collections.abc import Callable
from datetime import datetime, timedelta

from engage.core.calendar import local_day
from engage.core.db import db, transaction
from engage.funding import actions as funding
from engage.funding import costs
from engage.funding import rules as money
from engage.funding.rules import Stage
from engage.opportunities import claims, queries, rules
from engage.opportunities.held import Locked, lock_whole, record, set_aside_cents
from engage.opportunities.models import Opportunity
from engage.panels import actions as panels
from engage.panels import queries as seats_of
from engage.people.models import Person


def cancel(opportunity_id: int, *, by: Person | None, now: datetime) -> Opportunity:
    """End the asking and give back what nobody agreed to; agreed work is paid.

    Whoever had not answered reads what every open question reads after its day.
    """
    with transaction():
        held = lock_whole(opportunity_id)
        _end(held, "cancel", by=by, now=now)
    return held.opportunity


def begin(opportunity_id: int, *, now: datetime) -> None:
    """The first session has begun; work for which nobody was found is over."""
    with transaction():
        held = lock_whole(opportunity_id)
        if not _moves(held, "begin", lambda first, last: first <= now):
            return
        whole = money.full_cents(queries.terms(held.opportunity))
        if set_aside_cents(held) == whole:
            _end(held, "cancel", by=None, now=now)
            return
        opportunity = held.opportunity
        opportunity.status = rules.after(opportunity.status, "begin")
        _end_open_seats(held, by=None, now=now)
        _give_back(held, now=now)
        record("begin", opportunity, held.organization, by=None, now=now)


def finish(opportunity_id: int, *, now: datetime) -> None:
    """The last session is over."""
    with transaction():
        held = lock_whole(opportunity_id)
        if _moves(held, "finish", lambda first, last: last <= now):
            _end(held, "finish", by=None, now=now)


def _moves(
    held: Locked, move: str, is_due: Callable[[datetime, datetime], bool]
) -> bool:
    """Is the move open and its moment there? A job may run twice."""
    spans = [
        (at, at + timedelta(minutes=minutes))
        for at, minutes in queries.sessions(held.opportunity)
    ]
    if (held.opportunity.status, move) not in rules.MOVES or not spans:
        return False
    return is_due(min(spans)[0], max(end for _, end in spans))


def _end(held: Locked, move: str, *, by: Person | None, now: datetime) -> None:
    opportunity = held.opportunity
    was_posted = opportunity.posted_at is not None
    opportunity.status = rules.after(opportunity.status, move)
    if was_posted:
        if held.panel is not None and not claims.is_shared(held.panel, opportunity):
            on = local_day(now, held.organization.zone)
            panels.end(held.panel, on=on, by=by, now=now)
        _end_open_seats(held, by=by, now=now)
        _give_back(held, now=now)
    record(move, opportunity, held.organization, by=by, now=now)


def _end_open_seats(held: Locked, *, by: Person | None, now: datetime) -> None:
    """Seats that nobody holds; on a shared panel those that no other post asks for."""
    if held.panel is None:
        return
    if claims.is_shared(held.panel, held.opportunity):
        role = held.opportunity.seat_role
        claims.balance(held.panel, role=role, hourly_cents=None, by=by, now=now)
        return
    for seat in seats_of.open_survivor_seats(held.panel.id):
        panels.end_seat(held.panel.id, seat.uid, by=by, now=now)


def _give_back(held: Locked, *, now: datetime) -> None:
    if held.line is not None:
        funding.release(
            held.line,
            source=queries.source(held.opportunity),
            stage=Stage.SET_ASIDE,
            now=now,
        )
        post = queries.source(held.opportunity)
        costs.give_back(held.line, post, Stage.SET_ASIDE, now=now)
        db.session.flush()
