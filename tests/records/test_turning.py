"""A change of keys killed at every step: every sealed text opens at all times."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock, crypto
from engage.core.db import db, transaction
from engage.core.key_store import KeyStore
from engage.engagements.models import Message
from engage.engagements.rules import Side
from engage.funding.cost_rules import CostKind
from engage.hours.expense_models import Expense
from engage.ledger.models import Payee
from engage.panels.models import ParityNote
from engage.panels.rules import SeatRole
from engage.payouts.models_accounts import PayeeAccount, RailEvent
from engage.people import codes
from engage.people import queries as people
from engage.people.code_models import EntryCode
from engage.people.models import Person
from engage.people.rules import PersonKind, SafeContact
from engage.records import seals, turning
from engage.workload.models import AvoidedTopics
from tests import make
from tests.house import ROOT
from tests.records.turner import (
    LATER,
    NAME,
    NEW,
    NEW_LOOKUP,
    OLD,
    OLD_LOOKUP,
    STEPS,
    TEXTS,
    app_with,
)


def fill() -> None:
    """A few people, with something in several sealed columns."""
    place = make.organization()
    people = [make.consultant(NAME), make.consultant(), make.consultant()]
    post = make.opportunity(place)
    panel = make.panel(place)
    note = ParityNote(
        panel_id=panel.id, role=SeatRole.CHAIR, noted_on=clock.today("UTC")
    )
    note.reason = "It takes longer."
    make.save(note)
    topics = AvoidedTopics(person_id=people[0].id)
    topics.write(people[0].subject, ["courts"])
    make.save(topics)
    with transaction():
        people[0].email, people[0].contact = "a@example.org", SafeContact.EMAIL
    payee = make.save(Payee(person_id=people[0].id, payer_id=place.id, handle="abc"))
    account = PayeeAccount(
        payee_id=payee.id, created_at=clock.now(), usable_from=clock.now()
    )
    account.account_id = "acct_1"
    make.save(account)
    for who in people[:2]:
        entry = make.hours_entry(make.engagement(post, who))
        with transaction():
            entry.write_note(who.subject, f"note of {who.id}")
    message = Message(
        engagement_id=entry.engagement_id, side=Side.CONSULTANT, at=clock.now()
    )
    message.write(people[1].subject, "hello")
    make.save(message)
    _spend(entry.engagement_id, people[1], place.id)


def _spend(engagement_id: int, who: Person, organization_id: int) -> None:
    cost = Expense(
        engagement_id=engagement_id,
        person_id=who.id,
        organization_id=organization_id,
        kind=CostKind.CHILDCARE,
        day=clock.today("UTC"),
        cents=10_00,
        sent_at=clock.now(),
    )
    cost.write_receipt(who.subject, "Sam", "12")
    make.save(cost)


def texts() -> list[str | None]:
    return [
        seals.text_of(seal, key)
        for seal in seals.SEALS
        for (key, *_) in seals.rows(seal, -1, 999)
    ]


@pytest.fixture
def old(fresh_app: Flask, tmp_path: Path) -> str:
    """The address of a database whose rows the old keys have closed."""
    address = str(fresh_app.config["SQLALCHEMY_DATABASE_URI"])
    app = app_with(tmp_path, address, "old")
    with app.app_context():
        fill()
        assert len(texts()) == TEXTS
        assert all(texts())
        db.session.remove()
        db.engine.dispose()
    return address


def run(folder: Path, address: str, *steps: str) -> tuple[int, int]:
    """(children that were killed, times at which something did not open)."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.records.turner", str(folder), address]
        + list(steps),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    killed, unread = done.stdout.split()
    return int(killed), int(unread)


def test_f37_killed_at_every_step_every_row_opens_at_all_times(
    old: str, tmp_path: Path
) -> None:
    steps = [step for step in STEPS if step != "none"]
    assert run(tmp_path, old, *steps) == (len(steps), 0)


