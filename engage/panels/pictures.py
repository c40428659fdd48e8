"""A panel as its coordinator's pages show it: states, flags, gaps; never who counts."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from engage.core import calendar
from engage.panels import board_queries, parity, queries, rules, terms
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
    worst = worst_gaps(seats)
    notes = queries.parity_notes(panel.id) if worst else {}
    return [
        Gap(gap.role, gap.hourly_cents, gap.professional_cents, notes.get(gap.role))
        for gap in worst
    ]


def worst_gaps(seats: Sequence[Seat]) -> list[parity.ParityGap]:
    """For each role with a difference, the survivor seat that is paid least."""
    least: dict[SeatRole, parity.ParityGap] = {}
    for gap in parity.parity_gaps(_pay(seat) for seat in seats):
        if gap.role not in least or gap.hourly_cents < least[gap.role].hourly_cents:
            least[gap.role] = gap
    return list(least.values())


def unequal(panel_ids: Collection[int]) -> set[int]:
    """Which of these panels pay a survivor seat less than a professional one."""
    found = queries.paid_seats(panel_ids)
    return {panel_id for panel_id, seats in found.items() if has_gap(seats)}


def has_gap(seats: Sequence[Seat]) -> bool:
    return bool(parity.parity_gaps(_pay(seat) for seat in seats))


class Board(NamedTuple):
    """What a board that goes on asks for: `missing` seats for its quorum, 0 if none.

    `ending` are terms that end soon, `most_terms` its own limit in a row.
    """

    may_come: int
    missing: int
    ending: list[board_queries.Ending]

    @property
    def to_ask(self) -> int:
        return sum(one.seat.kind is SeatKind.SURVIVOR for one in self.ending)


def board(
    panel: Panel, seats: Sequence[Seat], today: date, hidden: Collection[int]
) -> Board | None:
    """None for a panel whose work has an end of its own."""
    ending = board_queries.ending_soon(panel, seats, today, hidden)
    if not panel.is_standing:
        return None
    may_come = board_queries.may_come(seats)
    missing = terms.missing_for_quorum(may_come, panel.quorum)
    return Board(may_come, missing, ending)


def _pay(seat: Seat) -> parity.SeatPay:
    return parity.SeatPay(
        seat.id, seat.kind, seat.role, seat.hourly_cents, seat.is_salaried_elsewhere
    )


def has_salaried(seats: Sequence[Seat]) -> bool:
    """Is somebody's pay left out of the comparison, since their employer pays them?"""
    return any(
        seat.is_salaried_elsewhere and seat.kind is SeatKind.PROFESSIONAL
        for seat in seats
    )
