"""A simulated year: repeatable, honest at its ends, and moved by each rule alone."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from engage.simulate.assumptions import FIRST_DAY, WITHOUT_ONE, Assumptions, Rules
from engage.simulate.by_name import ByName
from engage.simulate.demand import Demand, draw
from engage.simulate.diary import Diary, keeps_away
from engage.simulate.measures import Figures, measure
from engage.simulate.ruled import Ruled
from engage.simulate.running import pair
from engage.simulate.shortcuts import least
from engage.simulate.world import World
from engage.workload.rules import may_deliver
from tests import house
from tests.house import File

GIVEN = Assumptions(organizations=20, people=40, posts=170, boards=20)
SEEDS = (1, 2)
OWN = {"engage.simulate", "engage.core.calendar", "engage.demo.words"}
PURE = {
    *OWN, "engage.workload.rules", "engage.workload.filters", "engage.workload.story",
    "engage.offers.rules", "engage.panels.rules", "engage.opportunities.asking",
}  # fmt: skip


@cache
def ruled(rules: Rules = Rules(), given: Assumptions = GIVEN) -> Figures:  # noqa: B008
    return mean([measure(Ruled(draw(given, seed), rules).live()) for seed in SEEDS])


@cache
def by_name(given: Assumptions = GIVEN) -> Figures:
    return mean([measure(ByName(draw(given, seed)).live()) for seed in SEEDS])


def mean(found: list[Figures]) -> Figures:
    keys = found[0].by_key()
    return Figures(
        **{key: sum(each.by_key()[key] for each in found) / len(found) for key in keys}
    )


def test_the_same_seed_gives_the_same_year_in_any_process() -> None:
    given = replace(GIVEN, posts=60)

    assert pair(3, given) == pair(3, given)
    assert pair(3, given).with_rules != pair(4, given).with_rules


def test_with_the_rules_asks_are_spread_and_limits_hold() -> None:
    without, with_rules = by_name(), ruled()

    assert with_rules.asks_share < without.asks_share / 2
    assert with_rules.hours_share < without.hours_share
    assert with_rules.weeks_over < without.weeks_over / 5
    assert with_rules.too_many == 0 < without.too_many
    assert with_rules.sole < without.sole


def test_without_the_rules_a_tenth_receives_about_half_of_the_asks() -> None:
    year = draw(Assumptions(), 1)

    figures = measure(ByName(year).live())

    assert 40 < figures.asks_share < 60
    assert len(year.people) == 120
    assert len(year.demands) == 500


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("own limits", "weeks_over"),
        ("own limits", "too_many"),
        ("least asked first", "asks_share"),
        ("three for a seat", "asks"),
        ("a second voice", "sole"),
    ],
)
def test_each_rule_moves_the_measure_it_is_for(name: str, key: str) -> None:
    all_on, one_off = ruled().by_key()[key], ruled(WITHOUT_ONE[name]).by_key()[key]

    assert one_off > all_on * 1.2


def test_without_any_limit_no_week_is_over_one() -> None:
    given = replace(GIVEN, has_limits=False, is_paused_in_the_year=0)

    for figures in (by_name(given), ruled(given=given)):
        assert figures.weeks_over == figures.too_many == 0


def test_when_everybody_is_paused_nobody_is_asked_and_nobody_answers() -> None:
    given = replace(GIVEN, is_paused_in_the_year=1)

    assert ruled(given=given).asks == 0
    assert by_name(given).asks > 0
    for figures in (by_name(given), ruled(given=given)):
        assert figures.unfilled == 100
        assert figures.no_work == 100
        assert figures.fill_median == figures.asks_share * figures.hours_share == 0


def test_a_person_answers_an_ask_alike_whoever_asks_and_whenever() -> None:
    given = replace(GIVEN, says_yes=1, says_no=0, has_limits=False)
    given = replace(given, is_paused_in_the_year=0, waits_for_a_second=0)

    without, with_rules = by_name(given), ruled(given=given)

    assert without.unfilled == with_rules.unfilled == 0


def test_a_shortcut_says_no_only_where_the_rule_does() -> None:
    world = Ruled(draw(replace(GIVEN, posts=80), 5))
    refused = 0
    original = world.is_welcome

    def look(diary: Diary, demand: Demand) -> bool:
        nonlocal refused
        answer = original(diary, demand)
        assert answer == plainly(world, diary, demand)
        return answer

    world.is_welcome = look  # type: ignore[method-assign]
    world.live()
    for demand in world.year.demands:
        fits = least(demand)
        for diary in (Diary(one) for one in world.year.people):
            if not fits.suits(diary.person, demand):
                refused += 1
                assert not plainly(world, diary, demand, FIRST_DAY)
    assert refused
    assert_enough_told(world)


def plainly(world: World, diary: Diary, demand: Demand, day: object = None) -> bool:
    """The rule itself, with nothing before it."""
    today = FIRST_DAY if day else world.today
    return may_deliver(
        diary.standing(today),
        demand.work,
        today,
        is_filtered=keeps_away(diary.person, demand),
    )


def assert_enough_told(world: World) -> None:
    told = 0
    for demand in world.year.demands:
        posted = demand.posted_at.date()
        for diary in world.diaries:
            if least(demand).has_told_enough(diary, demand):
                told += 1
                world.today = posted + timedelta(days=1)
                assert not plainly(world, diary, demand)
    assert told


def test_it_knows_the_pure_rules_alone() -> None:
    files = [each for each in house.house() if each.path.startswith("simulate/")]
    assert files
    for file in files:
        assert impure(file) == []


def test_a_simulation_that_reads_the_database_is_caught() -> None:
    for line in ("from engage.core.db import db\n", "import sqlalchemy\n"):
        assert impure(File("simulate/world.py", line))


def impure(file: File) -> list[str]:
    """Imports of this house that are no pure rules, and of its libraries."""
    found = [dotted for dotted, _ in house.imports(file.tree)]
    mine = [each for each in found if each.startswith("engage.")]
    return [name for name, _ in house.libraries(file)] + [
        each for each in mine if not any(each.startswith(f"{one}") for one in PURE)
    ]
