"""Everything the simulated year takes for granted; no figure here is a finding."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ZONE = "America/Chicago"
FIRST_DAY = date(2027, 1, 4)
DAYS = 365
FIRST_WEEKDAY = 6


@dataclass(frozen=True)
class Assumptions:
    """A state network, and how its people behave; the same with and without rules."""

    organizations: int = 60
    people: int = 120
    posts: int = 500
    boards: int = 60
    says_yes: float = 0.35
    says_no: float = 0.25
    hours_to_answer: float = 36
    keeps_a_yes_too_many: float = 0.5
    is_paused_in_the_year: float = 0.3
    has_windows: float = 0.4
    has_limits: bool = True
    counts: float = 0.7
    waits_for_a_second: float = 0.4
    heeds_a_warning: float = 0.5
    asks_by_name_first: float = 0.25
    fame: float = 1.25
    by_name_at_once: int = 2
    by_name_patience: timedelta = timedelta(days=4)
    pool_time: timedelta = timedelta(days=7)
    again_time: timedelta = timedelta(days=5)


@dataclass(frozen=True)
class Rules:
    """Which of Engage's rules hold; each can be switched off to see what it does."""

    own_limits: bool = True
    least_asked: bool = True
    three_a_seat: bool = True
    second_voice: bool = True


WITHOUT_ONE = {
    "own limits": Rules(own_limits=False),
    "least asked first": Rules(least_asked=False),
    "three for a seat": Rules(three_a_seat=False),
    "a second voice": Rules(second_voice=False),
}


def sentences(given: Assumptions) -> Iterator[str]:
    """The list that is printed with every result."""
    none = 1 - given.says_yes - given.says_no
    yield (
        f"{given.organizations} organizations, {given.people} people, {given.posts}"
        f" posts in a year ({given.boards} boards of six months, the rest one to three"
        " sessions), in one time zone. The year begins with nobody asked before."
        " Both sides get the same people and the same posts."
    )
    yield (
        f"Whoever is asked says yes {given.says_yes:.0%}, no {given.says_no:.0%}, and"
        f" nothing {none:.0%} of the time, after {given.hours_to_answer:.0f} hours on"
        " average. These figures are made up for planning; nobody measured them."
    )
    yield (
        "A yes that passes the person's own limits, times or filters is kept"
        f" {given.keeps_a_yes_too_many:.0%} of the time on both sides: without Engage"
        " by saying yes all the same, with Engage by raising the limit for this one."
        " Who is paused does not answer."
    )
    yield (
        "Limits: 2 to 20 hours a week, three times that in a month, 2 to 4 pieces of"
        " work at once, 4 to 8 asks in 30 days (a quarter of the people leave out one"
        " of the two), one or two talks in 90 days."
        f" {given.has_windows:.0%} have set times in the week;"
        f" {given.is_paused_in_the_year:.0%} pause once, for two to nine weeks."
    )
    yield (
        "Without Engage: each organization knows 20 to 45 people by name, well-known"
        " people are known to more, and who was asked before is asked again more"
        f" often. They ask {given.by_name_at_once} people for each open seat, and the"
        f" next one after a no or {given.by_name_patience.days} days of silence."
    )
    yield (
        f"With Engage: {given.asks_by_name_first:.0%} of posts first ask by name in"
        " the same way, then all posts ask the pool at the fixed times: who was asked"
        " least in 90 days first, at most three for each open seat, under everybody's"
        f" own limits. {given.pool_time.days} days to answer, then"
        f" {given.again_time.days} more as long as seats are open."
    )
    yield (
        f"{given.counts:.0%} choose to be counted as a survivor voice. Of those who"
        " would say yes as the only one,"
        f" {given.waits_for_a_second:.0%} press “yes, if a second survivor joins”."
        f" A coordinator acts on a warning or flag {given.heeds_a_warning:.0%} of the"
        " time, by one more seat."
    )
    yield (
        "Left out: money, the earnings guard, leaving, cancelled work, travel between"
        " sessions, and that people change when a system changes."
    )
