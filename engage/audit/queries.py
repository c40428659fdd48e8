from collections.abc import Iterator
from itertools import groupby
from typing import Any

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
    heads = {
        chain.subject: (chain.length, chain.head)
        for chain in db.session.scalars(sa.select(AuditChain))
    }
    found = []
    for subject, entries in _by_subject():
        broken = rules.first_break(entries)
        length, head = heads.pop(subject, (0, ""))
        if broken is None and (len(entries), entries[-1]["hash"]) != (length, head):
            broken = len(entries) + 1
        if broken is not None:
            found.append((subject, broken))
    return found + [(subject, 1) for subject, (length, _) in heads.items() if length]


def _by_subject() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    columns = [getattr(AuditEntry, name) for name in HASHED]
    rows = db.session.execute(
        sa.select(*columns).order_by(AuditEntry.subject, AuditEntry.number)
    )
    for subject, entries in groupby(rows, key=lambda row: str(row.subject)):
        yield subject, [dict(entry._mapping) for entry in entries]
