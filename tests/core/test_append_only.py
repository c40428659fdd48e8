"""Postings and audit entries: the database itself refuses to change or drop a row."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit import actions as audit
from engage.audit.models import AuditEntry
from engage.core.db import Base, db, transaction
from engage.ledger.models import Posting
from tests import make

THEN = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def rows(app: Flask) -> None:
    make.save(
        Posting(
            kind="earned",
            source="hours:1",
            debit="expense:1",
            credit="payable:1",
            cents=5,
            at=THEN,
        )
    )
    with transaction():
        audit.record("made", subject="person:1", thing="x:1", by=None, now=THEN)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("table", ["posting", "audit_entry"])
@pytest.mark.parametrize("verb", ["UPDATE {0} SET id = id", "DELETE FROM {0}"])
def test_what_was_written_stays(table: str, verb: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="only grows"), transaction() as session:
        session.execute(sa.text(verb.format(table)))
    model: type[Base] = Posting if table == "posting" else AuditEntry
    assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 1


@pytest.mark.usefixtures("rows")
def test_emptying_the_whole_table_is_refused_too(database: str) -> None:
    if database == "sqlite":
        return  # has no TRUNCATE
    for table in ("posting", "audit_entry"):
        with pytest.raises(sa.exc.DBAPIError, match="only grows"), transaction() as one:
            one.execute(sa.text(f"TRUNCATE {table}"))
