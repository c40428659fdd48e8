"""Changing keys: what old ones closed is closed again, a few rows at a time.

Killed at any point, every row opens: a key goes only when nothing is closed by it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.core import crypto
from engage.core.db import db, end_read, transaction
from engage.core.key_store import SealBroken
from engage.payouts.models_accounts import PayeeAccount, RailEvent
from engage.people.models import Person
from engage.people.rules import plain_name
from engage.records import seals
from engage.records.seals import Seal

AT_ONCE = 50
# Longer than the oldest backup: what it holds is closed by keys of its own time.
RETIRED_KEPT = timedelta(days=31)


class Turned(NamedTuple):
    """How many subjects have a new key, rows are closed anew, keys are gone."""

    subjects: int
    rows: int
    hashes: int
    dropped: int


def turn_keys(now: datetime) -> Turned:
    """Everything that is left to do of a change of keys; nothing without one."""
    subjects = renew_keys(now)
    used: set[tuple[str, int]] = set()
    done = 0
    if crypto.key_store().retired(now + timedelta(days=1)):
        done = sum(reseal(seal, used) for seal in seals.SEALS)
    hashes = hash_anew() if crypto.key_store().old_lookup else 0
    return Turned(subjects, done, hashes, _drop_retired(used, now))


def renew_keys(now: datetime) -> int:
    """Wrap every key by the present master key; each subject seals by a new one."""
    done = 0
    while found := crypto.key_store().stale(AT_ONCE):
        for subject in found:
            crypto.key_store().renew(subject, now)
        done += len(found)
    return done


def reseal(seal: Seal, used: set[tuple[str, int]]) -> int:
    """Close a column's texts by each subject's newest key; how many were changed.

    `used` takes the keys that are needed all the same, by rows that do not open.
    """
    done = 0
    for row in _every(lambda after: seals.rows(seal, after, AT_ONCE)):
        key, subject, uid, sealed = row
        if not sealed or _is_newest(subject, sealed):
            continue
        fresh = _anew(seal, subject, uid, sealed)
        if fresh is None or not _put(seal, key, sealed, fresh):
            used.add((subject, crypto.key_number(sealed)[0]))
        else:
            done += 1
    return done


def _every(read: Callable[[int], list[Any]]) -> Iterator[Any]:
    """All rows in order, read a few at a time, no transaction open between."""
    after = -1
    while found := read(after):
        end_read()
        yield from found
        after = found[-1][0]


def _is_newest(subject: str | None, sealed: bytes) -> bool:
    try:
        newest = crypto.key_store().newest(str(subject), make=False)[0]
    except SealBroken:
        return True  # its key was thrown away: there is nothing to close
    return crypto.key_number(sealed)[0] == newest


def _anew(seal: Seal, subject: str, uid: str, sealed: bytes) -> bytes | None:
    try:
        text = crypto.open_sealed(subject, seal.table, seal.name, uid, sealed)
    except SealBroken:
        return None
    return crypto.seal(subject, seal.table, seal.name, uid, text)


def _put(seal: Seal, key: int, sealed: bytes, fresh: bytes) -> bool:
    """Only in place of what was read: a newer text is closed by the newest key."""
    with transaction() as session:
        done = session.execute(
            sa.update(seal.column.class_)
            .where(seal.key == key, seal.column == sealed)
            .values({seal.column.key: fresh})
            .execution_options(synchronize_session=False)
        )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def hash_anew() -> int:
    """Hash by the present look-up key what is found by a keyed hash; how many."""
    return sum(_hash_person(row) for row in _every(_people)) + sum(
        _hash_account(row) for row in _every(_accounts)
    )


def _people(after: int) -> list[Any]:
    return list(
        db.session.execute(
            sa.select(Person.id, Person.uid, Person.sign_in_sealed, Person.sign_in_hash)
            .where(Person.id > after)
            .order_by(Person.id)
            .limit(AT_ONCE)
        )
    )


def _hash_person(row: Any) -> int:
    place = (f"person:{row.uid}", "person", "sign_in_sealed", row.uid)
    try:
        name = crypto.open_sealed(*place, row.sign_in_sealed)
    except SealBroken:
        return 0  # an account that was erased
    fresh = crypto.lookup_hash("sign-in", plain_name(name))
    if fresh == row.sign_in_hash:
        return 0
    with transaction() as session:
        session.execute(
            sa.update(Person)
            .where(Person.id == row.id, Person.sign_in_hash == row.sign_in_hash)
            .values(sign_in_hash=fresh)
            .execution_options(synchronize_session=False)
        )
    return 1


def _accounts(after: int) -> list[Any]:
    return list(
        db.session.execute(
            sa.select(PayeeAccount.id, PayeeAccount.account_hash)
            .where(PayeeAccount.id > after, PayeeAccount.account_hash.is_not(None))
            .order_by(PayeeAccount.id)
            .limit(AT_ONCE)
        )
    )


def _hash_account(row: Any) -> int:
    seal = seals.BY_COLUMN["payee_account", "account_sealed"]
    account = seals.text_of(seal, row.id)
    end_read()
    if account is None:
        return 0
    fresh = crypto.lookup_hash("payment account", account)
    if fresh == row.account_hash:
        return 0
    with transaction() as session:
        for model in (PayeeAccount, RailEvent):
            session.execute(
                sa.update(model)
                .where(model.account_hash == row.account_hash)
                .values(account_hash=fresh)
                .execution_options(synchronize_session=False)
            )
    return 1


def _drop_retired(used: set[tuple[str, int]], now: datetime) -> int:
    gone = [
        each
        for each in crypto.key_store().retired(now - RETIRED_KEPT)
        if each not in used
    ]
    for subject, number in gone:
        crypto.key_store().drop(subject, number)
    return len(gone)
