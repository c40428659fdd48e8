"""Copies of the data: made while others write, put back whole, and gone in time."""

import base64
import shutil
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import apart, clock, crypto
from engage.core.db import db, end_read, transaction
from engage.core.errors import Refused
from engage.core.key_store import KeyStore
from engage.core.vault import CannotOpen
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.hours.models import HoursEntry
from engage.ledger.models import Payable, Posting
from engage.organizations.models import Organization
from engage.payouts.models import RailSwitch
from engage.people.models import KeptText, Person
from engage.people.rules import PersonStatus
from engage.records import closing, copies, dumping, erasing, restoring, seals
from tests import make
from tests.payouts.owing import owed
from tests.records.keeping import (
    PRIVATE,
    content,
    invariants,
    keep_copies,
    opened,
    wipe,
)

DAY = timedelta(days=1)


@pytest.fixture
def folders(fresh_app: Flask, tmp_path: Path) -> tuple[Path, Path]:
    return keep_copies(fresh_app, tmp_path)


def count(model: type) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def newest(folder: Path) -> Path:
    return max(folder.iterdir())


class Writing:
    """Somebody who owes money in one thread for as long as the block lasts."""

    def __init__(self, app: Flask, payer_id: int) -> None:
        self.app, self.payer_id = app, payer_id
        self.is_over = threading.Event()
        self.done = 0
        self.thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        with self.app.app_context():
            payer = db.session.get_one(Organization, self.payer_id)
            while not self.is_over.is_set():
                owed(payer)
                self.done += 1
            db.session.remove()

    def __enter__(self) -> "Writing":
        self.thread.start()
        while self.done < 2:
            assert self.thread.is_alive()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()


def test_f35_a_copy_made_while_writing_is_whole_after_everything_was_lost(
    fresh_app: Flask, folders: tuple[Path, Path]
) -> None:
    """The drill: copy, lose everything, put back, compare."""
    with opened(fresh_app):
        payer_id = make.payer().id
        end_read()
        with Writing(fresh_app, payer_id) as writing:
            copies.make(clock.now())
        assert writing.done > 0
        wipe()
        done = restoring.restore(
            newest(folders[0]),
            private=PRIVATE,
            keys=None,
            replace=False,
            now=clock.now(),
        )
        assert done.problems == []
        assert done.rows > 10
        assert invariants() == []
        assert count(Payable) == count(Posting) > 0


def test_rows_sums_and_chains_are_what_they_were(
    fresh_app: Flask, folders: tuple[Path, Path]
) -> None:
    with opened(fresh_app):
        payer = make.payer()
        owed(payer, cents=12_34)
        entry = db.session.scalars(sa.select(HoursEntry)).one()
        who = db.session.get_one(Person, entry.person_id)
        with transaction():
            entry.write_note(who.subject, "a note")
        before = content()
        copies.make(clock.now())
        owed(payer)  # after the copy: it is lost
        keys = crypto.key_store().path
        keys.unlink()
        wipe()
        fresh_app.extensions["key_store"] = KeyStore(
            keys,
            fresh_app.config["SETTINGS"].master_key,
            fresh_app.config["SETTINGS"].lookup_key,
        )
        dumping.put_back(copies.opened(PRIVATE, newest(folders[0]))[1])
        assert content() == before
        crypto.key_store().put_back(copies.opened_keys(PRIVATE, newest(folders[1])))
        seal = seals.BY_COLUMN["hours_entry", "note_sealed"]
        entry = db.session.scalars(sa.select(HoursEntry)).one()
        assert seals.text_of(seal, entry.id) == "a note"
        with pytest.raises(sa.exc.DBAPIError), transaction():  # it still only grows
            db.session.execute(sa.delete(Posting))


