from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How much sample data; a year of work of a task force, a state, a nation."""

    organizations: int
    payers: int
    coordinators: int
    finance: int
    consultants: int
    boards: int
    opportunities: int
    professional_seats: tuple[int, int]


SIZES = {
    "small": Size(12, 1, 6, 2, 12, 6, 60, (3, 6)),
    "state": Size(60, 4, 90, 15, 120, 60, 640, (3, 12)),
    "national": Size(300, 12, 600, 80, 400, 300, 4000, (3, 12)),
}
