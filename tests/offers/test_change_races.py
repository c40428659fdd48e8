"""New terms under two hands at once: one room, one plan, one end."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.core.errors import Refused
from engage.engagements import actions as engagements
from engage.engagements.models import Engagement
from engage.offers import actions, answering, moving
from engage.offers.models import TermsChange
from engage.offers.rules import OfferStatus
from engage.opportunities import queries as opportunities
from engage.people.models import Person
from engage.workload.models import WorkLimits
from tests import make, scenes
from tests.offers.changing import DAY, ONE, agreed, ask_more, deliver, minutes, sessions

ROUNDS = 4
Act = Callable[[], object]


def at_once(app: Flask, acts: Sequence[Act]) -> list[str]:
    """Each act in a thread of its own, all let go together: how each ended."""
    barrier, ends = Barrier(len(acts)), ["" for _ in acts]

    def run(place: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                acts[place]()
                ends[place] = "yes"
            except Refused:
                ends[place] = "refused"
            except Exception as error:  # noqa: BLE001 - it is what is looked for
                ends[place] = repr(error)

    threads = [Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def person(person_id: int) -> Person:
    return db.session.get_one(Person, person_id)


@pytest.mark.parametrize("rounds", [ROUNDS])
def test_two_yeses_to_more_time_share_the_last_free_hours(
    fresh_app: Flask, rounds: int
) -> None:
    for _ in range(rounds):
        with fresh_app.app_context():
            now = clock.now()
            who = scenes.consultants(1)[0]
            works = [agreed(now, who) for _ in range(2)]
            # Three hours more fit into a week of five, and six do not.
            more = {now + 35 * DAY: 180}
            changes = [ask_more(each, now, added=more) for each in works]
            for each in changes:
                deliver(each)
            ids, who_id = [each.id for each in changes], who.id
            groups = [each.group for each in works]
            limits = db.session.get_one(WorkLimits, who_id)
            limits.week_minutes = 300
            make.save(limits)

        def yes(change_id: int, who_id: int = who_id) -> Act:
            return lambda: answering.accept(
                change_id, raised=False, by=person(who_id), now=clock.now()
            )

        ends = at_once(fresh_app, [yes(each) for each in ids])
        assert sorted(ends) == ["refused", "yes"]
        with fresh_app.app_context():
            assert sorted(minutes(each) for each in groups) == [2 * ONE, 3 * ONE + 120]


def _move(post_id: int, by_id: int, now: datetime, **values: Any) -> object:
    rest = {"lines": {}, "reply_by": now + 5 * DAY, "by": person(by_id), "now": now}
    return moving.move(post_id, **values, **rest)


def _yes(offer_id: int, who_id: int, now: datetime) -> object:
    said = {"counted": True, "raised": False, "seen": 1}
    return actions.accept(offer_id, **said, by=person(who_id), now=now)


@pytest.mark.parametrize("rounds", [ROUNDS])
def test_a_move_and_a_yes_to_the_post_leave_no_old_day_behind(
    fresh_app: Flask, rounds: int
) -> None:
    for _ in range(rounds):
        with fresh_app.app_context():
            now = clock.now()
            work = agreed(now, seats=3)
            who = scenes.consultants(1)[0]
            offer_id, who_id = make.offer(work.post, who, version=1).id, who.id
            post = opportunities.by_id(work.post.id)
            first = min(post.sessions, key=lambda each: each.starts_at)
            old, post_id, by_id = first.starts_at, post.id, work.by.id
            values = {"version": 1, "which": first.uid, "starts_at": old + DAY}

        acts = [
            partial(_move, post_id, by_id, now, **values),
            partial(_yes, offer_id, who_id, now),
        ]
        ends = at_once(fresh_app, acts)
        assert ends[0] == "yes"
        assert ends[1] in {"yes", "refused"}
        with fresh_app.app_context():
            for each in db.session.scalars(
                sa.select(Engagement).where(Engagement.opportunity_id == post_id)
            ):
                assert old not in sessions(each)
                asked = sa.select(sa.func.count(TermsChange.id)).where(
                    TermsChange.engagement_id == each.id
                )
                assert db.session.scalar(asked) == 1


@pytest.mark.parametrize("rounds", [ROUNDS])
def test_a_yes_and_leaving_end_one_way(fresh_app: Flask, rounds: int) -> None:
    for _ in range(rounds):
        with fresh_app.app_context():
            now = clock.now()
            work = agreed(now)
            change = ask_more(work, now)
            deliver(change)
            ids = change.id, work.engagement.id, work.who.id
            group, source = work.group, change.source

        def yes(ids: tuple[int, int, int] = ids) -> object:
            by = person(ids[2])
            return answering.accept(ids[0], raised=False, by=by, now=clock.now())

        def leave(ids: tuple[int, int, int] = ids) -> object:
            return engagements.leave(ids[1], by=person(ids[2]), now=clock.now())

        ends = at_once(fresh_app, [yes, leave])
        assert ends[1] == "yes"
        assert ends[0] in {"yes", "refused"}
        with fresh_app.app_context():
            change = db.session.get_one(TermsChange, ids[0])
            answering.settle(ids[0], now=change.reply_by)
            db.session.refresh(change)
            is_yes = ends[0] == "yes"
            assert (change.status is OfferStatus.ACCEPTED) is is_yes
            assert minutes(group) == 0
            held = sa.text("SELECT count(*) FROM reservation WHERE source = :source")
            assert db.session.scalar(held, {"source": source}) == 0
