from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from engage.simulate.assumptions import FIRST_WEEKDAY, ZONE
from engage.simulate.demand import Consultant, Demand
from engage.workload.rules import (
    Activity,
    Pause,
    Piece,
    Standing,
    StoryDays,
    fits_windows,
    is_paused,
    load_of,
)

KEPT = timedelta(days=40)
LOOKED_BACK = timedelta(days=100)
MONTH, QUARTER = timedelta(days=30), timedelta(days=90)


@dataclass(frozen=True)
class Held:
    """One piece of work in a diary; `days` are those with other people."""

    pieces: Sequence[Piece]
    days: tuple[date, ...]
    is_story_near: bool


@dataclass
class Diary:
    """One person's year in one of the two worlds, as their own limits weigh it."""

    person: Consultant
    load: dict[date, int] = field(default_factory=dict)
    past: Counter[date] = field(default_factory=Counter)
    held: dict[int, Held] = field(default_factory=dict)
    asked: list[date] = field(default_factory=list)
    tidied: date = date.min
    open_on: date | None = None
    is_open: bool = False

    def standing(self, today: date) -> Standing:
        if today - self.tidied > KEPT:
            self._tidy(today)
        held = self.held.values()
        return Standing(
            zone=ZONE,
            first_weekday=FIRST_WEEKDAY,
            limits=self.person.limits,
            load=self.load,
            engagements_now=sum(one.days[-1] >= today for one in held),
            asks_30d=self.asks_since(today - MONTH),
            windows=self.person.windows,
            pause=self.pause_on(today),
            story=StoryDays(
                story_days=tuple(one.days[-1] for one in held if one.is_story_near),
                session_days=tuple(day for one in held for day in one.days),
            ),
        )

    def pause_on(self, today: date) -> Pause | None:
        """A pause is known from the day it begins; who is paused does not answer."""
        return self.person.pause if is_paused(self.person.pause, today) else None

    def asks_since(self, day: date) -> int:
        return len(self.asked) - bisect_right(self.asked, day)

    def ask(self, today: date) -> None:
        self.asked.append(today)
        self.open_on = None

    def hold(self, demand: Demand, pieces: Sequence[Piece]) -> None:
        days = {p.day for p in pieces if p.activity is not Activity.PREPARATION}
        held = Held(pieces, tuple(sorted(days)), demand.work.is_story_near)
        self.held[demand.id] = held
        self.load = load_of(pieces, self.load)
        self.open_on = None

    def release(self, demand: Demand) -> None:
        for piece in self.held.pop(demand.id).pieces:
            self.load[piece.day] -= piece.minutes
        self.open_on = None

    def whole(self) -> dict[date, int]:
        """Minutes of each day from the beginning on."""
        return dict(self.past + Counter(self.load))

    def _tidy(self, today: date) -> None:
        """Put away what no limit looks back at any more, so that it costs no time."""
        self.tidied = today
        for day in [day for day in self.load if day < today - KEPT]:
            self.past[day] += self.load.pop(day)
        over = today - LOOKED_BACK
        self.held = {of: one for of, one in self.held.items() if one.days[-1] >= over}


def keeps_away(person: Consultant, demand: Demand) -> bool:
    return person.filters.keeps_away(
        demand.organization,
        law_enforcement=demand.law_enforcement,
        travel=demand.travel,
    )


def suits(person: Consultant, demand: Demand) -> bool:
    """Within the person's own times, and not what they keep away."""
    return not keeps_away(person, demand) and fits_windows(
        demand.work.sessions, ZONE, person.windows, ()
    )
