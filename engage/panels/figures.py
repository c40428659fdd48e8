"""Flags and differences in pay of an organization's panels, line by line."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core import calendar
from engage.core.db import db
from engage.core.spreadsheet import Cell, dollars
from engage.panels import pictures, queries
from engage.panels.models import Panel, ParityNote, VoiceFlag

Row = list[Cell]


def rows(places: Collection[int], words: Mapping[str, str], now: datetime) -> list[Row]:
    """Every flag that was more than forming, then every difference in pay."""
    return [*_flags(places, words, now), *_gaps(places, words)]


def _flags(
    places: Collection[int], words: Mapping[str, str], now: datetime
) -> Iterator[Row]:
    found = db.session.scalars(
        sa.select(VoiceFlag)
        .join(Panel, Panel.id == VoiceFlag.panel_id)
        .where(
            Panel.organization_id.in_(places),
            sa.or_(VoiceFlag.told_at.is_not(None), VoiceFlag.answered_at.is_not(None)),
        )
        .options(joinedload(VoiceFlag.panel).joinedload(Panel.organization))
        .order_by(VoiceFlag.raised_at, VoiceFlag.id)
    )
    for flag in found:
        place = flag.panel.organization
        cleared = flag.cleared_at
        yield [
            place.name,
            flag.panel.name,
            words[flag.state],
            words[flag.status],
            calendar.local_day(flag.raised_at, place.zone),
            calendar.local_day(cleared, place.zone) if cleared else None,
            flag.plan,
            flag.plan_by,
            None,
            None,
            None,
        ]


def _gaps(places: Collection[int], words: Mapping[str, str]) -> Iterator[Row]:
    panels = db.session.scalars(
        queries.all_of(places).where(Panel.ended_on.is_(None))
    ).all()
    seats = queries.paid_seats([panel.id for panel in panels])
    unequal = [panel for panel in panels if pictures.has_gap(seats[panel.id])]
    notes = {
        (note.panel_id, note.role): note
        for note in db.session.scalars(
            sa.select(ParityNote).where(
                ParityNote.panel_id.in_([panel.id for panel in unequal])
            )
        )
    }
    for panel in unequal:
        for gap in pictures.worst_gaps(seats[panel.id]):
            note = notes.get((panel.id, gap.role))
            yield [
                panel.organization.name,
                panel.name,
                words["pay"],
                words[gap.role],
                note.noted_on if note else None,
                None,
                None,
                None,
                dollars(gap.hourly_cents),
                dollars(gap.professional_cents),
                note.reason if note else None,
            ]
