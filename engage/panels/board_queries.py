"""Boards that go on: their terms, who may come, whose term ends soon."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import NotFound
from engage.organizations.models import Organization
from engage.organizations.rules import OrganizationStatus
from engage.panels import terms
from engage.panels.models import Panel, Seat, Term
from engage.panels.rules import SeatKind, SeatStatus
from engage.panels.terms import HeldBy, Span
from engage.people.models import Alias


class Ending(NamedTuple):
    """A seat whose term ends soon, and how many terms in a row its holder has had.

    `in_a_row` is 0 for a professional, and while a name is kept back.
    """

    seat: Seat
    in_a_row: int


def boards_of(places: Collection[int]) -> list[Panel]:
    """Boards that go on of these organizations, by name."""
    return list(
        db.session.scalars(
            sa.select(Panel)
            .where(
                Panel.organization_id.in_(places),
                Panel.is_standing,
                Panel.ended_on.is_(None),
            )
            .order_by(Panel.name, Panel.id)
        )
    )


def board(places: Collection[int], uid: str) -> Panel:
    """One of them; NotFound when it is another's, has ended, or is no board."""
    found = [each for each in boards_of(places) if each.uid == uid]
    if not found:
        raise NotFound
    return found[0]


def named(organization_id: int, name: str) -> Panel | None:
    """The organization's board of that name."""
    return db.session.scalar(
        sa.select(Panel)
        .where(
            Panel.organization_id == organization_id,
            Panel.is_standing,
            Panel.ended_on.is_(None),
            sa.func.lower(Panel.name) == name.strip().lower(),
        )
        .order_by(Panel.id)
        .limit(1)
    )


def homes(places: Collection[int]) -> list[Organization]:
    """Organizations for which a board may be made."""
    return list(
        db.session.scalars(
            sa.select(Organization)
            .where(
                Organization.id.in_(places),
                Organization.status == OrganizationStatus.ACTIVE,
            )
            .order_by(Organization.name)
        )
    )


def home(named_or_uid: str) -> Organization | None:
    """An organization by its name or uid, for a command."""
    return db.session.scalar(
        sa.select(Organization).where(
            sa.or_(Organization.uid == named_or_uid, Organization.name == named_or_uid),
            Organization.status == OrganizationStatus.ACTIVE,
        )
    )


def seat_names(panel: Panel) -> dict[int, str]:
    """What the organization calls each seat's holder now, by seat: a name that its
    person has changed since they took the seat is gone here too."""
    here = sa.and_(
        Alias.person_id == Seat.person_id,
        Alias.organization_id == panel.organization_id,
    )
    rows = db.session.execute(
        sa.select(Seat.id, sa.func.coalesce(Alias.name, Seat.label))
        .outerjoin(Alias, here)
        .where(Seat.panel_id == panel.id)
    )
    return {seat_id: name for seat_id, name in rows}


def may_come(seats: Collection[Seat], hidden: Collection[int] = ()) -> int:
    """How many people and professionals hold a seat now.

    Each of the `hidden` seats counts by itself: whether its holder has another one
    would tell whose yes is kept back.
    """
    return terms.holders(
        [
            HeldBy(seat.id, None if seat.id in hidden else seat.person_id)
            for seat in seats
            if seat.status is SeatStatus.HELD
        ]
    )


def terms_in_a_row(
    panel_id: int, today: date, *, without: Collection[int] = ()
) -> dict[int, int]:
    """By person, terms that follow one another up to now.

    `without` are seats whose holder the organization does not know by name yet.
    """
    rows = db.session.execute(
        sa.select(
            Term.person_id, Term.seat_id, Term.starts_on, Term.ends_on, Term.ended_on
        ).where(Term.panel_id == panel_id)
    )
    spans: dict[int, list[Span]] = defaultdict(list)
    for person_id, seat_id, starts_on, ends_on, ended_on in rows:
        if seat_id not in without:
            spans[person_id].append(Span(starts_on, ended_on or ends_on))
    return {person_id: terms.in_a_row(own, today) for person_id, own in spans.items()}


def ending_soon(
    panel: Panel, seats: Collection[Seat], today: date, hidden: Collection[int]
) -> list[Ending]:
    """Seats whose term ends in the next two months, the first to end first."""
    soon = [seat for seat in seats if terms.is_soon(seat.ends_on, today)]
    counts = terms_in_a_row(panel.id, today, without=hidden)
    return [
        Ending(
            seat,
            0
            if seat.id in hidden or seat.person_id is None
            else counts.get(seat.person_id, 0),
        )
        for seat in sorted(soon, key=lambda seat: (seat.ends_on or today, seat.id))
    ]


def past_term(now: datetime) -> list[int]:
    """Ids of seats of boards whose last day is over where the organization is."""
    rows = db.session.execute(
        sa.select(Seat.id, Seat.ends_on, Organization.zone)
        .join(Panel, Panel.id == Seat.panel_id)
        .join(Organization, Organization.id == Panel.organization_id)
        .where(
            Panel.is_standing,
            Seat.status.in_({SeatStatus.HELD, SeatStatus.AWAITING}),
            Seat.ends_on < (now + timedelta(days=1)).date(),
        )
        .order_by(Seat.panel_id, Seat.id)
    )
    return [
        seat_id
        for seat_id, ends_on, zone in rows
        if ends_on < calendar.local_day(now, zone)
    ]


def survivor_terms_ending(panel_id: int, today: date) -> int:
    """How many survivor leaders' terms end soon, to be asked for again."""
    return int(
        db.session.scalar(
            sa.select(sa.func.count(Seat.id)).where(
                Seat.panel_id == panel_id,
                Seat.kind == SeatKind.SURVIVOR,
                Seat.status == SeatStatus.HELD,
                Seat.ends_on <= today + terms.SOON,
            )
        )
        or 0
    )


def awaiting(panel_id: int) -> int:
    """How many seats wait for the yes of somebody who agreed before Engage."""
    return int(
        db.session.scalar(
            sa.select(sa.func.count(Seat.id)).where(
                Seat.panel_id == panel_id, Seat.status == SeatStatus.AWAITING
            )
        )
        or 0
    )