def test_the_control_a_copy_without_one_moment_falls_apart(
    fresh_app: Flask, folders: tuple[Path, Path]
) -> None:
    """A copy table by table mixes two moments; ours does not, with the same writer."""
    with opened(fresh_app):
        payer = make.payer()
        owed(payer)
        payables = count(Payable)
        owed(payer)
        assert payables != count(Posting)
        with dumping.taken() as taken:
            owed(payer)
            parts = list(taken.parts)
        wipe()
        dumping.put_back(iter(parts))
        assert count(Payable) == count(Posting) == 2


def test_what_lasts_for_hours_is_in_no_copy(
    fresh_app: Flask, folders: tuple[Path, Path]
) -> None:
    with opened(fresh_app):
        who = make.consultant()
        row = KeptText(person_id=who.id, path="/hours", kept_at=clock.now())
        row.fields_sealed = crypto.seal("kept", "kept_text", "fields", row.uid, "{}")
        make.save(row)
        copies.make(clock.now())
        wipe()
        dumping.put_back(copies.opened(PRIVATE, newest(folders[0]))[1])
        assert count(KeptText) == 0
        assert count(Person) == 1


def test_a_copy_is_refused_over_data_and_with_another_key(
    fresh_app: Flask, folders: tuple[Path, Path]
) -> None:
    with opened(fresh_app):
        make.consultant()
        copies.make(clock.now())
        put = {"keys": None, "now": clock.now()}
        with pytest.raises(Refused, match="--replace"):
            restoring.restore(newest(folders[0]), private=PRIVATE, replace=False, **put)
        with pytest.raises(CannotOpen):
            restoring.restore(
                newest(folders[0]), private=bytes(range(32)), replace=True, **put
            )
        cut = folders[0] / "cut"
        cut.write_bytes(newest(folders[0]).read_bytes()[:-9])
        with pytest.raises(CannotOpen):
            restoring.restore(cut, private=PRIVATE, replace=True, **put)
        assert count(Person) == 1


def test_what_was_closed_and_erased_since_stays_so_and_payments_wait(
    fresh_app: Flask, folders: tuple[Path, Path]
) -> None:
    now = clock.now()
    with opened(fresh_app):
        payer_id = make.payer().id
        gone, left, stayed = (make.consultant() for _ in range(3))
        uids = [each.uid for each in (gone, left, stayed)]
        names = [each.sign_in_name for each in (gone, left, stayed)]
        shutil.copy(crypto.key_store().path, folders[0].parent / "before")
        copies.make(now)
        for each, day in ((gone, 1), (left, 20)):
            closing.close_account(
                word="x", wanted="x", by=each, now=now + timedelta(days=day)
            )
        erasing.erase_due(now + 20 * DAY)
        done = restoring.restore(
            newest(folders[0]),
            private=PRIVATE,
            keys=newest(folders[1]),
            replace=True,
            now=now + 21 * DAY,
        )
        assert done.problems == []
        people = {each.uid: each for each in db.session.scalars(sa.select(Person))}
        assert uids[0] not in people
        assert people[uids[1]].status is PersonStatus.CLOSED
        assert people[uids[2]].sign_in_name == names[2]
        assert f"person:{uids[0]}" not in crypto.key_store().subjects()
        rails = db.session.scalars(sa.select(RailSwitch)).all()
        assert {(row.payer_id, row.is_stopped, row.reason) for row in rails} == {
            (payer_id, True, "restored")
        }
        listed = [line.what for line in apart.lines()]
        assert listed == [closing.CLOSED, closing.CLOSED, erasing.ERASED]


@pytest.fixture
def erased(
    fresh_app: Flask, folders: tuple[Path, Path]
) -> Iterator[tuple[int, datetime]]:
    """A note whose writer closed their account; copies before and after, each day near
    the end: (the note's row, the moment of erasing)."""
    with opened(fresh_app):
        start = clock.now()
        entry = make.hours_entry(
            make.engagement(make.opportunity(make.organization()), make.consultant())
        )
        who = db.session.get_one(Person, entry.person_id)
        with transaction():
            entry.write_note(who.subject, "a note that goes")
            work = db.session.get_one(Engagement, entry.engagement_id)
            work.status, work.ended_on = EngagementStatus.FINISHED, start.date()
        closing.close_account(word="x", wanted="x", by=who, now=start)
        for day in (0, 13):
            copies.make(start + timedelta(days=day))
        erasing.erase_due(start + 14 * DAY)
        row = db.session.scalars(sa.select(HoursEntry.id)).one()
        yield row, start + 14 * DAY


