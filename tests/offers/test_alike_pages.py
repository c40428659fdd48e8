"""No cause of a no shows: in no page, download, notice, log, count or statement."""

import re
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.offers import queries
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus, ReadsAs
from tests.conftest import Kept
from tests.offers.alike import CAUSES, DELIVERED, Transcript, play

LOOKS = pytest.mark.parametrize(
    "looks", [(2, 4), pytest.param(tuple(range(6)), marks=pytest.mark.prove)]
)
WAYS = pytest.mark.parametrize("is_pool", [False, True], ids=["named", "pool"])


def differences(found: dict[str, Transcript]) -> list[str]:
    """By what any two causes could be told apart, in the eyes of the organization."""
    first, *others = found
    seen = []
    for cause in others:
        for moment, pages in enumerate(found[first].pages):
            assert pages.keys() == found[cause].pages[moment].keys()
            for address, sight in pages.items():
                other = found[cause].pages[moment][address]
                if sight.text != other.text:
                    seen.append(f"{cause}: words of {address} at look {moment}")
                if sight.statements != other.statements:
                    seen.append(f"{cause}: statements of {address} at look {moment}")
        for name in ("told", "logged", "counts"):
            if getattr(found[first], name) != getattr(found[cause], name):
                seen.append(f"{cause}: {name}")
    return seen


def lives(
    app: Flask, now: datetime, *causes: str, is_pool: bool, looks: tuple[int, ...]
) -> dict[str, Transcript]:
    return {
        cause: play(app, cause, now, is_pool=is_pool, looks=looks) for cause in causes
    }


@LOOKS
@WAYS
def test_no_cause_of_a_no_can_be_told_from_another(
    kept_app: Kept, july: datetime, is_pool: bool, looks: tuple[int, ...]
) -> None:
    found = lives(kept_app("sqlite"), july, *CAUSES, is_pool=is_pool, looks=looks)
    assert differences(found) == []
    pages = found["passed"].pages[-1]
    assert len(pages) > 20
    assert all(sight.text.startswith(("200", "30", "404")) for sight in pages.values())
    people = pages["/work/UID/people"].text
    assert ("<span>Not available</span>" in people) is not is_pool


@WAYS
def test_the_ask_and_each_tick_take_the_same_statements_whatever_the_cause(
    kept_app: Kept, july: datetime, is_pool: bool
) -> None:
    """All that is never delivered is alike; so is what is delivered, while it waits."""
    found = lives(kept_app("sqlite"), july, *CAUSES, is_pool=is_pool, looks=())
    ticks = {
        cause: [[what(each) for each in tick] for tick in life.ticks]
        for cause, life in found.items()
    }
    away = [ticks[cause] for cause in CAUSES if cause not in DELIVERED]
    assert all(each == away[0] for each in away)
    assert len({tuple(each[0]) for each in ticks.values()}) == 1, "as it is asked"
    assert ticks["passed"][:2] == ticks["silent"][:2] == ticks["dissolved"][:2]


def what(statement: str) -> str:
    """Which rows of which tables: a list of nobody is written in another way."""
    return re.sub(r"IN \(.*?1!=1\)", "IN (?)", statement, flags=re.DOTALL)


def test_a_build_that_tells_a_pass_early_is_caught_by_the_same_check(
    kept_app: Kept, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "reads", early(queries.reads))
    found = lives(
        kept_app("sqlite"), july, "passed", "silent", is_pool=False, looks=(2,)
    )
    caught = differences(found)
    assert any("words of /work/UID/people" in each for each in caught)
    assert any("statements of /work/UID/people" in each for each in caught)


def early(honest: Any) -> Any:
    """Reads "not available" as soon as somebody passed: what must never be built."""

    def reads(ask: Any, agreed: Any, now: datetime) -> ReadsAs:
        of_post = Offer.opportunity_id == ask.opportunity_id
        for status in (OfferStatus.WAITING, OfferStatus.CONDITIONAL):
            if db.session.scalar(
                sa.select(Offer.id).where(of_post, Offer.status == status)
            ):
                return honest(ask, agreed, now)
        passed = sa.select(Offer.id).where(of_post, Offer.status == OfferStatus.CLOSED)
        is_early = db.session.scalar(passed) is not None
        return ReadsAs.NOT_AVAILABLE if is_early else honest(ask, agreed, now)

    return reads
