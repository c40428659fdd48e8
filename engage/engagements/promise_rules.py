"""Promises of a card: what the rows say of them, and what people in the room said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from engage.core.errors import N_, Refused

FEWEST = 5  # people, before an organization reads how often they said "kept"


class Promise(StrEnum):
    """Lines of the card of which only the people in the room know."""

    SUPPORT_PERSON = "support_person"
    RECORDING = "recording"
    STORY = "story"
    COSTS = "costs"
    INPUT = "input"


@dataclass(frozen=True)
class Count:
    """How often a promise was kept, how often not; what is still to come apart."""

    kept: int = 0
    not_kept: int = 0
    coming: int = 0

    @property
    def all(self) -> int:
        return self.kept + self.not_kept

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.kept + other.kept,
            self.not_kept + other.not_kept,
            self.coming + other.coming,
        )


@dataclass(frozen=True)
class Facts:
    """What Engage itself knows of one or more agreements."""

    paid: Count = Count()
    called_off: Count = Count()
    terms: Count = Count()

    def __add__(self, other: "Facts") -> "Facts":
        return Facts(
            self.paid + other.paid,
            self.called_off + other.called_off,
            self.terms + other.terms,
        )


@dataclass(frozen=True)
class Owed:
    """One payable as its promise is weighed; `due_on` counts a wait that was chosen."""

    worked_on: date
    due_on: date
    paid_on: date | None


def paid_by_promise(payables: Iterable[Owed], today: date) -> Count:
    """Kept when paid on the promised day or before; what is not due yet is to come."""
    total = Count()
    for each in payables:
        if each.paid_on is not None and each.paid_on <= each.due_on:
            total += Count(kept=1)
        elif each.paid_on is None and today <= each.due_on:
            total += Count(coming=1)
        else:
            total += Count(not_kept=1)
    return total


def of_called_off(payables: Iterable[Owed], days: Iterable[date], today: date) -> Count:
    """The same for sessions that were called off too late to lose their pay.

    The day of a payable is the consultant's own, that of a session the organization's.
    """
    ordinals = [day.toordinal() for day in days]
    near = [
        each
        for each in payables
        if any(abs(each.worked_on.toordinal() - day) <= 1 for day in ordinals)
    ]
    return paid_by_promise(near, today)


def unchanged(hashes: Iterable[tuple[str, str]]) -> Count:
    """One agreement's terms, by (hash at the yes, hash now) of each version."""
    is_same = all(then == now for then, now in hashes)
    return Count(kept=1) if is_same else Count(not_kept=1)


def summary(answers: Iterable[tuple[int, bool]]) -> Count | None:
    """What an organization may read of one line: (person, kept), the oldest first.

    Answers are let in by groups of five different people, so that no single new one
    shows; None while there is no such group.
    """
    total, group, people = Count(), Count(), set()
    for person_id, is_kept in answers:
        group += Count(kept=1) if is_kept else Count(not_kept=1)
        people.add(person_id)
        if len(people) >= FEWEST:
            total, group, people = total + group, Count(), set()
    return total if total.all else None


def check_tell(first_session: datetime | None, now: datetime) -> None:
    """Nobody can know before a session has begun."""
    if first_session is None or first_session > now:
        raise Refused(N_("You can say this once a session has begun."))