def is_in_any_copy(
    app: Flask, folders: tuple[Path, Path], row: int, place: Path
) -> bool:
    """Every copy there is, with all keys there are: does one give the text back?"""
    settings = app.config["SETTINGS"]
    now_there = crypto.key_store().copy()
    everything = KeyStore(place, settings.master_key, settings.lookup_key)
    app.extensions["key_store"] = everything
    for keys in folders[1].iterdir():
        everything.put_back(copies.opened_keys(PRIVATE, keys))
    everything.put_back(now_there)
    found = False
    for data in folders[0].iterdir():
        dumping.put_back(copies.opened(PRIVATE, data)[1])
        seal = seals.BY_COLUMN["hours_entry", "note_sealed"]
        found |= seals.text_of(seal, row) is not None
    return found


def test_after_eight_days_no_copy_gives_an_erased_text_back(
    fresh_app: Flask,
    folders: tuple[Path, Path],
    erased: tuple[int, datetime],
    tmp_path: Path,
) -> None:
    row, at = erased
    copies.make(at + 8 * DAY)
    assert len(list(folders[0].iterdir())) == 3
    assert not is_in_any_copy(fresh_app, folders, row, tmp_path / "all")


def test_the_control_with_keys_kept_as_long_as_data_gives_it_back(
    fresh_app: Flask,
    folders: tuple[Path, Path],
    erased: tuple[int, datetime],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row, at = erased
    monkeypatch.setattr(copies, "KEYS_KEPT", 30 * DAY)
    copies.make(at + 8 * DAY)
    assert is_in_any_copy(fresh_app, folders, row, tmp_path / "all")


def test_copies_go_in_time_and_nothing_else_does(
    fresh_app: Flask, folders: tuple[Path, Path]
) -> None:
    now = clock.now()
    data, keys = folders
    for folder, ending in ((data, ".data"), (keys, ".keys")):
        for days in (0, 6, 7, 29, 30):
            stamp = (now - timedelta(days=days)).strftime(copies.STAMP)
            (folder / f"{stamp}{ending}").touch()
        (folder / "notes.txt").touch()
    cut_off = (now - 2 * DAY).strftime(copies.STAMP)
    (data / f"{cut_off}.data.part").touch()
    with opened(fresh_app):
        copies.prune(now + timedelta(seconds=1))
    assert len(list(data.iterdir())) == 4 + 1
    assert len(list(keys.iterdir())) == 2 + 1


def test_the_commands_make_a_pair_a_copy_and_put_it_back(
    fresh_app: Flask, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    run = fresh_app.test_cli_runner().invoke
    assert len(run(args=["backup-key"]).output.splitlines()) == 4
    offline = tmp_path / "offline"
    offline.write_text(base64.b64encode(PRIVATE).decode() + "\n")
    with opened(fresh_app):
        make.consultant()
    made = run(args=["backup"])
    assert made.exit_code == 0, made.output
    path = str(newest(folders[0]))
    arguments = ["restore", path, "--private-key", str(offline)]
    assert "--replace" in run(args=arguments).output
    done = run(args=[*arguments, "--replace"])
    assert done.exit_code == 0, done.output
    assert "Payments are stopped" in done.output
    assert run(args=["turn-keys"]).exit_code == 0


def test_without_folders_nothing_is_copied(fresh_app: Flask) -> None:
    made = fresh_app.test_cli_runner().invoke(args=["backup"])
    assert made.exit_code == 1
    assert "BACKUP_FOLDER" in made.output
