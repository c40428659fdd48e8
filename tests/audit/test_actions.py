"""Acts and looks: one entry each, in the transaction that caused them."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit import actions, queries
from engage.audit.models import AuditChain, AuditEntry
from engage.core.db import db, transaction
from engage.people.models import Person
from tests import make

pytestmark = pytest.mark.usefixtures("july")


@pytest.fixture
def viewer(app: Flask) -> Person:
    return make.coordinator(make.organization())


def entries() -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))


def act(verb: str, subject: str, by: Person | None, now: datetime) -> None:
    with transaction():
        actions.record(verb, subject=subject, thing="hours:1", by=by, now=now)


def act_and_fail(by: Person, now: datetime) -> None:
    with transaction():
        actions.record("x", subject="person:a", thing="y:1", by=by, now=now)
        _ = 1 / 0


def look(by: Person, now: datetime, **values: str) -> None:
    named = {"verb": "plan", "subject": "person:a", "thing": "engagement:1", **values}
    actions.look(
        named["verb"],
        subject=named["subject"],
        thing=named["thing"],
        by=by,
        now=now,
        role="coordinator",
        organization_id=1,
    )


def test_each_subject_has_a_chain_of_its_own(viewer: Person, july: datetime) -> None:
    act("hours.log", "person:a", viewer, july)
    act("hours.log", "person:b", viewer, july)
    act("hours.approve", "person:a", None, july)

    found = [(one.subject, one.number, one.by_role) for one in entries()]
    assert found == [
        ("person:a", 1, "staff"),
        ("person:b", 1, "staff"),
        ("person:a", 2, "worker"),
    ]
    assert entries()[2].previous == entries()[0].hash
    assert queries.broken_chains() == []


def test_an_act_that_is_undone_leaves_no_entry(viewer: Person, july: datetime) -> None:
    act("hours.log", "person:a", viewer, july)

    with pytest.raises(ZeroDivisionError):
        act_and_fail(viewer, july)

    assert [one.verb for one in entries()] == ["hours.log"]
    assert db.session.get_one(AuditChain, "person:a").length == 1
    assert queries.broken_chains() == []


def test_looks_of_one_hour_are_one_entry(viewer: Person, july: datetime) -> None:
    look(viewer, july)
    look(viewer, july + timedelta(minutes=59))
    look(viewer, july + timedelta(minutes=60))

    assert [one.number for one in entries()] == [1, 2]
    assert {one.kind for one in entries()} == {"look"}


def test_another_viewer_thing_or_kind_is_another_look(
    viewer: Person, july: datetime
) -> None:
    other = make.coordinator(make.organization())
    look(viewer, july)
    look(other, july)
    look(viewer, july, thing="engagement:2")
    look(viewer, july, verb="note")
    look(viewer, july, subject="person:b")

    assert len(entries()) == 5


def test_an_entry_says_who_where_and_what_but_no_value(
    viewer: Person, july: datetime
) -> None:
    look(viewer, july)

    entry = entries()[0]
    assert (entry.by_person_id, entry.by_role) == (viewer.id, "coordinator")
    assert (entry.organization_id, entry.thing) == (1, "engagement:1")
    assert entry.at == july
    words = {column.key for column in AuditEntry.__table__.columns}
    assert not words & {"value", "values", "text", "note", "before", "after"}
