"""What is older than two years is forgotten; the chain goes on from its last hash."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engage.audit import actions, queries
from engage.audit.models import AuditChain, AuditEntry
from engage.core import clock
from engage.core.db import db, transaction

YEAR, DAY = timedelta(days=366), timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


def write(at: datetime, subject: str = "person:a") -> None:
    with transaction():
        actions.record("made", subject=subject, thing="x:1", by=None, now=at)


def numbers(subject: str = "person:a") -> list[int]:
    query = sa.select(AuditEntry.number).where(AuditEntry.subject == subject)
    return list(db.session.scalars(query.order_by(AuditEntry.number)))


def test_old_entries_go_and_the_chain_still_holds() -> None:
    now = clock.now()
    for age in (3 * YEAR, 2 * YEAR + DAY, 2 * YEAR - DAY, DAY):
        write(now - age)
    write(now - 3 * YEAR, "person:b")
    assert actions.forget_old(now) == 2
    assert actions.forget_old(now) == 0
    assert (numbers(), numbers("person:b")) == ([3, 4], [])
    assert queries.broken_chains() == []
    for subject in ("person:a", "person:b"):
        write(now, subject)
    assert (numbers(), numbers("person:b")) == ([3, 4, 5], [2])
    assert queries.broken_chains() == []


def test_what_is_cut_off_from_a_forgotten_start_is_found() -> None:
    now = clock.now()
    for age in (3 * YEAR, 3 * YEAR - DAY, DAY):
        write(now - age)
    actions.forget_old(now)
    with transaction():
        db.session.execute(sa.update(AuditChain).values(forgotten=1))
    assert queries.broken_chains() == [("person:a", 2)]
    with transaction():
        db.session.execute(sa.update(AuditChain).values(forgotten=2, anchor="1" * 64))
    assert queries.broken_chains() == [("person:a", 3)]


def test_the_database_refuses_to_delete_what_is_young() -> None:
    write(clock.now() - 2 * YEAR + 3 * DAY)
    with pytest.raises(sa.exc.DBAPIError, match="only grows"), transaction() as session:
        session.execute(sa.delete(AuditEntry))
    write(clock.now() - 2 * YEAR - 3 * DAY, "person:old")
    with transaction() as session:
        old = AuditEntry.subject == "person:old"
        session.execute(sa.delete(AuditEntry).where(old))
    with pytest.raises(sa.exc.DBAPIError, match="only grows"), transaction() as session:
        session.execute(sa.update(AuditEntry).values(verb="other"))