def test_the_control_that_throws_keys_away_at_once_loses_texts(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the children above would meet if a key went before its rows were done."""
    app.extensions["key_store"] = KeyStore(tmp_path / "here.sqlite", OLD, OLD_LOOKUP)
    fill()
    keys(app, tmp_path, both=True)
    monkeypatch.setattr(turning, "RETIRED_KEPT", -LATER)
    monkeypatch.setattr(turning, "reseal", lambda seal, used: 0)
    turning.turn_keys(clock.now())
    assert not all(texts())


def keys(app: Flask, folder: Path, *, both: bool) -> KeyStore:
    """The app goes on with the new keys, and with the old ones beside them."""
    store = KeyStore(
        folder / "here.sqlite",
        NEW,
        NEW_LOOKUP,
        old_master=OLD if both else None,
        old_lookup=OLD_LOOKUP if both else None,
    )
    app.extensions["key_store"] = store
    return store


def test_new_writes_use_the_new_key_and_nothing_is_left_of_the_old(
    app: Flask, tmp_path: Path
) -> None:
    app.extensions["key_store"] = KeyStore(tmp_path / "here.sqlite", OLD, OLD_LOOKUP)
    fill()
    before = texts()
    store = keys(app, tmp_path, both=True)
    now = clock.now()
    assert turning.turn_keys(now).rows == TEXTS
    assert turning.turn_keys(now) == (0, 0, 0, 0)  # safe to run twice
    numbers = {
        crypto.key_number(sealed)[0]
        for seal in seals.SEALS
        for (_, _, _, sealed) in seals.rows(seal, -1, 999)
    }
    assert numbers == {1}
    assert store.retired(now + LATER)
    assert turning.turn_keys(now + LATER).dropped > 0
    assert store.retired(now + LATER) == []
    keys(app, tmp_path, both=False)
    assert texts() == before


def test_a_key_that_still_closes_something_is_not_dropped(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.extensions["key_store"] = KeyStore(tmp_path / "here.sqlite", OLD, OLD_LOOKUP)
    fill()
    keys(app, tmp_path, both=True)
    monkeypatch.setattr(turning, "_put", lambda *_: False)
    turned = turning.turn_keys(clock.now())
    assert turned.rows == 0
    assert turning.turn_keys(clock.now() + LATER).dropped < turned.subjects
    assert all(texts())


def test_names_codes_and_accounts_are_found_while_the_look_up_key_changes(
    app: Flask, tmp_path: Path
) -> None:
    app.extensions["key_store"] = KeyStore(tmp_path / "here.sqlite", OLD, OLD_LOOKUP)
    fill()
    code = "7KQM-4TXN-9PWD-2HJF"
    hashed = codes.code_hash(code)
    soon = clock.now() + LATER
    row = EntryCode(code_hash=hashed, kind=PersonKind.CONSULTANT, expires_at=soon)
    make.save(row)
    keys(app, tmp_path, both=True)
    for _ in ("before", "after"):
        assert people.person_named(NAME) is not None
        assert people.is_taken(NAME)
        assert codes.check(code, now=clock.now()) == hashed
        turning.turn_keys(clock.now())
    keys(app, tmp_path, both=False)
    assert people.person_named(NAME) is not None
    account = db.session.scalars(sa.select(PayeeAccount)).one()
    assert account.account_hash == crypto.lookup_hash("payment account", "acct_1")


def test_an_event_that_waits_goes_with_its_account(app: Flask, tmp_path: Path) -> None:
    app.extensions["key_store"] = KeyStore(tmp_path / "here.sqlite", OLD, OLD_LOOKUP)
    fill()
    account = db.session.scalars(sa.select(PayeeAccount)).one()
    now = clock.now()
    make.save(
        RailEvent(
            event_id="evt_1",
            kind="account.updated",
            object_id="",
            account_hash=account.account_hash,
            created_at=now,
            arrived_at=now,
            next_try_at=now,
        )
    )
    keys(app, tmp_path, both=True)
    turning.turn_keys(now)
    db.session.expire_all()
    event = db.session.get_one(RailEvent, "evt_1")
    assert event.account_hash == crypto.lookup_hash("payment account", "acct_1")


def test_every_sealed_column_is_known() -> None:
    """A new one must say whose key closes it, or it is lost when keys are changed."""
    found = {
        (table.name, column.name)
        for table in db.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert found == set(seals.BY_COLUMN)
