"""Unmistakable words in fields that a sample year fills by itself in no row."""

from typing import Any

import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db
from engage.looks.models import Opening
from engage.looks.rules import Reason
from engage.people import kept
from engage.people.models import Person

ADVOCATE, KEPT = "gamboge-301-advocate", "wyvern-302-kept"
NAMED = "ocelot-303-named"


def plant(person: Person) -> list[tuple[str, str, frozenset[int]]]:
    """(what, words, readers) of each; inside a transaction."""
    person.advocate = ADVOCATE
    kept.keep(person.id, "/nowhere", {"text": [KEPT]}, now=clock.now())
    admins: list[Any] = list(
        db.session.scalars(sa.select(Person).where(Person.is_administrator))
    )
    row = Opening(reason=Reason.ASKED, asked_by_id=admins[0].id, asked_at=clock.now())
    row.put(admins[0].subject, NAMED)
    db.session.add(row)
    mine, theirs = frozenset({person.id}), frozenset(each.id for each in admins)
    return [
        ("name of an advocate", ADVOCATE, mine),
        ("kept text", KEPT, mine),
        ("name in an opening", NAMED, theirs),
    ]
