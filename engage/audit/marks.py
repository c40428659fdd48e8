"""Marks: one hash a day over every chain's head, to be kept where nobody here can."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.audit import rules
from engage.audit.models import AuditChain, AuditEntry, AuditMark
from engage.core.db import db, transaction
from engage.core.many import pieces

YOUNG = timedelta(days=365 * rules.KEPT_YEARS - 1)
HASH = re.compile(r"[0-9a-f]{64}")


def make(now: datetime) -> AuditMark:
    """A mark over what was added since the last one; that one again if nothing was."""
    with transaction() as session:
        last = newest()
        heads = _grown()
        if last is not None and not heads:
            return last
        previous = rules.START if last is None else last.hash
        mark = AuditMark(
            number=1 if last is None else last.number + 1,
            made_at=now,
            heads=heads,
            previous=previous,
            hash=rules.mark(previous, heads),
        )
        session.add(mark)
        session.flush()
    return mark


def newest() -> AuditMark | None:
    return db.session.scalar(
        sa.select(AuditMark).order_by(AuditMark.number.desc()).limit(1)
    )


def line(mark: AuditMark) -> str:
    """What is mailed and printed: a day and a hash, and nothing about anybody."""
    return f"{mark.made_at:%Y-%m-%d} {mark.hash}"


def _grown() -> list[list[str | int]]:
    marked: dict[str, int] = {}
    for mark in _all():
        marked |= {subject: length for subject, length, _ in mark.heads}
    chains = db.session.scalars(sa.select(AuditChain).order_by(AuditChain.subject))
    return [
        [chain.subject, chain.length, chain.head]
        for chain in chains
        if chain.length != marked.get(chain.subject, 0)
    ]


def _all() -> Iterator[AuditMark]:
    query = sa.select(AuditMark).order_by(AuditMark.number)
    yield from db.session.scalars(query.execution_options(yield_per=50))


def problems(given: Iterable[str] = (), *, now: datetime) -> list[str]:
    """What does not fit: marks among themselves, entries with marks, marks with those
    `given`, which were kept elsewhere."""
    found: list[str] = []
    previous, known, young = rules.START, set(), False
    forgotten = _forgotten()
    for place, mark in enumerate(_all(), 1):
        right = rules.mark(previous, mark.heads)
        if (mark.number, mark.previous, mark.hash) != (place, previous, right):
            return [*found, f"The marks do not hold from number {place} on."]
        previous = mark.hash
        known.add(mark.hash)
        found += _missing(mark, {} if young else forgotten)
        # What grew after this mark is too young to have been forgotten already.
        young = mark.made_at > now - YOUNG
    for text in given:
        named = HASH.search(text)
        if named is None or named[0] not in known:
            found.append(f"No mark here is the one that was kept: {text.strip()[:80]}")
    return found


def _forgotten() -> dict[str, int]:
    """How many of each chain's first entries are said to be forgotten."""
    query = sa.select(AuditChain.subject, AuditChain.forgotten)
    rows = db.session.execute(query.where(AuditChain.forgotten > 0))
    return {subject: number for subject, number in rows}


def _missing(mark: AuditMark, forgotten: Mapping[str, int]) -> list[str]:
    """Chains that no longer have the entry that was newest at that mark."""
    heads = [
        (subject, length, head)
        for subject, length, head in mark.heads
        if length > forgotten.get(subject, 0)
    ]
    there = {key for some in pieces(heads) for key in _there(some)}
    return [
        f"The chain of {subject} was cut or changed after {mark.made_at:%Y-%m-%d}, "
        f"at entry {length} or before."
        for subject, length, head in heads
        if (subject, length, head) not in there
    ]


def _there(heads: Sequence[tuple[str, int, str]]) -> Iterator[tuple[str, int, str]]:
    query = sa.select(AuditEntry.subject, AuditEntry.number, AuditEntry.hash).where(
        sa.tuple_(AuditEntry.subject, AuditEntry.number).in_(
            [(subject, length) for subject, length, _ in heads]
        )
    )
    yield from (tuple(row) for row in db.session.execute(query))
