"""Somebody who gets past the database's own refusal is found by the chain."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit import actions, queries, rules
from engage.audit.models import AuditChain, AuditEntry
from engage.core.db import db, transaction

ROUNDS = 40
SUBJECTS = ("person:a", "person:b", "organization:c")
LONG = 6


@pytest.fixture
def written(app: Flask, database: str, july: datetime) -> None:
    """Three chains, and tables without the triggers that let them only grow."""
    with transaction() as session:
        for number in range(LONG * len(SUBJECTS)):
            actions.record(
                f"verb.{number}",
                subject=SUBJECTS[number % len(SUBJECTS)],
                thing=f"hours:{number}",
                by=None,
                now=july + timedelta(minutes=number),
            )
        for trigger in triggers(database):
            session.execute(sa.text(trigger))


def triggers(database: str) -> list[str]:
    if database == "postgres":
        names = ("audit_entry_only_grows", "audit_entry_stays")
        return [f"DROP TRIGGER {name} ON audit_entry" for name in names]
    return [f"DROP TRIGGER audit_entry_no_{verb}" for verb in ("update", "delete")]


def entries(subject: str) -> list[AuditEntry]:
    return list(
        db.session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.subject == subject)
            .order_by(AuditEntry.number)
        )
    )


def change(chance: random.Random, subject: str) -> None:
    column = chance.choice(["verb", "thing", "by_role", "kind", "organization_id"])
    values = {"kind": "look", "organization_id": 7}
    setattr(chance.choice(entries(subject)), column, values.get(column, "other"))


def delete(chance: random.Random, subject: str) -> None:
    db.session.delete(chance.choice(entries(subject)))


def cut(chance: random.Random, subject: str) -> None:
    """The tail, which leaves every link before it whole: only the head tells."""
    for entry in entries(subject)[-chance.randint(1, LONG) :]:
        db.session.delete(entry)


def swap(chance: random.Random, subject: str) -> None:
    one, other = chance.sample(entries(subject), 2)
    one.verb, other.verb = other.verb, one.verb
    one.hash, other.hash = other.hash, one.hash


def insert(chance: random.Random, subject: str) -> None:
    """One more at the end with a right link, but the head was not told."""
    last = entries(subject)[-1]
    body = {name: getattr(last, name) for name in queries.HASHED}
    body |= {"number": last.number + 1, "verb": "never.done"}
    del body["hash"], body["previous"]
    hashed = rules.link(last.hash, body)
    db.session.add(AuditEntry(**body, previous=last.hash, hash=hashed))


def move(chance: random.Random, subject: str) -> None:
    """An entry that now speaks of somebody else."""
    entry = entries(subject)[-1]
    entry.subject, entry.number = "person:nobody", 1


def forget(chance: random.Random, subject: str) -> None:
    """The whole chain but its head."""
    for entry in entries(subject):
        db.session.delete(entry)


TAMPERINGS = [change, delete, cut, swap, insert, move, forget]


def _undone(tamper: Callable[[random.Random, str], None], seed: int) -> list[str]:
    chance = random.Random(seed)
    subject = chance.choice(SUBJECTS)
    nested = db.session.begin_nested()
    tamper(chance, subject)
    db.session.flush()
    found = [named for named, _ in queries.broken_chains()]
    nested.rollback()
    db.session.expire_all()
    assert subject in found, (tamper.__name__, seed)
    return found


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_every_tampering_is_found(
    tamper: Callable[[random.Random, str], None],
) -> None:
    assert queries.broken_chains() == []

    found = [_undone(tamper, seed) for seed in range(ROUNDS)]

    assert len(found) == ROUNDS
    assert queries.broken_chains() == []


@pytest.mark.usefixtures("written")
def test_control_a_verifier_that_skips_the_head_misses_a_cut_tail() -> None:
    cut(random.Random(1), "person:a")
    db.session.flush()
    kept = [
        {name: getattr(entry, name) for name in queries.HASHED}
        for entry in entries("person:a")
    ]

    assert rules.first_break(kept) is None
    assert queries.broken_chains() != []


@pytest.mark.usefixtures("written")
def test_a_head_that_was_set_back_with_the_tail_cut_needs_the_copy_kept_elsewhere() -> (
    None
):
    """What the chain alone cannot show: cut and head altered together."""
    *stay, last = entries("person:a")
    db.session.delete(last)
    chain = db.session.get_one(AuditChain, "person:a")
    chain.length, chain.head = len(stay), stay[-1].hash
    db.session.flush()

    assert queries.broken_chains() == []
