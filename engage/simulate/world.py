"""What both worlds share: the clock, the diaries, who is asked, how people answer."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from heapq import heappop, heappush
from random import Random

from engage.core import calendar
from engage.opportunities.asking import WAVE_MINUTES
from engage.simulate.assumptions import DAYS, FIRST_DAY, ZONE, Assumptions
from engage.simulate.demand import Demand, Year
from engage.simulate.diary import Diary, keeps_away, suits
from engage.workload.rules import (
    OverLimit,
    Work,
    check_accept,
    is_paused,
    may_deliver,
    spread,
)

TAIL = 50
NO_WORK = Work(())


class Answer(Enum):
    YES = "yes"
    NO = "no"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Draw:
    """How one person would answer one ask: the same in both worlds."""

    answer: Answer
    after: timedelta
    keeps: float
    waits: float


@dataclass
class Post:
    """One demand being worked on: who holds a seat since when, who has been asked."""

    demand: Demand
    seats: int
    held: dict[int, datetime] = field(default_factory=dict)
    known: dict[int, datetime] = field(default_factory=dict)
    waiting: dict[int, datetime] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)


@dataclass
class Tally:
    """What is counted while the year goes by."""

    asks_too_many: int = 0
    waves: int = 0
    short_waves: int = 0


@dataclass
class World:
    """One way of asking, lived through a year."""

    year: Year
    diaries: list[Diary] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    asked_by: Counter[tuple[int, int]] = field(default_factory=Counter)
    today: date = FIRST_DAY

    def __post_init__(self) -> None:
        self.diaries = [Diary(one) for one in self.year.people]
        self.chance = Random(self.year.seed + 1)  # noqa: S311 - a simulation
        self._coming: list[tuple[datetime, int, Post, Draw]] = []

    def live(self) -> "World":
        """Twice a day: answers arrive, new work comes, somebody acts."""
        coming = sorted(self.year.demands, key=lambda one: one.posted_at, reverse=True)
        open_posts: list[Post] = []
        for day, now in moments():
            self.today = day
            for when, person_id, post, draw in self._arrived(now):
                self._answer(post, person_id, draw, when)
            while coming and coming[-1].posted_at <= now:
                open_posts.append(self.begin(coming.pop()))
            for post in open_posts:
                self.act(post, now)
            open_posts = [post for post in open_posts if post.demand.begins > now]
        return self

    def begin(self, demand: Demand) -> Post:
        self.posts.append(Post(demand, demand.seats))
        return self.posts[-1]

    def act(self, post: Post, now: datetime) -> None:
        """What those who ask, or the worker, do about a post at this moment."""
        raise NotImplementedError

    def say_yes(self, post: Post, person_id: int, draw: Draw, now: datetime) -> None:
        """A yes that the person keeps; there may be no seat any more."""
        raise NotImplementedError

    def ask(
        self,
        post: Post,
        person_id: int,
        now: datetime,
        until: datetime,
        *,
        welcome: bool = False,
    ) -> None:
        """One ask reaches one person; `welcome` when the rule was just asked."""
        demand, diary = post.demand, self.diaries[person_id]
        self.tally.asks_too_many += not (welcome or self.is_welcome(diary, demand))
        diary.ask(self.today)
        post.asked.add(person_id)
        post.waiting[person_id] = until
        self.asked_by[demand.organization, person_id] += 1
        draw = drawn(self.year.seed, self.year.given, demand.id, person_id)
        if draw.answer is not Answer.NOTHING and now + draw.after < until:
            heappush(self._coming, (now + draw.after, person_id, post, draw))

    def is_welcome(self, diary: Diary, demand: Demand) -> bool:
        """Whether Engage's own rule would let this ask through at this moment."""
        return self._is_open(diary) and may_deliver(
            diary.standing(self.today),
            demand.work,
            self.today,
            is_filtered=keeps_away(diary.person, demand),
        )

    def _is_open(self, diary: Diary) -> bool:
        """The same rule for no work at all: who is not open for that is for none."""
        if diary.open_on != self.today:
            diary.open_on = self.today
            diary.is_open = may_deliver(diary.standing(self.today), NO_WORK, self.today)
        return diary.is_open

    def fits(self, person_id: int, demand: Demand, *, raised: bool) -> bool:
        """Whether a yes stays within the person's limits, or they raise them for it."""
        diary = self.diaries[person_id]
        try:
            check_accept(
                diary.standing(self.today), demand.work, self.today, raised=raised
            )
        except OverLimit:
            return False
        return raised or suits(diary.person, demand)

    def hold(self, post: Post, person_id: int) -> None:
        pieces = spread(post.demand.work.sessions, ZONE, self.today)
        self.diaries[person_id].hold(post.demand, pieces)

    def by_fame(self, post: Post, many: int) -> list[int]:
        """Names that come to mind: known ones, and more so who was asked before."""
        where = post.demand.organization
        left = [one for one in self.year.known[where] if one not in post.asked]
        found: list[int] = []
        while left and len(found) < many:
            weights = [
                self.year.people[one].fame * (1 + self.asked_by[where, one])
                for one in left
            ]
            found.append(self.chance.choices(left, weights)[0])
            left.remove(found[-1])
        return found

    def _arrived(self, now: datetime) -> Iterator[tuple[datetime, int, Post, Draw]]:
        while self._coming and self._coming[0][0] <= now:
            yield heappop(self._coming)

    def _answer(self, post: Post, person_id: int, draw: Draw, now: datetime) -> None:
        if person_id not in post.waiting or post.demand.begins <= now:
            return
        if is_paused(self.year.people[person_id].pause, self.today):
            return
        raised = draw.keeps < self.year.given.keeps_a_yes_too_many
        del post.waiting[person_id]
        if draw.answer is Answer.YES and self.fits(
            person_id, post.demand, raised=raised
        ):
            self.say_yes(post, person_id, draw, now)


@cache
def moments() -> list[tuple[date, datetime]]:
    """The fixed times of the year, and some weeks more for what was posted late."""
    last = FIRST_DAY + timedelta(days=DAYS + TAIL)
    return [
        (day, calendar.local_moment_utc(day, minute, ZONE))
        for day in calendar.days(FIRST_DAY, last)
        for minute in WAVE_MINUTES
    ]


def drawn(seed: int, given: Assumptions, demand_id: int, person_id: int) -> Draw:
    """Neither what else is asked nor who asks changes how one person would answer."""
    chance = Random(hash((seed, demand_id, person_id)))  # noqa: S311 - a simulation
    point = chance.random()
    answer = Answer.NOTHING
    if point < given.says_yes:
        answer = Answer.YES
    elif point < given.says_yes + given.says_no:
        answer = Answer.NO
    hours = chance.expovariate(1 / given.hours_to_answer)
    return Draw(answer, timedelta(hours=hours), chance.random(), chance.random())
