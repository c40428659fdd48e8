"""A run of very many payments goes out in small parts, each one kept at once."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import beside, db
from engage.payouts import jobs, sending
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.rails.base import Answer, Order
from engage.payouts.rails.stripe import StripeRail
from engage.payouts.rules import PayoutStatus
from tests.faults.chaos_site import Elsewhere, House, compared, unsound
from tests.faults.stripe_run import state
from tests.filled import browser_of
from tests.payouts.at_stripe import standing_in

A_RUN_OF_THE_WORKER = jobs.ROUNDS * sending.GROUP
SIZES = [25, pytest.param(5000, marks=pytest.mark.prove)]


def count(status: PayoutStatus) -> int:
    """As somebody else sees it, so what is committed alone."""
    query = sa.select(sa.func.count()).where(Payout.status == status)
    with beside() as store:
        return store.scalar(query) or 0


def hurry(app: Flask) -> None:
    """No pace to keep: the stand-in takes as many calls as come."""
    settings = replace(app.config["SETTINGS"], stripe_per_second=1_000)
    app.config["SETTINGS"] = settings


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many were recorded as sent when each call began."""
    seen: list[int] = []
    send = StripeRail.send

    def noting(rail: StripeRail, order: Order, key: str) -> Answer:
        seen.append(count(PayoutStatus.SENT))
        return send(rail, order, key)

    monkeypatch.setattr(StripeRail, "send", noting)
    return seen


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many were claimed at a time."""
    seen: list[int] = []
    claim_due = sending.claim_due

    def noting(**values: Any) -> list[sending.Claimed]:
        claimed = claim_due(**values)
        seen.append(len(claimed))
        return claimed

    monkeypatch.setattr(sending, "claim_due", noting)
    return seen


@pytest.mark.parametrize("size", SIZES)
def test_f51_a_huge_run_goes_out_in_parts_and_shows_how_far_it_is(
    fresh_app: Flask, kept: list[int], taken: list[int], size: int
) -> None:
    with standing_in(fresh_app) as there, fresh_app.app_context():
        hurry(fresh_app)
        there.store.available_cents = size * 10_00
        house = House.build()
        owed = house.queue(Elsewhere(there.url), [1_00 + n % 7 for n in range(size)])
        jobs.send_due(clock.now())
        left = size - A_RUN_OF_THE_WORKER
        uid = db.session.scalars(sa.select(PayoutBatch.uid)).one()
        db.session.rollback()
        page = browser_of(fresh_app, house.finance[0]).get(f"/runs/{uid}").text
        assert f"On the way out: {left} of {size}." in page
        while count(PayoutStatus.QUEUED):
            jobs.send_due(clock.now())
        while count(PayoutStatus.SENT):
            jobs.sweep(clock.now())

        # Each sees at least what was claimed before its own few as recorded.
        few = sending.GROUP
        assert all(n >= place // few * few for place, n in enumerate(kept))
        assert len(kept) == size
        assert max(taken) == sending.GROUP
        assert count(PayoutStatus.PAID) == size
        assert compared(owed, state(there)["transfers"]).is_right
        assert unsound() == []
