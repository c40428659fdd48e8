from datetime import datetime
from random import Random

import sqlalchemy as sa

from engage.core.db import db, transaction
from engage.demo import cast, costs, guards, history, pay, present, runs
from engage.demo.sizes import SIZES
from engage.demo.year import Year
from engage.panels.models import Panel
from engage.panels.voices import revoice
from engage.people.models import Person


class NotEmpty(Exception):
    """The database has people already: sample data never mixes with real people."""


def fill(size_name: str, seed: int, now: datetime) -> Year:
    """Fill an empty database with invented people and a year of their work.

    The same seed and moment give the same people, work, hours and amounts; uids and
    handles are random every time.
    """
    if db.session.scalar(sa.select(Person.id).limit(1)) is not None:
        raise NotEmpty
    size, chance = SIZES[size_name], Random(seed)  # noqa: S311 - sample data
    with transaction():
        year = Year(cast.people_it(size, chance, now), size, chance, now)
        history.play(year)
        owed = pay.log(year)
        runs.pay(year, runs.by_run(owed))
        guards.write(year, owed)
        _round_up(year)
        for panel in db.session.scalars(sa.select(Panel).order_by(Panel.id)):
            revoice(panel, now=panel.created_at, by=None)
        year.chains.write()
        present.begin(year)
        costs.play(year)
    return year


def _round_up(year: Year) -> None:
    """Each line has half as much again as the work needs, in whole thousands."""
    lines = {row.id: row for rows in year.cast.lines.values() for row in rows}
    for row in lines.values():
        needed = row.balance_cents * 3 // 2 + 50_000_00
        row.balance_cents = needed - needed % 1_000_00
