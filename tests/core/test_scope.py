"""The wall: a page's reads are narrowed whatever its query forgot; actions are not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g
from sqlalchemy.orm import aliased

from engage.core import policy, scope
from engage.core.access import Held, Role
from engage.core.db import db, transaction
from engage.people.models import Person
from engage.workload.models import Pause
from tests import make, scenes

pytestmark = pytest.mark.usefixtures("july")


@pytest.fixture
def people(app: Flask, july: datetime) -> list[Person]:
    """Two consultants who pause, and a coordinator who knows both by name."""
    found = scenes.consultants(2)
    place = make.organization()
    for who in found:
        make.alias(who, place, is_listed=True)
        db.session.add(
            Pause(person_id=who.id, starts_on=date(2026, 7, 1), ends_on=None)
        )
    db.session.commit()
    staff = make.coordinator(place)
    staff.held = frozenset({Held(Role.COORDINATOR, place.id)})
    return [*found, staff]


@contextmanager
def as_page_of(app: Flask, person: Person | None) -> Iterator[None]:
    with app.test_request_context("/"):
        g._login_user = person
        yield


def seen() -> set[int]:
    return set(db.session.scalars(sa.select(Pause.person_id)))


def test_a_page_reads_its_viewers_own_alone(app: Flask, people: list[Person]) -> None:
    one, other, staff = people
    ids = {one.id, other.id}
    assert seen() == ids  # no page: a job, a command
    with as_page_of(app, one):
        assert seen() == {one.id}
        assert db.session.get(Pause, other.id) is None
    for nobody in (staff, None):
        with as_page_of(app, nobody):
            assert seen() == set()


def test_every_shape_of_a_query_meets_the_wall(
    app: Flask, people: list[Person]
) -> None:
    one, other, _ = people
    again = aliased(Pause)
    is_theirs = Pause.person_id == Person.id
    shapes: list[Any] = [
        sa.select(again.person_id),
        sa.select(Person.id).join(Pause, is_theirs),
        sa.select(Person.id).outerjoin(Pause, is_theirs).where(Pause.person_id > 0),
        sa.select(Person.id).where(sa.exists().where(is_theirs)),
        sa.select(Person.id).where(is_theirs),
        sa.select(Person.id).where(Person.id.in_(sa.select(Pause.person_id))),
        sa.select(sa.select(Pause.person_id).subquery()),
        sa.select(sa.select(Pause.person_id).cte()),
        sa.union_all(sa.select(Pause.person_id), sa.select(again.person_id)),
    ]
    for shape in shapes:
        with as_page_of(app, one):
            assert set(db.session.scalars(shape)) == {one.id}, str(shape)
    with as_page_of(app, one):
        count = sa.select(sa.func.count()).select_from(Pause)
        assert db.session.scalar(count) == 1


def test_actions_and_what_is_said_aloud_read_all(
    app: Flask, people: list[Person]
) -> None:
    one, other, _ = people
    with as_page_of(app, one):
        with transaction():
            assert seen() == {one.id, other.id}
        with scope.unscoped("to see that it can be said"):
            assert seen() == {one.id, other.id}
        assert seen() == {one.id}
        with pytest.raises(ValueError, match="say why"), scope.unscoped(""):
            pass


def test_without_the_wall_a_forgetful_query_tells_all(
    app: Flask, people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what the tests above see is the wall's doing."""
    one, other, _ = people
    monkeypatch.setattr(scope, "_tables", lambda _: frozenset())
    with as_page_of(app, one):
        assert seen() == {one.id, other.id}


def test_the_wall_follows_the_policy(app: Flask, people: list[Person]) -> None:
    rules = policy.read()
    kind = rules.kinds["pause"]
    wider = policy.Kind(
        kind.name, kind.data, {**kind.rights, "X": "r"}, kind.columns, kind.note
    )
    policy.book.put(rules._replace(kinds={**rules.kinds, "pause": wider}))
    try:
        with as_page_of(app, people[0]):
            assert seen() == {people[0].id, people[1].id}
    finally:
        policy.book.put(rules)
