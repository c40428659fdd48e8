"""How long a page takes says nothing of the cause: Kolmogorov and Smirnov's test."""

import math
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import pytest
import time_machine
from flask import Flask

from engage.offers import jobs, queries
from engage.offers.rules import ReadsAs
from engage.opportunities import queries as opportunities
from engage.people.models import Person
from tests import make
from tests.clients import Browser
from tests.offers.test_alike import CAUSES, HOUR, Life
from tests.offers.test_alike_pages import early

SAMPLES = 500
LEAST = 0.001  # over all comparisons together, as Bonferroni has it
PAGES = ("/work/{uid}/people", "/work/{uid}")
Times = dict[tuple[str, str], list[float]]


def ks(one: Sequence[float], other: Sequence[float]) -> float:
    """The probability that two samples of one distribution lie this far apart."""
    every = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    seen, widest, place = [0, 0], 0.0, 0
    sizes = len(one), len(other)
    while place < len(every):
        value = every[place][0]
        while place < len(every) and every[place][0] == value:
            seen[every[place][1]] += 1
            place += 1
        widest = max(widest, abs(seen[0] / sizes[0] - seen[1] / sizes[1]))
    root = math.sqrt(sizes[0] * sizes[1] / sum(sizes))
    far = (root + 0.12 + 0.11 / root) * widest
    if far < 0.2:
        return 1.0
    terms = ((-1) ** (k - 1) * math.exp(-2 * k * k * far * far) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * sum(terms)))


def test_the_test_itself_tells_what_differs_from_what_does_not() -> None:
    chance = random.Random(7)
    same = [[chance.gauss(10, 1) for _ in range(SAMPLES)] for _ in range(2)]
    later = [value + 0.6 for value in same[1]]
    assert ks(*same) > 0.01
    assert ks(same[0], later) < 1e-6
    assert ks(same[0], same[0]) == 1.0
    # The value of the book: 1.36 is where five in a hundred lie further apart.
    apart = 1.36 / math.sqrt(500)
    shifted = [place + apart * 1000 for place in range(1000)]
    assert ks(range(1000), shifted) == pytest.approx(0.05, abs=0.01)


def sampled(
    lives: list[Life], sign_in: Callable[[Person], Browser], samples: int
) -> Times:
    """Seconds of each page by cause, the causes in a new order each time."""
    browsers = {life.cause: (sign_in(life.by), life.post.uid) for life in lives}
    times: Times = {(cause, page): [] for cause in browsers for page in PAGES}
    for number in range(samples + 20):
        order = random.sample(sorted(times), len(times))
        for cause, page in order:
            browser, uid = browsers[cause]
            began = perf_counter()
            answer = browser.get(page.format(uid=uid))
            took = perf_counter() - began
            assert answer.status_code == 200
            if number >= 20:  # the first ones warm what is warmed once
                times[cause, page].append(took)
    return times


def told_apart(times: Times) -> dict[str, float]:
    """The smallest probability of each page over all causes, beside silence."""
    found = {}
    for page in PAGES:
        rest = [cause for cause, each in times if each == page and cause != "silent"]
        found[page] = min(
            ks(times[cause, page], times["silent", page]) for cause in rest
        )
    return found


@pytest.fixture
def answered(app: Flask, july: datetime) -> list[Life]:
    """Every cause an hour after its wave, when a no may have been said."""
    lives = [Life(cause, number, july) for number, cause in enumerate(CAUSES, 10)]
    wave = opportunities.next_wave(july, make.ZONE)
    for life in lives:
        life.ask(july)
    with time_machine.travel(wave, tick=False):
        jobs.deliver(wave)
    with time_machine.travel(wave + HOUR, tick=False):
        for life in lives:
            life.answer(wave + HOUR)
    return lives


@pytest.mark.prove
def test_no_cause_can_be_told_by_the_time_a_page_takes(
    answered: list[Life], sign_in: Any, july: datetime, record_property: Any
) -> None:
    with time_machine.travel(july + timedelta(days=1), tick=False):
        found = told_apart(sampled(answered, sign_in, SAMPLES))
    for page, probability in found.items():
        record_property(f"least p of {page}", f"{probability:.4f}")
    compared = len(PAGES) * (len(CAUSES) - 1)
    assert min(found.values()) > LEAST / compared


@pytest.mark.prove
def test_a_build_that_tells_a_pass_early_takes_its_time(
    answered: list[Life],
    sign_in: Any,
    july: datetime,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Any,
) -> None:
    tells = early(queries.reads)

    def reads(ask: Any, agreed: Any, now: datetime) -> ReadsAs:
        """Such a build looks the work up again, to say at once what became of it."""
        found = tells(ask, agreed, now)
        if found is ReadsAs.NOT_AVAILABLE:
            opportunities.by_id(ask.opportunity_id)
        return found

    monkeypatch.setattr(queries, "reads", reads)
    both = [life for life in answered if life.cause in {"passed", "silent"}]
    with time_machine.travel(july + timedelta(days=1), tick=False):
        found = told_apart(sampled(both, sign_in, SAMPLES))
    people = found[PAGES[0]]
    record_property("p of the control", f"{people:.2e}")
    compared = len(PAGES) * (len(CAUSES) - 1)
    assert people < LEAST / compared
