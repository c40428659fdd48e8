"""No private field is without a canary, and the database server's log has none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.access import Role
from engage.core.db import Base, Conflict, db, transaction
from engage.people.models import Alias
from tests import canaries, pages
from tests.filled import Filled, undone

# Sealed columns that no page shows and nobody types, each with its reason.
WITHOUT = {
    "app_code.seed_sealed": "tests/people look for the seed of an app on every page",
    "legal_request.given_sealed": "counts by table, no words of anybody",
}


@pytest.fixture
def app(filled: Filled, database: str) -> Iterator[Flask]:
    app = filled("small", database)
    with undone(app):
        yield app


def sealed() -> dict[str, sa.Column[bytes]]:
    return {
        f"{table.name}.{column.name}": column
        for table in Base.metadata.sorted_tables
        for column in table.c
        if column.name.endswith("_sealed")
    }


def values() -> dict[str, list[object]]:
    return {
        name: sorted(db.session.scalars(sa.select(column)), key=repr)
        for name, column in sealed().items()
    }


@pytest.mark.parametrize("database", ["sqlite"])
def test_every_sealed_column_has_a_canary(app: Flask) -> None:
    """From the models: a new one without words in tests/canaries.py fails here."""
    before = values()
    canaries.plant(pages.person_of(Role.CONSULTANT))
    after = values()
    silent = {name for name in before if before[name] == after[name]}
    assert silent - set(WITHOUT) == set(), "plant a canary in tests/canaries.py"
    assert set(WITHOUT) <= silent, "these have a canary now"


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"])
def test_the_servers_log_tells_no_private_word(
    app: Flask, postgres_address: str
) -> None:
    """A statement that fails is logged by the server, with its values unless told not.

    The control is the same failure with the server's own defaults.
    """
    log = Path(postgres_address.partition("host=")[2]) / "log"
    first, second = db.session.scalars(sa.select(Alias.id).limit(2)).all()
    for verbosity, tells in (("terse", False), ("default", True)):
        word = f"quokka-{verbosity}"
        start = log.stat().st_size
        db.session.execute(sa.text(f"SET LOCAL log_error_verbosity = {verbosity}"))
        with pytest.raises(Conflict), transaction():
            db.session.execute(
                sa.update(Alias).where(Alias.id.in_([first, second])).values(uid=word)
            )
        written = log.read_text()[start:]
        assert "duplicate key" in written
        assert (word in written) is tells
