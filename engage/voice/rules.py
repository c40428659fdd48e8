from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

from engage.core.errors import N_, Refused

MOST_OPEN = 5
KEPT_DAYS = 2 * 365


class GrievanceStatus(StrEnum):
    SENT = "sent"
    TAKEN_UP = "taken_up"
    ANSWERED = "answered"
    ENDED = "ended"


class Rank(StrEnum):
    """Who reads it, in this order, as far as somebody is there."""

    COORDINATOR = "coordinator"
    STAFF = "staff"
    ADMINISTRATOR = "administrator"


class Reader(NamedTuple):
    """Somebody of the staff who could read it."""

    person_id: int
    uid: str
    name: str
    rank: Rank


MOVES: dict[tuple[GrievanceStatus, str], GrievanceStatus] = {
    (GrievanceStatus.SENT, "take_up"): GrievanceStatus.TAKEN_UP,
    (GrievanceStatus.SENT, "answer"): GrievanceStatus.ANSWERED,
    (GrievanceStatus.TAKEN_UP, "answer"): GrievanceStatus.ANSWERED,
    (GrievanceStatus.ANSWERED, "answer"): GrievanceStatus.ANSWERED,
    (GrievanceStatus.SENT, "pass_on"): GrievanceStatus.SENT,
    (GrievanceStatus.TAKEN_UP, "pass_on"): GrievanceStatus.SENT,
    (GrievanceStatus.ANSWERED, "pass_on"): GrievanceStatus.SENT,
    (GrievanceStatus.SENT, "end"): GrievanceStatus.ENDED,
    (GrievanceStatus.TAKEN_UP, "end"): GrievanceStatus.ENDED,
    (GrievanceStatus.ANSWERED, "end"): GrievanceStatus.ENDED,
}
ORDER = tuple(Rank)


def after(status: GrievanceStatus, move: str) -> GrievanceStatus:
    """The status after a move; refuses a move that the table does not have."""
    if (status, move) not in MOVES:
        raise Refused(
            N_("This has changed since you opened the page. Look at it again.")
        )
    return MOVES[status, move]


def route(there: Iterable[Reader], skipped: Collection[int]) -> list[Reader]:
    """Who may read it, the nearest first; nobody whom it is about, or who is near.

    Somebody with two roles stands where the nearer one puts them.
    """
    found: dict[int, Reader] = {}
    for reader in sorted(there, key=lambda each: (ORDER.index(each.rank), each.name)):
        if reader.person_id not in skipped:
            found.setdefault(reader.person_id, reader)
    return list(found.values())


def chosen(readers: Iterable[Reader], uid: str) -> Reader:
    """The one whom its writer saw and chose; refused once they may not read it."""
    for reader in readers:
        if reader.uid == uid:
            return reader
    raise Refused(
        N_("Choose who should read it. The list may have changed."), field="reader"
    )


def check_pace(open_now: int) -> None:
    if open_now >= MOST_OPEN:
        raise Refused(
            N_("You have %(most)s open ones. End one of them first."), most=MOST_OPEN
        )
