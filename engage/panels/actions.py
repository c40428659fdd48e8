from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.organizations.models import Organization
from engage.panels import queries, rules, seated, sheet
from engage.panels.models import CountChoice, Panel, Seat
from engage.panels.rules import SeatKind, SeatRole, SeatStatus
from engage.panels.voices import record, revoice
from engage.people import handing
from engage.people.models import Person


class ProfessionalSeat(NamedTuple):
    """A seat without an account: a role and the organization they come from."""

    role: SeatRole
    label: str
    hourly_cents: int | None = None
    is_salaried_elsewhere: bool = False


def create(
    organization: Organization,
    *,
    name: str,
    minimum_voices: int,
    survivor_seats: int,
    professional_seats: Sequence[ProfessionalSeat] = (),
    first_session_on: date | None,
    by: Person | None,
    now: datetime,
    is_standing: bool = False,
    survivor_role: SeatRole = SeatRole.MEMBER,
    survivor_hourly_cents: int | None = None,
) -> Panel:
    """A panel with its open survivor seats and the professional seats it has."""
    with transaction() as session:
        panel = Panel(
            organization_id=organization.id,
            name=name,
            minimum_voices=max(minimum_voices, rules.LEAST_MINIMUM),
            first_session_on=first_session_on,
            is_standing=is_standing,
            created_at=now,
        )
        session.add(panel)
        session.flush()
        for _ in range(survivor_seats):
            _add_seat(panel, SeatKind.SURVIVOR, survivor_role, survivor_hourly_cents)
        for one in professional_seats:
            seat = _add_seat(
                panel, SeatKind.PROFESSIONAL, one.role, one.hourly_cents, one.label
            )
            seat.is_salaried_elsewhere = one.is_salaried_elsewhere
        revoice(panel, now=now, by=by)
        handing.begin(f"panel:{panel.uid}", organization.id, by=by)
        record("create", panel, f"panel:{panel.uid}", by, now)
    return panel


def open_seat(
    panel: Panel,
    *,
    kind: SeatKind = SeatKind.SURVIVOR,
    role: SeatRole = SeatRole.MEMBER,
    label: str = "",
    hourly_cents: int | None = None,
    is_salaried_elsewhere: bool = False,
    is_awaiting: bool = False,
    by: Person | None,
    now: datetime,
) -> Seat:
    """One seat more, the panel locked by the caller; a professional holds it at once.

    `is_awaiting`: somebody agreed before Engage, and counts once they say yes here.
    """
    with transaction():
        seat = _add_seat(panel, kind, role, hourly_cents, label)
        seat.is_salaried_elsewhere = is_salaried_elsewhere
        if is_awaiting and kind is SeatKind.SURVIVOR:
            seat.status = rules.seat_after(seat.status, "await")
        revoice(panel, now=now, by=by)
        record("open_seat", panel, f"seat:{seat.uid}", by, now)
    return seat


def add_seat(
    panel_id: int, *, by: Person, now: datetime, label: str, **values: Any
) -> Seat:
    """A seat that asks nobody, added by the coordinator."""
    with transaction():
        panel = lock_one(Panel, panel_id)
        if panel.ended_on is not None:
            raise Refused(N_("This group has ended. Nothing changes on it any more."))
        sheet.check_label(values["kind"], label)
        return open_seat(panel, label=label, by=by, now=now, **values)


def take_away_seat(panel_id: int, seat_uid: str, *, by: Person, now: datetime) -> None:
    """Take away a professional's seat, or one that waits for a yes: a post's own
    open seats go with the post."""
    with transaction():
        panel = lock_one(Panel, panel_id)
        seat = queries.seat(panel.id, seat_uid)
        if seat.kind is SeatKind.SURVIVOR and seat.status is not SeatStatus.AWAITING:
            raise NotFound
        end_seat(panel.id, seat.uid, by=by, now=now)


