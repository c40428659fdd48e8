from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import mean

from engage.simulate.assumptions import Assumptions, Rules
from engage.simulate.by_name import ByName
from engage.simulate.demand import draw
from engage.simulate.measures import MEASURES, Figures, Measure, measure
from engage.simulate.ruled import Ruled

NEARLY = 0.02


@dataclass(frozen=True)
class Pair:
    """One seed, lived twice."""

    seed: int
    without: Figures
    with_rules: Figures


@dataclass(frozen=True)
class Spread:
    """A figure over all seeds."""

    mean: float
    least: float
    most: float


@dataclass(frozen=True)
class Line:
    """One measure, without and with the rules."""

    measure: Measure
    without: Spread
    with_rules: Spread

    @property
    def is_worse(self) -> bool:
        """Higher with the rules by more than a trace: every measure is better low."""
        return self.with_rules.mean > self.without.mean * (1 + NEARLY)


def pair(seed: int, given: Assumptions) -> Pair:
    year = draw(given, seed)
    return Pair(seed, measure(ByName(year).live()), ruled(seed, given, Rules()))


def ruled(seed: int, given: Assumptions, rules: Rules) -> Figures:
    return measure(Ruled(draw(given, seed), rules).live())


def pairs(seeds: Sequence[int], given: Assumptions) -> list[Pair]:
    """Each seed in a process of its own, as many at a time as there are cores."""
    with ProcessPoolExecutor() as pool:
        return list(pool.map(partial(pair, given=given), seeds))


def lines(found: Sequence[Pair]) -> list[Line]:
    without = [one.without.by_key() for one in found]
    with_rules = [one.with_rules.by_key() for one in found]
    return [
        Line(each, _spread(without, each.key), _spread(with_rules, each.key))
        for each in MEASURES
    ]


def _spread(figures: list[dict[str, float]], key: str) -> Spread:
    values = [one[key] for one in figures]
    return Spread(mean(values), min(values), max(values))
