from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import ceil
from statistics import median, quantiles

from engage.panels.rules import HeldSeat, SeatRole, VoiceState, voice
from engage.simulate.assumptions import FIRST_WEEKDAY
from engage.simulate.world import Post, World
from engage.workload.rules import week_totals

DAY_SECONDS = 24 * 60 * 60
PERCENT = 100


@dataclass(frozen=True)
class Measure:
    """One line of the table; `is_about` says what a rise means to a reader."""

    key: str
    words: str
    unit: str = ""
    digits: int = 0


MEASURES = (
    Measure("asks_share", "Share of all asks that reach the busiest tenth", "%"),
    Measure("hours_share", "Share of all hours done by the busiest tenth", "%"),
    Measure("asks_median", "Asks that reach one person in the year, median"),
    Measure("asks_most", "Asks that reach the most asked person"),
    Measure("no_work", "People who get no work in the year", "%"),
    Measure("weeks_over", "Weeks over the own limit, of all people together"),
    Measure("too_many", "Asks past a limit, filter, time or pause", "%"),
    Measure("sole", "Panels that begin with a sole survivor voice", "%"),
    Measure("not_known", "Panels that begin with no survivor voice known", "%"),
    Measure("fill_median", "Days until a seat is filled, median", "", 1),
    Measure("fill_p90", "Days until a seat is filled, slowest tenth from", "", 1),
    Measure("known_median", "Days until the asker knows the name, median", "", 1),
    Measure("unfilled", "Seats still open when work begins", "%", 1),
    Measure("waiting", "Waves with an open seat that find nobody", "%", 1),
    Measure("asks", "Asks in the year"),
)


@dataclass(frozen=True)
class Figures:
    """What one world came to; the names are the keys of MEASURES."""

    asks_share: float
    hours_share: float
    asks_median: float
    asks_most: float
    no_work: float
    weeks_over: float
    too_many: float
    sole: float
    not_known: float
    fill_median: float
    fill_p90: float
    known_median: float
    unfilled: float
    waiting: float
    asks: float

    def by_key(self) -> dict[str, float]:
        return asdict(self)


def measure(world: World) -> Figures:
    """The same sums for both worlds."""
    asks = [len(diary.asked) for diary in world.diaries]
    loads = [diary.whole() for diary in world.diaries]
    minutes = [sum(load.values()) for load in loads]
    weeks = [week_totals(load, FIRST_WEEKDAY) for load in loads]
    limits = [diary.person.limits.week_minutes for diary in world.diaries]
    over = sum(
        limit is not None and one > limit
        for limit, each in zip(limits, weeks, strict=True)
        for one in each.values()
    )
    voices = [_voice(world, post) for post in world.posts if post.demand.is_panel]
    filled = [day for post in world.posts for day in _days(post, post.held)]
    known = [day for post in world.posts for day in _days(post, post.known)]
    wanted = sum(post.demand.seats for post in world.posts)
    held = sum(min(len(post.held), post.demand.seats) for post in world.posts)
    return Figures(
        asks_share=_busiest(asks),
        hours_share=_busiest(minutes),
        asks_median=median(asks),
        asks_most=max(asks),
        no_work=_percent(minutes.count(0), len(minutes)),
        weeks_over=over,
        too_many=_percent(world.tally.asks_too_many, sum(asks)),
        sole=_percent(voices.count(VoiceState.SOLE), len(voices)),
        not_known=_percent(voices.count(VoiceState.NOT_KNOWN), len(voices)),
        fill_median=_middle(filled),
        fill_p90=quantiles(filled, n=10)[-1] if len(filled) > 1 else 0.0,
        known_median=_middle(known),
        unfilled=_percent(wanted - held, wanted),
        waiting=_percent(world.tally.short_waves, world.tally.waves),
        asks=sum(asks),
    )


def _busiest(amounts: Sequence[float]) -> float:
    """Percent that go to the tenth of the people who have most of them."""
    tenth = sorted(amounts, reverse=True)[: max(1, ceil(len(amounts) / 10))]
    return _percent(sum(tenth), sum(amounts))


def _percent(part: float, whole: float) -> float:
    return PERCENT * part / whole if whole else 0.0


def _middle(values: Sequence[float]) -> float:
    return median(values) if values else 0.0


def _days(post: Post, since: Mapping[int, datetime]) -> Iterable[float]:
    """Days from the post to each of the seats it asked for, in order."""
    first = sorted(since.values())[: post.demand.seats]
    for moment in first:
        yield (moment - post.demand.posted_at).total_seconds() / DAY_SECONDS


def _voice(world: World, post: Post) -> VoiceState:
    people = world.year.people
    held = [HeldSeat(one, people[one].is_counted, SeatRole.MEMBER) for one in post.held]
    return voice(held, post.demand.minimum)
