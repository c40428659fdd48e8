from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from engage.audit import rules
from engage.audit.models import AuditChain, AuditEntry
from engage.core.db import db, end_read, insert_missing, lock_by_key, transaction
from engage.core.jobs import for_each


class Actor(Protocol):
    """Whoever acts: a signed-in person, or None for the worker."""

    id: Any
    kind: Any


def record(
    verb: str,
    *,
    subject: str,
    thing: str,
    by: Actor | None,
    now: datetime,
    role: str = "",
    organization_id: int | None = None,
) -> None:
    """Chain one act to a subject ("person:uid", "organization:uid"); no values.

    `thing` is "table:uid" of what was touched. Runs in the caller's transaction, so
    that an act without its entry cannot be.
    """
    _add("act", verb, subject, thing, by, now, role, organization_id)


def record_all(
    verb: str,
    touched: Iterable[tuple[str, str, int | None]],
    *,
    by: Actor | None,
    now: datetime,
    role: str = "",
) -> None:
    """One entry for each (subject, thing, organization id), as `record` writes them.

    Each subject's chain is locked and read once, in the order of subjects.
    """
    _add_all("act", verb, touched, by, now, role)


def look(
    verb: str,
    *,
    subject: str,
    thing: str,
    by: Actor,
    now: datetime,
    role: str,
    organization_id: int | None,
) -> None:
    """Chain one look at a person's page: one entry per viewer, thing, kind and hour.

    Opens a transaction of its own, before the page is made: no entry, no page.
    """
    seen = _looks(verb, subject, thing, by, now)
    if db.session.scalar(seen) is not None:
        return
    with transaction():
        _chain(subject)
        # Again, now that nobody else can add: two presses at once leave one entry.
        if db.session.scalar(seen) is None:
            _add("look", verb, subject, thing, by, now, role, organization_id)


def look_all(
    verb: str,
    seen: Iterable[tuple[str, str, int | None]],
    *,
    by: Actor,
    now: datetime,
    role: str,
) -> None:
    """One look for each (subject, thing, organization id), however often it is seen."""
    _add_all("look", verb, seen, by, now, role)


def _add_all(
    kind: str,
    verb: str,
    touched: Iterable[tuple[str, str, int | None]],
    by: Actor | None,
    now: datetime,
    role: str,
) -> None:
    grouped: dict[str, list[tuple[str, int | None]]] = {}
    for subject, thing, organization_id in touched:
        grouped.setdefault(subject, []).append((thing, organization_id))
    db.session.flush()
    with db.session.no_autoflush:
        for subject in sorted(grouped):
            chain = _chain(subject)
            for thing, organization_id in grouped[subject]:
                _link(chain, kind, verb, thing, by, now, role, organization_id)
    db.session.flush()


def _looks(
    verb: str, subject: str, thing: str, by: Actor, now: datetime
) -> sa.Select[int]:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return (
        sa.select(AuditEntry.id)
        .where(
            AuditEntry.subject == subject,
            AuditEntry.kind == "look",
            AuditEntry.verb == verb,
            AuditEntry.thing == thing,
            AuditEntry.by_person_id == by.id,
            AuditEntry.at >= hour,
            AuditEntry.at < hour + timedelta(hours=1),
        )
        .limit(1)
    )


def _add(
    kind: str,
    verb: str,
    subject: str,
    thing: str,
    by: Actor | None,
    now: datetime,
    role: str,
    organization_id: int | None,
) -> None:
    _link(_chain(subject), kind, verb, thing, by, now, role, organization_id)


def _link(
    chain: AuditChain,
    kind: str,
    verb: str,
    thing: str,
    by: Actor | None,
    now: datetime,
    role: str,
    organization_id: int | None,
) -> None:
    body: dict[str, Any] = {
        "subject": chain.subject,
        "number": chain.length + 1,
        "kind": kind,
        "verb": verb,
        "thing": thing,
        "by_person_id": None if by is None else by.id,
        "by_role": role or ("worker" if by is None else str(by.kind)),
        "organization_id": organization_id,
        "at": now,
    }
    hashed = rules.link(chain.head, body)
    db.session.add(AuditEntry(**body, previous=chain.head, hash=hashed))
    chain.length, chain.head = chain.length + 1, hashed


def _chain(subject: str) -> AuditChain:
    chain = _locked(subject)
    if chain is not None:
        return chain
    start = {"head": rules.START, "anchor": rules.START, "forgotten": 0}
    insert_missing(AuditChain, subject=subject, length=0, **start)
    fresh = _locked(subject)
    if fresh is None:
        raise RuntimeError(f"no chain for {subject}")
    return fresh


def _locked(subject: str) -> AuditChain | None:
    return lock_by_key(AuditChain, subject)


def forget_old(now: datetime) -> int:
    """Delete what is older than is kept; of each chain the hash of its last such entry
    stays, and the rest goes on from it. How many chains were shortened."""
    before = now - timedelta(days=366 * rules.KEPT_YEARS)
    old = sa.select(AuditEntry.subject).where(AuditEntry.at < before).distinct()
    subjects = sorted(db.session.scalars(old))
    end_read()
    return sum(for_each(subjects, lambda subject: _forget(subject, before)))


def _forget(subject: str, before: datetime) -> bool:
    """Only from its beginning: an entry that is young keeps all after it."""
    mine = AuditEntry.subject == subject
    with transaction() as session:
        chain = _chain(subject)
        kept = session.scalar(
            sa.select(sa.func.min(AuditEntry.number)).where(
                mine, AuditEntry.at >= before
            )
        )
        last = chain.length if kept is None else kept - 1
        if last <= chain.forgotten:
            return False
        one = sa.select(AuditEntry.hash).where(mine, AuditEntry.number == last)
        chain.forgotten, chain.anchor = last, session.scalars(one).one()
        session.execute(
            sa.delete(AuditEntry)
            .where(mine, AuditEntry.number <= last)
            .execution_options(synchronize_session=False)
        )
    return True
