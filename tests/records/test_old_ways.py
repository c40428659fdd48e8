"""What somebody ended to keep others out stays ended when a copy is put back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import apart, clock
from engage.core.db import db, end_read, transaction
from engage.core.errors import Refused
from engage.people import (
    contact,
    factor_queries,
    own_devices,
    papers,
    recovery,
    staff,
)
from engage.people import passkeys as keys_
from engage.people.contact_rules import Wish
from engage.people.factor_models import OwnDevice, Passkey
from engage.people.factor_rules import PaperKind
from engage.people.models import Membership, Person
from engage.people.recovery_models import Recovery
from engage.people.recovery_rules import RecoveryStatus
from engage.people.reopening import finish
from engage.people.rules import PersonStatus, SafeContact
from engage.records import copies, restoring
from tests import make
from tests.people import accounts
from tests.records.keeping import PRIVATE, keep_copies, opened

NAME, HOUR = "paper-boat-lamp", timedelta(hours=1)


@pytest.fixture
def folder(fresh_app: Flask, tmp_path: Path) -> Iterator[Path]:
    with opened(fresh_app):
        yield keep_copies(fresh_app, tmp_path)[0]


def put_back(folder: Path, **more: bool) -> restoring.Restored:
    end_read()
    return restoring.restore(
        next(folder.iterdir()),
        private=PRIVATE,
        keys=None,
        replace=True,
        now=clock.now() + 73 * HOUR,
        **more,
    )


def who() -> Person:
    return db.session.scalars(sa.select(Person)).one()


def opens(code: str, now: datetime) -> bool:
    try:
        return recovery.look_up(NAME, code, now=now).opens
    except Refused:
        return False


def passkey(person: Person, now: datetime) -> Passkey:
    row = Passkey(
        person_id=person.id, credential_id=b"x", public_key=b"y", sign_count=0,
        host="localhost", is_synced=False, added_at=now,
    )  # fmt: skip
    with transaction() as session:
        session.add(row)
    return row


def test_old_codes_tries_devices_and_addresses_stay_ended(folder: Path) -> None:
    now = clock.now()
    person = accounts.consultant(NAME)
    contact.save(
        person.id, Wish(SafeContact.EMAIL, "old@example.org"), by=person, now=now - HOUR
    )
    own_devices.mark(by=person, now=now)
    lost = passkey(person, now)
    (helper,) = papers.print_anew(PaperKind.HELPER, by=person, now=now - HOUR)
    spare = papers.print_anew(PaperKind.RECOVERY, by=person, now=now - HOUR)
    begun = recovery.start_by_helper(recovery.look_up(NAME, helper, now=now), now=now)
    copies.make(now)
    later = now + HOUR
    recovery.cancel(by=person, now=later)
    papers.print_anew(PaperKind.RECOVERY, by=person, now=later)
    papers.print_anew(PaperKind.SIGN_IN, by=person, now=later)
    keys_.remove(lost.uid, by=person, now=later)
    contact.stop(person.id, by=person, now=later)
    assert put_back(folder).problems == []
    for code in (begun, *spare):
        assert not opens(code, now + 73 * HOUR)
    person = who()
    assert (person.contact, person.email) == (SafeContact.NONE, None)
    assert person.recovery_at is None
    assert not factor_queries.passkeys(person.id)
    assert db.session.scalars(sa.select(OwnDevice)).all() == []
    states = set(db.session.scalars(sa.select(Recovery.status)))
    assert states == {RecoveryStatus.CANCELLED}


def test_what_was_done_before_the_copy_is_left_alone(folder: Path) -> None:
    now = clock.now()
    person = accounts.consultant(NAME)
    contact.save(
        person.id,
        Wish(SafeContact.EMAIL, "safe@example.org"),
        by=person,
        now=now - HOUR,
    )
    spare = papers.print_anew(PaperKind.RECOVERY, by=person, now=now - HOUR)
    passkey(person, now)
    copies.make(now)
    put_back(folder)
    person = who()
    assert person.email == "safe@example.org"
    assert len(factor_queries.passkeys(person.id)) == 1
    assert opens(spare[0], now)


def test_an_account_opened_anew_since_opens_by_nothing_of_before(folder: Path) -> None:
    now = clock.now()
    person = accounts.consultant(NAME)
    spare = papers.print_anew(PaperKind.RECOVERY, by=person, now=now - HOUR)
    passkey(person, now)
    copies.make(now)
    way = recovery.look_up(NAME, spare[0], now=now)
    finish(way, password="wooden bridge quiet lantern", now=now + HOUR)
    put_back(folder)
    person = who()
    assert not factor_queries.factors_of(person.id)
    assert not any(opens(code, now) for code in spare)
    assert person.password_hash == "none"
    assert person.recovered_at == now + HOUR


def test_staff_who_were_let_go_do_not_come_back(folder: Path) -> None:
    now = clock.now()
    admin, place = make.administrator(), make.organization()
    gone, moved = (accounts.coordinator(place) for _ in range(2))
    gone_id, moved_id = gone.id, moved.id
    copies.make(now)
    (role,) = db.session.scalars(
        sa.select(Membership.uid).where(Membership.person_id == moved.id)
    )
    staff.close_account(gone.uid, by=admin, now=now + HOUR)
    staff.end_role(role, by=admin, now=now + HOUR)
    put_back(folder)
    assert db.session.get_one(Person, gone_id).status is PersonStatus.CLOSED
    assert db.session.get_one(Person, moved_id).status is PersonStatus.ACTIVE
    assert None not in set(db.session.scalars(sa.select(Membership.ended_on)))


def test_without_the_list_nothing_is_put_back_unless_it_is_said(folder: Path) -> None:
    apart.note("something", "a", now=clock.now())
    accounts.consultant(NAME)
    copies.make(clock.now())
    whole = apart.path().read_bytes()
    for left in (None, b""):
        apart.path().unlink(missing_ok=True)
        if left is not None:
            apart.path().write_bytes(left)
        with pytest.raises(Refused, match="--without-list"):
            put_back(folder)
    put_back(folder, without_list=True)
    apart.path().write_bytes(whole)
    put_back(folder)


def test_a_line_after_one_cut_short_is_not_lost(folder: Path) -> None:
    apart.note("something", "a", now=clock.now())
    with apart.path().open("a") as listed:
        listed.write('{"at": "2026-')
    apart.note("something", "b", now=clock.now())
    assert [line.uid for line in apart.lines()] == ["a", "b"]
