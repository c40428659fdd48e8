from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import NotFound
from engage.core.scope import unscoped
from engage.organizations.models import Organization
from engage.panels import rules
from engage.panels.models import CountChoice, Panel, ParityNote, Seat, VoiceFlag
from engage.panels.rules import FlagStatus, HeldSeat, SeatKind, SeatRole, SeatStatus
from engage.people.models import Person


class Voices(NamedTuple):
    counted: int
    held: int
    seats: int


def page(places: Collection[int], uid: str) -> Panel:
    """A panel of one of these organizations; NotFound when it is another's."""
    panel = db.session.scalar(
        sa.select(Panel)
        .where(Panel.uid == uid, Panel.organization_id.in_(places))
        .options(joinedload(Panel.organization))
    )
    if panel is None:
        raise NotFound
    return panel


def all_of(places: Collection[int]) -> Any:
    """Panels of these organizations, newest first, for a paged list."""
    return (
        sa.select(Panel)
        .where(Panel.organization_id.in_(places))
        .options(joinedload(Panel.organization))
        .order_by(Panel.created_at.desc(), Panel.id.desc())
    )


def own_panel(person: Person, uid: str) -> Panel:
    """A panel on which this person holds a seat."""
    panel = db.session.scalar(
        sa.select(Panel).where(
            Panel.uid == uid,
            Panel.id.in_(sa.select(Seat.panel_id).where(Seat.person_id == person.id)),
        )
    )
    if panel is None:
        raise NotFound
    return panel


def seat(panel_id: int, uid: str) -> Seat:
    found = db.session.scalar(
        sa.select(Seat).where(Seat.panel_id == panel_id, Seat.uid == uid)
    )
    if found is None:
        raise NotFound
    return found


def live_seats(panel_id: int) -> list[Seat]:
    """Seats that have not ended, in the order in which they were opened."""
    return list(
        db.session.scalars(
            sa.select(Seat)
            .where(Seat.panel_id == panel_id, Seat.status != SeatStatus.ENDED)
            .order_by(Seat.id)
        )
    )


def seats_ever(panel_id: int) -> int:
    """How many seats the panel has or had."""
    return int(
        db.session.scalar(
            sa.select(sa.func.count(Seat.id)).where(Seat.panel_id == panel_id)
        )
        or 0
    )


def open_survivor_seats(panel_id: int) -> list[Seat]:
    """Seats that a yes may take: those kept for somebody first, then open ones."""
    return [
        each
        for each in live_seats(panel_id)
        if each.kind is SeatKind.SURVIVOR and each.status is SeatStatus.OPEN
    ]


def held_by_panel(panel_ids: Collection[int]) -> dict[int, list[HeldSeat]]:
    """What the voice rule asks for, for many panels in one query."""
    query = (
        sa.select(Seat.panel_id, Seat.person_id, CountChoice.is_counted, Seat.role)
        .outerjoin(
            CountChoice,
            sa.and_(
                CountChoice.panel_id == Seat.panel_id,
                CountChoice.person_id == Seat.person_id,
            ),
        )
        .where(Seat.panel_id.in_(panel_ids), Seat.status == SeatStatus.HELD)
    )
    with unscoped("a panel's warning counts choices, and shows no one of them"):
        rows = db.session.execute(query).all()
    held: dict[int, list[HeldSeat]] = {panel_id: [] for panel_id in panel_ids}
    for panel_id, person_id, counted, role in rows:
        held[panel_id].append(HeldSeat(person_id, bool(counted), role))
    return held


def held_seats(panel_id: int) -> list[HeldSeat]:
    return held_by_panel([panel_id])[panel_id]


def voices(panel_id: int) -> Voices:
    """(counted people, held seats, seats) of one panel."""
    held = held_seats(panel_id)
    return Voices(len(rules.counted_voices(held)), len(held), len(live_seats(panel_id)))


