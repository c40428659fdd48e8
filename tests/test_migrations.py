"""Up, down and up again with rows in the tables; and the end is what the models say."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.ledger.models import Payable, Payee
from engage.people.models import Person
from engage.workload import pay_queries
from engage.workload.models_pay import ExpectedPay
from tests import make
from tests.conftest import Kept, running
from tests.house import ROOT

FOLDER = str(ROOT / "migrations")


@pytest.fixture
def migrated(empty_address: str, tmp_path: Path) -> Iterator[Flask]:
    """An application whose tables came from the migrations, in an open context."""
    with running(tmp_path, empty_address) as app, app.app_context():
        flask_migrate.upgrade(directory=FOLDER)
        yield app
        db.session.remove()


def differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, db.metadata))


def triggers() -> list[str]:
    catalog = "sqlite_master WHERE type = 'trigger'"
    if db.engine.dialect.name == "postgresql":
        catalog = "(SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal) AS t"
    with db.engine.connect() as connection:
        return sorted(connection.scalars(sa.text(f"SELECT name FROM {catalog}")))  # noqa: S608


def fill() -> None:
    place = make.organization()
    work = make.opportunity(place)
    agreed = make.engagement(work, make.consultant())
    make.hours_entry(agreed)
    make.coordinator(place)
    db.session.remove()


def test_the_last_migration_is_what_the_models_say(migrated: Flask) -> None:
    assert differences() == []


def test_a_column_the_migrations_do_not_have_is_noticed(migrated: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE organization ADD COLUMN odd INTEGER"))
    assert differences() != []


def test_up_down_and_up_again_over_rows(migrated: Flask) -> None:
    fill()
    flask_migrate.downgrade(directory=FOLDER, revision="base")
    assert sa.inspect(db.engine).get_table_names() == ["alembic_version"]
    flask_migrate.upgrade(directory=FOLDER)
    fill()
    assert differences() == []


def counts() -> dict[str, int]:
    """How many rows each table holds."""
    with db.engine.connect() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table))
            or 0
            for table in db.metadata.sorted_tables
        }


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_rows_outlive_a_step_down_and_up(migrated: Flask, revision: str) -> None:
    fill()
    before = counts()
    flask_migrate.downgrade(directory=FOLDER, revision=revision)
    flask_migrate.upgrade(directory=FOLDER)
    after = counts()

    assert {name: after[name] for name in before if before[name]} == {
        name: number for name, number in before.items() if number
    }
    if revision == "0001":  # the step up writes the first version of every yes
        assert after["terms_version"] == after["engagement"]
    assert differences() == []


def test_pay_of_before_is_counted_once_on_its_local_day(migrated: Flask) -> None:
    """Hours that were paid before the step take the place of the agreed pay."""
    place = make.organization()
    session = {"starts_at": "2026-03-01T03:00:00+00:00", "minutes": 60}
    terms = {"sessions": [session], "pay_days": ["2026-03-14"], "seat_cents": 75_00}
    who = make.consultant(zone="America/Los_Angeles")
    agreed = make.engagement(make.opportunity(place), who, terms=terms)
    fields = {"status": "paid", "cents": 75_00, "decided_at": clock.now()}
    entry = make.hours_entry(agreed, is_attested=True, **fields)
    payee = make.save(Payee(person_id=who.id, payer_id=place.id, handle="P-1"))
    day = date(2026, 2, 28)
    fields = {"worked_on": day, "due_on": day, "paid_on": day, "cents": 75_00}
    fields |= {"payee_id": payee.id, "payer_id": place.id, "funding_line_id": 1}
    fields |= {"organization_id": place.id, "kind": "hours", "status": "paid"}
    make.save(Payable(source=f"hours:{entry.uid}", **fields))
    who_id = who.id
    db.session.remove()
    flask_migrate.downgrade(directory=FOLDER, revision="0001")
    flask_migrate.upgrade(directory=FOLDER)
    who = db.session.get_one(Person, who_id)
    counted = pay_queries.own_earnings(who, datetime(2026, 3, 20, tzinfo=UTC)).pay
    assert [(each.cents, each.paid_on) for each in counted] == [(75_00, day)]
    rows = db.session.scalars(sa.select(ExpectedPay.worked_on)).all()
    assert rows == [day, day]


def constraints() -> set[tuple[str, str, str]]:
    """(table, name, definition) of everything that holds rows to the rules."""
    query = """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public'"""
    with db.engine.connect() as connection:
        rows = connection.execute(sa.text(query))
        return {
            (table, name, text) for table, name, text in rows if "alembic" not in table
        }


def test_migrations_and_models_make_the_same_constraints(
    migrated: Flask, database: str, kept_app: Kept
) -> None:
    if db.engine.dialect.name != "postgresql":
        return  # SQLite has no catalog of them; the same migrations made both
    ours = constraints()
    with kept_app(database).app_context():
        assert constraints() ^ ours == set()
    assert ours


def test_migrations_and_models_make_the_same_triggers(
    migrated: Flask, database: str, kept_app: Kept
) -> None:
    ours = triggers()
    with kept_app(database).app_context():
        assert triggers() == ours
    assert ours
