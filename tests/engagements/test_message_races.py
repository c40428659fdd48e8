"""A side's pace and an end of a role, each raced with what it must hold against."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.engagements import messages, talk_rules
from engage.engagements.models import Engagement, Message
from engage.people import handing, leads, staff
from engage.people.models import Membership, Person
from tests import make
from tests.engagements.talking import begun

ROUNDS, AT_ONCE = 6, 4


def at_once(app: Flask, verbs: list[Callable[[], object]]) -> int:
    """How many of the verbs were done, all begun at one moment."""
    barrier = Barrier(len(verbs))

    def run(verb: Callable[[], object]) -> bool:
        with app.app_context():
            barrier.wait()
            try:
                verb()
            except (Refused, NotFound):
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(len(verbs)) as pool:
        return sum(pool.map(run, verbs))


def flood(app: Flask, now: datetime) -> int:
    """How many messages came through when only one was left for the day."""
    with app.app_context():
        talk = begun(now)
        engagement_id, by_id = talk.engagement.id, talk.by.id
        for _ in range(talk_rules.MOST_A_DAY - 1):
            messages.write(engagement_id, "Hello.", by=talk.by, now=now)
        db.session.remove()

    def write() -> None:
        by = db.session.get_one(Person, by_id)
        messages.write(engagement_id, "Hello.", by=by, now=now)

    return at_once(app, [write] * AT_ONCE)


def test_nobody_passes_the_pace_by_sending_at_once(
    fresh_app: Flask, july: datetime
) -> None:
    assert [flood(fresh_app, july) for _ in range(ROUNDS)] == [1] * ROUNDS


def test_control_without_the_lock_the_pace_is_passed(
    fresh_app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    if database == "sqlite":
        pytest.skip("SQLite lets one writer in at a time, with or without a row lock")
    monkeypatch.setattr(messages, "lock_one", lambda model, i: db.session.get(model, i))
    assert sum(flood(fresh_app, july) for _ in range(ROUNDS)) > ROUNDS


def test_what_is_handed_to_somebody_whose_role_ends_is_not_lost(
    fresh_app: Flask, july: datetime
) -> None:
    """Whichever comes first: whoever is told in the end still coordinates there."""
    for _ in range(ROUNDS):
        with fresh_app.app_context():
            place = make.organization()
            ana, ben = make.coordinator(place), make.coordinator(place)
            admin, thing = make.administrator(), f"panel:{place.uid}"
            role = db.session.scalars(
                sa.select(Membership).where(Membership.person_id == ben.id)
            ).one()
            uid, place_id = role.uid, place.id
            ids = {"ana": ana.id, "admin": admin.id}
            db.session.remove()

        def hand(
            thing: str = thing, uid: str = uid, at: int = place_id, by: int = ids["ana"]
        ) -> None:
            person = db.session.get_one(Person, by)
            handing.hand_over({thing: at}, uid, by=person, now=july)

        def end(uid: str = uid, by: int = ids["admin"]) -> None:
            staff.end_role(uid, by=db.session.get_one(Person, by), now=july)

        at_once(fresh_app, [hand, end])
        with fresh_app.app_context():
            assert leads.to_tell(place_id, thing, july) == [ids["ana"]]


def test_a_message_and_the_end_of_messages(fresh_app: Flask, july: datetime) -> None:
    """Afterwards the thread is closed, with the message or without it."""
    with fresh_app.app_context():
        talk = begun(july)
        engagement_id = talk.engagement.id
        who, by = talk.who.id, talk.by.id
        db.session.remove()

    def write() -> None:
        person = db.session.get_one(Person, by)
        messages.write(engagement_id, "Hello.", by=person, now=july)

    def close() -> None:
        person = db.session.get_one(Person, who)
        messages.choose(engagement_id, wish=False, by=person, now=july)

    done = at_once(fresh_app, [write, close])
    with fresh_app.app_context():
        found = db.session.scalar(sa.select(sa.func.count(Message.id)))
        assert found == done - 1
        assert db.session.get_one(Engagement, engagement_id).takes_messages is False
