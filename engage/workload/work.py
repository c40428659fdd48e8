from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engage.workload.minutes import Session


@dataclass(frozen=True)
class Pay:
    """Cents of one local work day, and the day by which they should arrive."""

    worked_on: date
    due_on: date
    cents: int


@dataclass(frozen=True)
class Work:
    """All of one piece of work that somebody's own limits weigh."""

    sessions: Sequence[Session]
    is_story_near: bool = False
    pay: Sequence[Pay] = ()
