"""Wrapped keys in a file of its own, left out of the database and its backups."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engage.core.key_file import KeyFile

NONCE = 12
WRAPPED = b"\x02"
OLD_LENGTH = NONCE + 32 + 16  # of a key that was wrapped before masters had a name


class SealBroken(Exception):
    """The text was altered, moved to another row, or its key was thrown away."""


class MasterKeyMissing(SealBroken):
    """The key is there, and the master key that wrapped it is not in the settings."""


class KeyStore:
    """A key per subject, made on first use; losing it erases what it sealed.

    A subject may have several, numbered: the newest seals, older ones still open. Each
    is wrapped by a master key; the first of `masters` wraps what is written now. What
    one process forgets is gone in all of them: a thread keeps no key past a change of
    the file.
    """

    def __init__(
        self,
        path: Path,
        master: bytes,
        lookup: bytes,
        *,
        old_master: bytes | None = None,
        old_lookup: bytes | None = None,
    ) -> None:
        self.path = path
        self.lookup = lookup
        self.old_lookup = old_lookup
        self._master = master
        self._masters = {master_id(each): each for each in (master, old_master) if each}
        self._file = KeyFile(path)

    def newest(self, subject: str, *, make: bool) -> tuple[int, bytes]:
        """The number and the key that seals now; SealBroken without one to be had."""
        self._file.look()
        if subject not in self._file.held.newest:
            number = self._newest_number(subject)
            if number is None and not make:
                raise SealBroken(f"no key for {subject}")
            if number is None:
                number = self._make(subject)
            self._file.held.newest[subject] = number, self.key(subject, number)
        return self._file.held.newest[subject]

    def key(self, subject: str, number: int) -> bytes:
        """One of a subject's keys; SealBroken when it is not there any more."""
        self._file.look()
        if (subject, number) not in self._file.held.keys:
            row = self._file.read(
                "SELECT wrapped FROM wrapped_key WHERE subject = ? AND number = ?",
                subject,
                number,
            )
            if not row:
                raise SealBroken(f"no key for {subject}")
            self._file.held.keys[subject, number] = self._open(
                subject, number, row[0][0]
            )
        return self._file.held.keys[subject, number]

    def forget(self, subject: str) -> None:
        """Throw a subject's keys away: its texts can never be read again."""
        with self._file.writing() as store:
            store.execute("DELETE FROM wrapped_key WHERE subject = ?", (subject,))

    def subjects(self) -> set[str]:
        """Everybody who has a key."""
        return {row[0] for row in self._file.read("SELECT subject FROM wrapped_key")}

    def stale(self, limit: int) -> Sequence[str]:
        """Subjects with a key that the present master has not wrapped."""
        mine = WRAPPED + master_id(self._master)
        rows = self._file.read(
            "SELECT DISTINCT subject FROM wrapped_key WHERE substr(wrapped, 1, 9) <> ?"
            " ORDER BY subject LIMIT ?",
            mine,
            limit,
        )
        return [row[0] for row in rows]

    def renew(self, subject: str, now: datetime) -> None:
        """Wrap a subject's keys by the present master, and give it a new one to seal.

        All at once: killed at any point, what was sealed opens as before.
        """
        with self._file.writing() as store:
            store.execute("BEGIN IMMEDIATE")
            rows = store.execute(
                "SELECT number, wrapped FROM wrapped_key WHERE subject = ?"
                " ORDER BY number",
                (subject,),
            ).fetchall()
            for number, wrapped in rows:
                key = self._open(subject, number, wrapped)
                store.execute(
                    "UPDATE wrapped_key SET wrapped = ?,"
                    " retired_at = coalesce(retired_at, ?)"
                    " WHERE subject = ? AND number = ?",
                    (
                        self._wrap(subject, number, key),
                        now.isoformat(),
                        subject,
                        number,
                    ),
                )
            if rows:
                self._insert(store, subject, rows[-1][0] + 1)

    def retired(self, before: datetime) -> list[tuple[str, int]]:
        """Keys that have sealed nothing new since then: (subject, number)."""
        rows = self._file.read(
            "SELECT subject, number FROM wrapped_key WHERE retired_at < ?"
            " ORDER BY subject, number",
            before.isoformat(),
        )
        return [(row[0], row[1]) for row in rows]

    def drop(self, subject: str, number: int) -> None:
        """Throw away one retired key, once nothing is sealed by it."""
        with self._file.writing() as store:
            store.execute(
                "DELETE FROM wrapped_key WHERE subject = ? AND number = ?"
                " AND retired_at IS NOT NULL",
                (subject, number),
            )

    def copy(self) -> bytes:
        """The whole file as it stands at one moment, for its own backup."""
        with closing(sqlite3.connect(":memory:")) as target:
            self._file.connection().backup(target)
            return target.serialize()

    def put_back(self, copied: bytes) -> None:
        """Take a copy's keys for subjects that have none here."""
        with closing(sqlite3.connect(":memory:")) as source:
            source.deserialize(copied)
            rows = source.execute("SELECT * FROM wrapped_key").fetchall()
        with self._file.writing() as store:
            store.executemany(
                "INSERT OR IGNORE INTO wrapped_key VALUES (?,?,?,?)", rows
            )

    def _newest_number(self, subject: str) -> int | None:
        rows = self._file.read(
            "SELECT max(number) FROM wrapped_key WHERE subject = ?", subject
        )
        return None if rows[0][0] is None else int(rows[0][0])

    def _make(self, subject: str) -> int:
        with self._file.writing() as store:
            self._insert(store, subject, 0)
        return 0

    def _insert(self, store: sqlite3.Connection, subject: str, number: int) -> None:
        wrapped = self._wrap(subject, number, AESGCM.generate_key(256))
        store.execute(
            "INSERT OR IGNORE INTO wrapped_key VALUES (?, ?, ?, NULL)",
            (subject, number, wrapped),
        )

    def _wrap(self, subject: str, number: int, key: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        bound = f"{subject}#{number}".encode()
        body = AESGCM(self._master).encrypt(nonce, key, bound)
        return WRAPPED + master_id(self._master) + nonce + body

    def _open(self, subject: str, number: int, wrapped: bytes) -> bytes:
        if len(wrapped) == OLD_LENGTH:
            return self._open_old(subject, wrapped)
        master = self._masters.get(wrapped[1:9])
        if master is None:
            raise MasterKeyMissing(f"another master key wrapped the key of {subject}")
        body, bound = wrapped[9:], f"{subject}#{number}".encode()
        return AESGCM(master).decrypt(body[:NONCE], body[NONCE:], bound)

    def _open_old(self, subject: str, wrapped: bytes) -> bytes:
        for master in self._masters.values():
            try:
                return AESGCM(master).decrypt(
                    wrapped[:NONCE], wrapped[NONCE:], subject.encode()
                )
            except InvalidTag:
                continue
        raise MasterKeyMissing(f"another master key wrapped the key of {subject}")


def master_id(master: bytes) -> bytes:
    """Which master key it was, without a word about it."""
    return sha256(b"engage master key:" + master).digest()[:8]
