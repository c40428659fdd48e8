"""The inbox: told once, read by its owner alone, deleted when put away."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db, transaction
from engage.core.errors import NotFound
from engage.notices import actions, queries, rules
from engage.notices.models import Notice
from engage.people.models import Person
from tests import make

pytestmark = pytest.mark.usefixtures("july")


@pytest.fixture
def person(app: Flask) -> Person:
    return make.consultant()


def unread(person: Person, now: datetime) -> list[Notice]:
    return list(queries.inbox(person.id, now + timedelta(hours=1)))


def tell(person: Person, now: datetime, kind: str = "offer", uid: str = "a") -> Notice:
    with transaction():
        actions.queue(person.id, kind, now=now, uid=uid)
    return queries.inbox(person.id, now)[0]


def test_the_newest_stand_first_and_one_more_shows_that_there_are_more(
    person: Person, july: datetime
) -> None:
    for minute in range(queries.SHOWN + 3):
        tell(person, july + timedelta(minutes=minute), uid=str(minute))

    found = unread(person, july)

    assert [one.values["uid"] for one in found][:2] == ["10", "9"]
    assert len(found) == queries.SHOWN + 1


def test_what_is_put_away_is_deleted(person: Person, july: datetime) -> None:
    first, _ = tell(person, july, uid="a"), tell(person, july, uid="b")
    actions.put_away(person.id, first.uid)
    assert [one.values["uid"] for one in unread(person, july)] == ["b"]

    actions.put_all_away(person.id, now=july)

    assert unread(person, july) == []


def test_nobody_puts_away_what_is_not_theirs(person: Person, july: datetime) -> None:
    theirs = tell(make.consultant(), july)
    with pytest.raises(NotFound):
        actions.put_away(person.id, theirs.uid)
    actions.put_all_away(person.id, now=july)
    assert db.session.scalar(sa.select(sa.func.count(Notice.id))) == 1


def test_the_same_news_is_not_told_twice_while_unread(
    person: Person, july: datetime
) -> None:
    for _ in range(2):
        with transaction():
            actions.queue_once([person.id], "batch", now=july, uid="x")
    assert len(unread(person, july)) == 1

    actions.put_all_away(person.id, now=july)
    with transaction():
        actions.queue_once([person.id], "batch", now=july, uid="x")

    assert len(unread(person, july)) == 1


def test_what_is_kept_back_is_neither_read_nor_put_away_before(
    person: Person, july: datetime
) -> None:
    later = july + timedelta(days=1)
    with transaction():
        actions.queue_once([person.id], "batch", now=later)
        actions.queue_once([person.id], "batch", now=july)

    assert len(queries.inbox(person.id, july)) == 1
    assert queries.people_with_due_mail(july, 5) == [person.id]
    actions.put_all_away(person.id, now=july)
    assert queries.people_with_due_mail(july, 5) == []
    assert len(queries.inbox(person.id, later)) == 1


def test_old_news_goes_after_a_month(person: Person, july: datetime) -> None:
    tell(person, july)
    actions.forget_old(july + rules.KEPT - timedelta(seconds=1))
    assert len(unread(person, july)) == 1
    actions.forget_old(july + rules.KEPT)
    assert unread(person, july) == []


def test_the_sentence_that_goes_outside_says_nothing() -> None:
    assert rules.OUTSIDE == "You have an update."
