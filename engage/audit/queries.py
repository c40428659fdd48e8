from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.audit import rules
from engage.audit.models import AuditChain, AuditEntry
from engage.core.db import db

HASHED = (
    "subject",
    "number",
    "kind",
    "verb",
    "thing",
    "by_person_id",
    "by_role",
    "organization_id",
    "at",
    "previous",
    "hash",
)


def broken_chains() -> list[tuple[str, int]]:
    """(subject, number of the first entry that does not verify), for every chain."""
    chains = {
        chain.subject: chain for chain in db.session.scalars(sa.select(AuditChain))
    }
    found = []
    for subject, entries in _by_subject():
        chain = chains.pop(subject, None)
        broken = _break_of(entries, chain)
        if broken is not None:
            found.append((subject, broken))
    return found + [
        (chain.subject, chain.forgotten + 1)
        for chain in chains.values()
        if (chain.length, chain.head) != (chain.forgotten, chain.anchor)
    ]


def _break_of(entries: list[dict[str, Any]], chain: AuditChain | None) -> int | None:
    if chain is None:
        return rules.first_break(entries) or len(entries) + 1
    ends = (chain.length, chain.head, chain.forgotten, chain.anchor)
    return rules.chain_break(entries, *ends)


def chain_of(subject: str) -> list[dict[str, Any]]:
    """Everything that was written down about one subject, the oldest first."""
    columns = [getattr(AuditEntry, name) for name in HASHED]
    rows = db.session.execute(
        sa.select(*columns)
        .where(AuditEntry.subject == subject)
        .order_by(AuditEntry.number)
    )
    return [dict(entry._mapping) for entry in rows]


class Chain(NamedTuple):
    """Where a chain ends, and where it begins once its first entries are forgotten."""

    length: int = 0
    head: str = rules.START
    forgotten: int = 0
    anchor: str = rules.START


def head_of(subject: str) -> Chain:
    found = db.session.get(AuditChain, subject)
    if found is None:
        return Chain()
    return Chain(found.length, found.head, found.forgotten, found.anchor)


def _by_subject() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    columns = [getattr(AuditEntry, name) for name in HASHED]
    rows = db.session.execute(
        sa.select(*columns).order_by(AuditEntry.subject, AuditEntry.number)
    )
    for subject, entries in groupby(rows, key=lambda row: str(row.subject)):
        yield subject, [dict(entry._mapping) for entry in entries]