def end_seat(panel_id: int, seat_uid: str, *, by: Person | None, now: datetime) -> Seat:
    """Take away a seat that nobody with an account holds."""
    with transaction():
        panel = lock_one(Panel, panel_id)
        seat = queries.seat(panel.id, seat_uid)
        if seat.person_id is not None:
            raise NotFound
        seat.status = rules.seat_after(seat.status, "end")
        revoice(panel, now=now, by=by)
        record("end_seat", panel, f"seat:{seat.uid}", by, now)
    return seat


def take_seat(
    panel: Panel,
    seat: Seat,
    *,
    person: Person,
    label: str,
    counted: bool,
    by: Person | None,
    now: datetime,
    starts_on: date | None = None,
    until: date | None = None,
) -> None:
    """Let a person hold a seat and count as they chose; the caller locked the panel.

    The seat is theirs from `starts_on`, and on a board with terms at least `until`.
    """
    with transaction():
        held_by, held = person.id, rules.seat_after(seat.status, "hold")
        seat.person_id, seat.status, seat.label = held_by, held, label
        first = starts_on or queries.today_of(panel, now)
        seated.begin(panel, seat, starts_on=first, until=until)
        _set_choice(panel.id, person.id, counted)
        revoice(panel, now=now, by=by)


def stay(
    panel: Panel,
    *,
    person: Person,
    counted: bool,
    by: Person | None,
    now: datetime,
) -> None:
    """More work in a seat that somebody has; they count as their last yes says."""
    with transaction():
        _set_choice(panel.id, person.id, counted)
        revoice(panel, now=now, by=by)


def free_seat(
    panel: Panel, seat: Seat, *, by: Person | None, now: datetime, is_end: bool = False
) -> None:
    """Open the seat again, or end it with its term; the caller locked the panel."""
    with transaction() as session:
        person_id = seat.person_id
        seated.close(seat, queries.today_of(panel, now))
        seat.status = rules.seat_after(seat.status, "end" if is_end else "free")
        seat.person_id, seat.label = None, ""
        session.flush()
        if person_id is not None and not queries.holds_seat(panel.id, person_id):
            session.execute(
                sa.delete(CountChoice).where(
                    CountChoice.panel_id == panel.id,
                    CountChoice.person_id == person_id,
                )
            )
        revoice(panel, now=now, by=by, has_left=True)


def choose(panel_id: int, *, counted: bool, by: Person, now: datetime) -> None:
    """The person's own choice to be a survivor voice here, or not to be one."""
    with transaction():
        panel = lock_one(Panel, panel_id)
        if not queries.holds_seat(panel.id, by.id):
            raise NotFound
        _set_choice(panel.id, by.id, counted)
        revoice(panel, now=now, by=by)
        audit.record(
            "panel.choose",
            subject=by.subject,
            thing=f"panel:{panel.uid}",
            by=by,
            now=now,
        )


def set_first_session(
    panel: Panel, on: date | None, *, by: Person | None, now: datetime
) -> None:
    """Keep the day from which forming is counted; the caller locked the panel."""
    with transaction():
        panel.first_session_on = on
        revoice(panel, now=now, by=by)


def end(panel: Panel, *, on: date, by: Person | None, now: datetime) -> None:
    """Note that the panel's work is over: its flags ask for nothing any more."""
    with transaction():
        panel.ended_on = on
        record("end", panel, f"panel:{panel.uid}", by, now)


def _add_seat(
    panel: Panel,
    kind: SeatKind,
    role: SeatRole,
    hourly_cents: int | None,
    label: str = "",
) -> Seat:
    seat = Seat(
        panel_id=panel.id,
        kind=kind,
        role=role,
        status=SeatStatus.OPEN,
        label=label,
        hourly_cents=hourly_cents,
        is_salaried_elsewhere=False,
    )
    if kind is SeatKind.PROFESSIONAL:
        seat.status = rules.seat_after(seat.status, "hold")
    db.session.add(seat)
    db.session.flush()
    return seat


def _set_choice(panel_id: int, person_id: int, counted: bool) -> None:
    choice = queries.choice(panel_id, person_id)
    if choice is None:
        choice = CountChoice(panel_id=panel_id, person_id=person_id)
        db.session.add(choice)
    choice.is_counted = counted
