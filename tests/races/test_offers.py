"""Two at the same moment: limits, last seats and conditions hold under the lock."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.core.errors import Refused
from engage.engagements.models import Engagement
from engage.offers import actions
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus
from engage.panels import queries as panels
from engage.people.models import Person
from tests import make, scenes

LONG = pytest.mark.prove
SEAT_ROUNDS = pytest.mark.parametrize("rounds", [4, pytest.param(50, marks=LONG)])
DAY = timedelta(days=1)
Answer = Callable[..., object]


def at_once(
    app: Flask, answer: Answer, offers: Sequence[int], **choices: bool
) -> list[str]:
    """Give every answer in a thread of its own, all let go together: how each ended."""
    barrier, ends = Barrier(len(offers)), ["" for _ in offers]

    def run(place: int, offer_id: int) -> None:
        with app.app_context():
            offer = db.session.get_one(Offer, offer_id)
            by = db.session.get_one(Person, offer.person_id)
            db.session.commit()
            barrier.wait()
            try:
                answer(offer_id, by=by, now=clock.now(), counted=True, raised=False)
                ends[place] = "yes"
            except Refused:
                ends[place] = "refused"
            except Exception as error:  # noqa: BLE001 - it is what is looked for
                ends[place] = repr(error)

    threads = [
        Thread(target=run, args=(place, each)) for place, each in enumerate(offers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


@SEAT_ROUNDS
def test_two_conditions_at_one_moment_settle_each_other_once(
    fresh_app: Flask, rounds: int
) -> None:
    for _ in range(rounds):
        with fresh_app.app_context():
            post = scenes.posted(make.organization())
            people = scenes.consultants(2)
            offers = [make.offer(post, each).id for each in people]
            post_id, panel_id = post.id, post.panel_id

        assert at_once(fresh_app, actions.accept_if_second, offers) == ["yes", "yes"]

        with fresh_app.app_context():
            found = db.session.scalars(
                sa.select(Engagement.person_id).where(
                    Engagement.opportunity_id == post_id
                )
            ).all()
            assert len(found) == len(set(found)) == 2
            states = db.session.scalars(
                sa.select(Offer.status).where(Offer.id.in_(offers))
            )
            assert set(states) == {OfferStatus.ACCEPTED}
            assert panels.voices(panel_id) == (2, 3, 3)


@SEAT_ROUNDS
def test_three_that_race_for_the_last_seat_leave_two_without(
    fresh_app: Flask, rounds: int
) -> None:
    for _ in range(rounds):
        with fresh_app.app_context():
            post = scenes.posted(make.organization(), seats=1)
            people = scenes.consultants(3)
            offers = [make.offer(post, each).id for each in people]
            panel_id = post.panel_id

        ends = at_once(fresh_app, actions.accept, offers)

        assert ends == ["refused", "refused", "yes"]
        with fresh_app.app_context():
            assert panels.voices(panel_id) == (1, 2, 2)


@SEAT_ROUNDS
def test_a_yes_and_a_condition_cross_without_a_dead_end(
    fresh_app: Flask, rounds: int
) -> None:
    """One counts plainly while the other waits: whoever is second settles both."""
    for number in range(rounds):
        with fresh_app.app_context():
            post = scenes.posted(make.organization())
            people = scenes.consultants(2)
            offers = [make.offer(post, each).id for each in people]

        def answer(offer_id: int, **values: object) -> object:
            plain = offer_id == offers[number % 2]  # noqa: B023 - used in this round
            verb = actions.accept if plain else actions.accept_if_second
            return verb(offer_id, **values)

        assert at_once(fresh_app, answer, offers) == ["yes", "yes"]
        with fresh_app.app_context():
            states = db.session.scalars(
                sa.select(Offer.status).where(Offer.id.in_(offers))
            )
            assert set(states) == {OfferStatus.ACCEPTED}
