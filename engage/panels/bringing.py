"""Bringing in a board that exists: all its seats at once, and none twice."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.organizations.models import Organization
from engage.panels import actions, board_queries, boards, sheet
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatKind
from engage.panels.sheet import Row, Sheet
from engage.panels.voices import record
from engage.people.models import Person


class Brought(NamedTuple):
    panel: Panel
    added: int
    known: int  # seats that were there from an earlier time


def bring_in(
    organization: Organization,
    seats: Sheet,
    *,
    name: str,
    minimum_voices: int,
    by: Person | None = None,
    now: datetime,
) -> Brought:
    """Put the rows on the organization's board of that name, which is made if missing.

    Professionals hold their seats at once. Survivor leaders' seats wait for a yes.
    """
    sheet.check_open(seats, calendar.local_day(now, organization.zone))
    rows = seats.rows
    if not rows or seats.problems:
        raise Refused(N_("Mend the rows below first. Nothing was stored."))
    with transaction():
        lock_one(Organization, organization.id)  # the same name twice is one board
        panel = _board(organization, name, minimum_voices, by=by, now=now)
        known = _keys(panel.id)
        fresh = [
            (row, key)
            for row, key in zip(rows, sheet.keys(rows), strict=True)
            if key not in known
        ]
        for row, key in fresh:
            _add(panel, row, key, by=by, now=now)
        record("bring_in", panel, f"panel:{panel.uid}", by, now)
    return Brought(panel, len(fresh), len(rows) - len(fresh))


def _board(
    organization: Organization,
    name: str,
    minimum_voices: int,
    *,
    by: Person | None,
    now: datetime,
) -> Panel:
    panel = board_queries.named(organization.id, name)
    if panel is None:
        panel = boards.create(
            organization,
            name=name,
            minimum_voices=minimum_voices,
            quorum=None,
            term_months=None,
            most_terms=None,
            by=by,
            now=now,
        )
    return lock_one(Panel, panel.id)


def _keys(panel_id: int) -> set[bytes]:
    return set(
        db.session.scalars(
            sa.select(Seat.import_key).where(
                Seat.panel_id == panel_id, Seat.import_key.is_not(None)
            )
        )
    )


def _add(
    panel: Panel, row: Row, key: bytes, *, by: Person | None, now: datetime
) -> None:
    seat = actions.open_seat(
        panel,
        kind=row.kind,
        role=row.role,
        label=row.label,
        is_awaiting=row.kind is SeatKind.SURVIVOR,
        by=by,
        now=now,
    )
    seat.starts_on, seat.ends_on, seat.import_key = row.starts_on, row.ends_on, key
