from collections.abc import Iterable
from dataclasses import dataclass

from engage.panels.rules import SeatKind, SeatRole


@dataclass(frozen=True)
class SeatPay:
    """None is pay that is not known yet; 0 is a seat that pays nothing."""

    seat_id: int
    kind: SeatKind
    role: SeatRole
    hourly_cents: int | None
    is_salaried_elsewhere: bool = False


@dataclass(frozen=True)
class ParityGap:
    seat_id: int
    role: SeatRole
    hourly_cents: int
    professional_cents: int


def parity_gaps(seats: Iterable[SeatPay]) -> list[ParityGap]:
    """Survivor seats paid less per hour than the best paid professional of the role."""
    paid = [
        (seat, seat.hourly_cents)
        for seat in seats
        if seat.hourly_cents is not None and not seat.is_salaried_elsewhere
    ]
    best: dict[SeatRole, int] = {}
    for seat, cents in paid:
        if seat.kind is SeatKind.PROFESSIONAL:
            best[seat.role] = max(cents, best.get(seat.role, 0))
    return [
        ParityGap(seat.seat_id, seat.role, cents, best[seat.role])
        for seat, cents in paid
        if seat.kind is SeatKind.SURVIVOR and cents < best.get(seat.role, 0)
    ]