def choice(panel_id: int, person_id: int) -> CountChoice | None:
    return db.session.scalar(
        sa.select(CountChoice).where(
            CountChoice.panel_id == panel_id, CountChoice.person_id == person_id
        )
    )


def holds_seat(panel_id: int, person_id: int) -> bool:
    return (
        db.session.scalar(
            sa.select(Seat.id)
            .where(Seat.panel_id == panel_id, Seat.person_id == person_id)
            .limit(1)
        )
        is not None
    )


def open_flag(panel_id: int) -> VoiceFlag | None:
    return db.session.scalar(
        sa.select(VoiceFlag).where(
            VoiceFlag.panel_id == panel_id, VoiceFlag.status != FlagStatus.CLEARED
        )
    )


def open_flags(panel_ids: Collection[int]) -> dict[int, VoiceFlag]:
    rows = db.session.scalars(
        sa.select(VoiceFlag).where(
            VoiceFlag.panel_id.in_(panel_ids), VoiceFlag.status != FlagStatus.CLEARED
        )
    )
    return {flag.panel_id: flag for flag in rows}


def flags(panel_id: int) -> list[VoiceFlag]:
    """Every flag of a panel, the newest first."""
    return list(
        db.session.scalars(
            sa.select(VoiceFlag)
            .where(VoiceFlag.panel_id == panel_id)
            .order_by(VoiceFlag.raised_at.desc(), VoiceFlag.id.desc())
        )
    )


def parity_notes(panel_id: int) -> dict[SeatRole, ParityNote]:
    """Reasons that were given for a difference in pay, by role."""
    rows = db.session.scalars(
        sa.select(ParityNote).where(ParityNote.panel_id == panel_id)
    )
    return {note.role: note for note in rows}


def seat_counts(panel_ids: Collection[int]) -> dict[int, tuple[int, int, int]]:
    """(live seats, held, survivor seats still asked for) of many panels."""
    held = sa.case((Seat.status == SeatStatus.HELD, 1), else_=0)
    asked = sa.case(
        (
            sa.and_(
                Seat.kind == SeatKind.SURVIVOR,
                Seat.status.in_({SeatStatus.OPEN, SeatStatus.AWAITING}),
            ),
            1,
        ),
        else_=0,
    )
    rows = db.session.execute(
        sa.select(Seat.panel_id, sa.func.count(), sa.func.sum(held), sa.func.sum(asked))
        .where(Seat.panel_id.in_(panel_ids), Seat.status != SeatStatus.ENDED)
        .group_by(Seat.panel_id)
    )
    found = dict.fromkeys(panel_ids, (0, 0, 0))
    for panel_id, seats, taken, open_ in rows:
        found[panel_id] = (int(seats), int(taken), int(open_))
    return found


def paid_seats(panel_ids: Collection[int]) -> dict[int, list[Seat]]:
    """Live seats whose pay is known, of many panels in one query."""
    found: dict[int, list[Seat]] = {panel_id: [] for panel_id in panel_ids}
    rows = sa.select(Seat).where(
        Seat.panel_id.in_(panel_ids),
        Seat.status != SeatStatus.ENDED,
        Seat.hourly_cents.is_not(None),
    )
    for each in db.session.scalars(rows.order_by(Seat.id)):
        found[each.panel_id].append(each)
    return found


def panels_with_open_flag() -> list[int]:
    """Ids of panels whose work goes on and whose flag is not cleared."""
    return list(
        db.session.scalars(
            sa.select(VoiceFlag.panel_id)
            .join(Panel, Panel.id == VoiceFlag.panel_id)
            .where(VoiceFlag.status != FlagStatus.CLEARED, Panel.ended_on.is_(None))
            .order_by(VoiceFlag.panel_id)
        )
    )


def today_of(panel: Panel, now: datetime) -> date:
    """The day where the panel's organization is."""
    organization = db.session.get_one(Organization, panel.organization_id)
    return calendar.local_day(now, organization.zone)
