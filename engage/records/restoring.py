"""A copy put back: what was erased since is erased again, and payments wait."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.audit import queries as audit
from engage.core import apart, crypto
from engage.core.db import db
from engage.core.errors import N_, Refused
from engage.payouts import restored
from engage.people.models import Person
from engage.records import again, copies, dumping, retention


class Restored(NamedTuple):
    """When the copy was made, rows in it, lines followed, and what does not fit."""

    made_at: str
    rows: int
    followed: int
    problems: list[str]


def restore(
    data: Path,
    *,
    private: bytes,
    keys: Path | None,
    replace: bool,
    without_list: bool = False,
    now: datetime,
) -> Restored:
    """Put a copy back in place of the database; refuses where people are, unless asked.

    Keys of the copy come back only for those who have none; the list of what was
    erased since then takes theirs away again. Without it they would stay: that has to
    be said.
    """
    if not replace and _has_people():
        raise Refused(
            N_("There is data here. Say --replace to put the copy in its place.")
        )
    head, parts = copies.opened(private, data)
    if head["engine"] != dumping.engine_name():
        raise Refused(N_("This copy is of another kind of database."))
    if not without_list and not _has_list(head):
        raise Refused(
            N_(
                "The list of what was erased is not here, or has lost lines: put it"
                " where ERASURE_LIST says, or say --without-list."
            )
        )
    dumping.put_back(parts)
    if keys is not None:
        crypto.key_store().put_back(copies.opened_keys(private, keys))
    problems = _differences(head)
    copied_at = datetime.fromisoformat(head["at"])
    followed = again.do_again(now, copied_at=copied_at)
    restored.pause(copied_at=copied_at, now=now)
    retention.retain(now)
    problems += [f"{subject} breaks at {at}" for subject, at in audit.broken_chains()]
    return Restored(head["at"], sum(head["rows"].values()), followed, problems)


def _has_list(head: dict[str, Any]) -> bool:
    """Is the list there, with at least the lines it had when the copy was made?"""
    there = apart.path().exists()
    return there and len(list(apart.lines())) >= int(head.get("listed", 0))


def _has_people() -> bool:
    if not sa.inspect(db.engine).has_table("person"):
        return False
    return db.session.scalar(sa.select(Person.id).limit(1)) is not None


def _differences(head: dict[str, Any]) -> list[str]:
    """Tables whose rows or cents are not what the copy says of itself."""
    with db.engine.connect() as connection:
        found = dumping.facts(connection)
    return [
        f"{table}: {what} differ"
        for what in ("rows", "cents")
        for table, number in head[what].items()
        if found[what].get(table) != number
    ]
