"""A row of the ledger stays as it was written, whoever asks the database."""

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.ledger.models import Posting
from tests import make
from tests.ledger.test_actions import owe, payee_of

CHANGES = [
    "UPDATE posting SET cents = 1",
    "UPDATE posting SET cents = 1 WHERE cents < 0",
    "DELETE FROM posting",
    "TRUNCATE posting",
    "TRUNCATE posting CASCADE",
]


@pytest.mark.parametrize("change", CHANGES)
def test_f44_a_ledger_row_is_neither_changed_nor_deleted(
    app: Flask, change: str
) -> None:
    owe(payee_of(make.consultant(), make.payer()), "hours:1", 500)
    is_sqlite = db.engine.dialect.name == "sqlite"
    if is_sqlite and (change.startswith("TRUNCATE") or "WHERE" in change):
        pytest.skip("its triggers fire for rows, and it has no TRUNCATE")
    before = db.session.execute(sa.select(Posting.id, Posting.cents)).all()
    db.session.rollback()
    with pytest.raises(sa.exc.DBAPIError, match="only grows"), db.session.begin():
        db.session.execute(sa.text(change))
    db.session.rollback()
    assert db.session.execute(sa.select(Posting.id, Posting.cents)).all() == before


def test_f44_the_trigger_is_there_in_the_database_itself(app: Flask) -> None:
    """A row changed by its model is refused as one changed by hand."""
    owe(payee_of(make.consultant(), make.payer()), "hours:1", 500)
    row = db.session.scalars(sa.select(Posting)).one()
    row.cents = 1
    with pytest.raises(sa.exc.DBAPIError, match="only grows"):
        db.session.flush()
    db.session.rollback()
    db.session.delete(db.session.scalars(sa.select(Posting)).one())
    with pytest.raises(sa.exc.DBAPIError, match="only grows"):
        db.session.flush()
    db.session.rollback()
