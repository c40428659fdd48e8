"""One seeded year: who is there, and what is asked for; the same for both sides."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from engage.core import calendar
from engage.demo.words import WORK
from engage.demo.words import Work as Kind
from engage.simulate.assumptions import DAYS, FIRST_DAY, ZONE, Assumptions
from engage.workload.filters import Filters
from engage.workload.rules import Limits, Pause, Session, Window, Work

BOARD, *SINGLE = WORK
BOARD_MONTHS = 6
START_HOURS = (10, 13, 14, 15, 16)


@dataclass(frozen=True)
class Consultant:
    """What is so of a person whoever asks; `fame` is how well known the name is."""

    id: int
    limits: Limits
    windows: tuple[Window, ...]
    pause: Pause | None
    filters: Filters
    is_counted: bool
    fame: float


@dataclass(frozen=True)
class Demand:
    """One piece of work that somebody wants done; draws in [0, 1) are its author's."""

    id: int
    organization: int
    posted_at: datetime
    work: Work
    minutes: int
    seats: int
    is_panel: bool
    minimum: int
    law_enforcement: bool
    travel: bool
    heeds: float
    names: float

    @property
    def begins(self) -> datetime:
        return self.work.sessions[0].starts_at


@dataclass(frozen=True)
class Year:
    seed: int
    given: Assumptions
    people: tuple[Consultant, ...]
    demands: tuple[Demand, ...]
    known: tuple[tuple[int, ...], ...]


def draw(given: Assumptions, seed: int) -> Year:
    """The same seed gives the same year."""
    chance = Random(seed)  # noqa: S311 - a simulation, no secret
    people = tuple(_person(given, chance, number) for number in range(given.people))
    known = tuple(_known(chance, people) for _ in range(given.organizations))
    return Year(seed, given, people, tuple(_demands(given, chance)), known)


def _person(given: Assumptions, chance: Random, number: int) -> Consultant:
    return Consultant(
        number,
        _limits(chance) if given.has_limits else Limits(),
        _windows(given, chance) if given.has_limits else (),
        _pause(given, chance),
        _filters(given, chance) if given.has_limits else Filters(),
        chance.random() < given.counts,
        chance.lognormvariate(0, given.fame),
    )


def _limits(chance: Random) -> Limits:
    hours = min(20, max(2, round(chance.gauss(8, 4))))
    return Limits(
        week_minutes=hours * 60,
        month_minutes=hours * 60 * 3,
        at_once=chance.choice((2, 3, 4, None)),
        invitations_30=chance.choice((4, 6, 8, None)),
        notice_days=chance.choice((0, 2, 3, 5)),
        story_90=chance.choice((1, 2)),
        rest_days=chance.choice((None, 1, 2)),
    )


def _windows(given: Assumptions, chance: Random) -> tuple[Window, ...]:
    if chance.random() >= given.has_windows:
        return ()
    return tuple(Window(day, 9 * 60, 18 * 60) for day in chance.sample(range(5), 3))


def _pause(given: Assumptions, chance: Random) -> Pause | None:
    if chance.random() >= given.is_paused_in_the_year:
        return None
    if given.is_paused_in_the_year == 1:
        return Pause(FIRST_DAY)
    first = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
    return Pause(first, first + timedelta(days=chance.randrange(14, 64)))


def _filters(given: Assumptions, chance: Random) -> Filters:
    away = chance.randrange(given.organizations) if chance.random() < 0.1 else None
    return Filters(
        organizations=set() if away is None else {away},
        law_enforcement=chance.random() < 0.1,
        travel=chance.random() < 0.1,
    )


def _known(chance: Random, people: tuple[Consultant, ...]) -> tuple[int, ...]:
    """Whom one organization knows by name: the well-known more often than others."""
    many = min(len(people), chance.randint(20, 45))
    # The largest of u ** (1 / weight) are a weighted draw without putting back.
    ranked = sorted(people, key=lambda one: -(chance.random() ** (1 / one.fame)))
    return tuple(one.id for one in ranked[:many])


def _demands(given: Assumptions, chance: Random) -> Iterator[Demand]:
    for number in range(given.posts):
        is_board = number < given.boards
        kind = BOARD if is_board else chance.choice(SINGLE)
        is_panel = kind.activity == "meeting"
        times = BOARD_MONTHS if is_board else chance.choice((1, 1, 2, 3))
        posted = datetime.combine(
            FIRST_DAY + timedelta(days=chance.randrange(DAYS)),
            datetime.min.time(),
            tzinfo=UTC,
        ) + timedelta(hours=chance.randrange(14, 23))
        sessions = _sessions(chance, kind, posted, times, 28 if is_board else 7)
        tells = kind.activity == "speaking" or (not is_board and chance.random() < 0.1)
        yield Demand(
            id=number,
            organization=number % given.organizations
            if is_board
            else chance.randrange(given.organizations),
            posted_at=posted,
            work=Work(sessions, is_story_near=tells),
            minutes=sum(kind.minutes) * times,
            seats=_seats(chance, is_panel),
            is_panel=is_panel,
            minimum=chance.choice((2, 2, 2, 3)),
            law_enforcement=chance.random() < 0.4,
            travel=kind.minutes[2] > 0,
            heeds=chance.random(),
            names=chance.random(),
        )


def _seats(chance: Random, is_panel: bool) -> int:
    """Nearly half of the panels ask for one survivor, as such panels do before."""
    if is_panel:
        return chance.choices((1, 2, 3), (45, 40, 15))[0]
    return chance.choices((1, 2, 3, 4, 5), (20, 22, 22, 18, 18))[0]


def _sessions(
    chance: Random, kind: Kind, posted: datetime, times: int, days_apart: int
) -> tuple[Session, ...]:
    day = posted.date() + timedelta(days=chance.randint(14, 42))
    day -= timedelta(days=max(0, day.weekday() - 4))
    minute = chance.choice(START_HOURS) * 60
    moments = [
        calendar.local_moment_utc(day + timedelta(days=days_apart * n), minute, ZONE)
        for n in range(times)
    ]
    return tuple(Session(moment, *kind.minutes) for moment in moments)
