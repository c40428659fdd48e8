from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engage.core import calendar
from engage.workload.minutes import Session


@dataclass(frozen=True)
class Pay:
    """Cents of one local work day, and the day by which they should arrive.

    `worked_on` is where the organization is; with `starts_at` the work counts on the
    day where the consultant lives.
    """

    worked_on: date
    due_on: date
    cents: int
    starts_at: datetime | None = None
    payer_id: int | None = None

    def day(self, zone: str) -> date:
        if self.starts_at is None:
            return self.worked_on
        return calendar.local_day(self.starts_at, zone)


@dataclass(frozen=True)
class Work:
    """All of one piece of work that somebody's own limits weigh."""

    sessions: Sequence[Session]
    is_story_near: bool = False
    pay: Sequence[Pay] = ()
