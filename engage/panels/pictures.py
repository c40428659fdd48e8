"""A panel as its coordinator's pages show it: states, flags, gaps; never who counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from engage.core import calendar
from engage.panels import parity, queries, rules
from engage.panels.models import Panel, ParityNote, Seat, VoiceFlag
from engage.panels.rules import SeatKind, SeatRole, SeatStatus, VoiceState

ASKED = frozenset({SeatStatus.OPEN, SeatStatus.AWAITING})


class Voice(NamedTuple):
    """`words` is a msgid, `flag` the open one; a forming panel asks for no plan."""

    state: VoiceState
    words: str
    forming: bool
    asks_plan: bool
    flag: VoiceFlag | None


class Gap(NamedTuple):
    role: SeatRole
    least_cents: int
    professional_cents: int
    note: ParityNote | None


def voices(panels: Sequence[Panel], now: datetime) -> dict[int, Voice | None]:
    """The voice of each panel in words; None where one person works alone."""
    ids = [panel.id for panel in panels]
    held, flags = queries.held_by_panel(ids), queries.open_flags(ids)
    counts = queries.seat_counts(ids)
    found: dict[int, Voice | None] = {}
    for panel in panels:
        seats, _, asked = counts[panel.id]
        flag = flags.get(panel.id)
        state = rules.voice(held[panel.id], panel.minimum_voices)
        today = calendar.local_day(now, panel.organization.zone)
        forming = rules.is_forming(asked, panel.first_session_on, today)
        found[panel.id] = None
        if flag is not None or rules.is_panel(seats):
            words = rules.sentence_for(state, forming)
            asks = rules.needs_plan(state, forming) and panel.ended_on is None
            found[panel.id] = Voice(state, words, forming, asks, flag)
    return found


def gaps(panel: Panel, seats: Sequence[Seat]) -> list[Gap]:
    """Roles in which a survivor seat is paid less than a professional one."""
    pay = [
        parity.SeatPay(
            seat.id, seat.kind, seat.role, seat.hourly_cents, seat.is_salaried_elsewhere
        )
        for seat in seats
    ]
    least: dict[SeatRole, parity.ParityGap] = {}
    for gap in parity.parity_gaps(pay):
        if gap.role not in least or gap.hourly_cents < least[gap.role].hourly_cents:
            least[gap.role] = gap
    notes = queries.parity_notes(panel.id) if least else {}
    return [
        Gap(role, gap.hourly_cents, gap.professional_cents, notes.get(role))
        for role, gap in least.items()
    ]


def has_salaried(seats: Sequence[Seat]) -> bool:
    """Is somebody's pay left out of the comparison, since their employer pays them?"""
    return any(
        seat.is_salaried_elsewhere and seat.kind is SeatKind.PROFESSIONAL
        for seat in seats
    )
