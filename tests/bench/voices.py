"""The voice of 10,000 panels with 200,000 seats by one statement, beside a plain read.

`python -m tests.bench.voices`: the goal is at most six times the read.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, new_uid, transaction
from engage.panels import voice_queries
from engage.panels.models import CountChoice, Panel, Seat, VoiceFlag
from tests import conftest, make, tools

PANELS, SEATS, PEOPLE, ROUNDS = 10_000, 20, 2_000, 9
# The same columns of every seat, read once and neither grouped nor joined.
PLAIN = sa.text("SELECT count(panel_id), count(person_id), max(status) FROM seat")


def main() -> None:
    for database in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as at_end:
            address = f"sqlite:///{folder}/engage.sqlite"
            if database == "postgresql":
                server = at_end.enter_context(tools.postgres_cluster())
                tools.on_server(server, "CREATE DATABASE voices")
                address = server.format(name="voices")
            conftest.make_tables(Path(folder), address)
            app = at_end.enter_context(conftest.running(Path(folder), address))
            show(app, database)


def show(app: Flask, database: str) -> None:
    with app.app_context():
        fill()
        plain, whole, differing = times(
            lambda: db.session.execute(PLAIN).all(),
            lambda: db.session.execute(voice_queries.statement()).all(),
            lambda: db.session.execute(voice_queries.differing_statement()).all(),
        )
    say = "{:12}{:>10} panels{:>10} seats{:>12}{:>10.1f} ms{:>7.1f} x the read\n"
    for name, took in (
        ("read", plain),
        ("statement", whole),
        ("differing", differing),
    ):
        sys.stdout.write(
            say.format(
                database, PANELS, PANELS * SEATS, name, took * 1000, took / plain
            )
        )


def times(*works: Callable[[], object]) -> list[float]:
    """The median of each, in turns, so that a slow moment meets them all."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for number, work in enumerate(works):
            begun = time.perf_counter()
            work()
            took[number].append(time.perf_counter() - begun)
    return [median(each) for each in took]


def fill() -> None:
    chance = random.Random(1)  # noqa: S311 - sample data
    place, now = make.organization(), clock.now()
    people = [make.consultant() for _ in range(50)]
    ids = [person.id for person in people]
    panels = [
        {"id": n, "uid": new_uid(), "organization_id": place.id, "name": "Panel",
         "is_standing": False, "minimum_voices": 2, "created_at": now}
        for n in range(1, PANELS + 1)
    ]  # fmt: skip
    seats, choices, flags = [], [], []
    for panel in panels:
        chosen = chance.sample(ids, 4)
        seats += [_seat(panel["id"], who) for who in chosen]
        seats += [_seat(panel["id"], None) for _ in range(SEATS - len(chosen))]
        counted = chance.randrange(5)
        choices += [
            {"uid": new_uid(), "panel_id": panel["id"], "person_id": who,
             "is_counted": number < counted}
            for number, who in enumerate(chosen)
        ]  # fmt: skip
        if counted < 2:
            state = ("not_known", "sole")[counted]
            flags.append(
                {"uid": new_uid(), "panel_id": panel["id"], "state": state,
                 "status": "raised", "raised_at": now}
            )  # fmt: skip
    with transaction() as session:
        for model, rows in (
            (Panel, panels),
            (Seat, seats),
            (CountChoice, choices),
            (VoiceFlag, flags),
        ):
            session.execute(sa.insert(model), rows)
    with transaction() as session:
        session.execute(sa.text("ANALYZE"))
    if voice_queries.differing():
        raise AssertionError("the sample's own flags are not as they should be")


def _seat(panel_id: int, person_id: int | None) -> dict[str, object]:
    return {
        "uid": new_uid(),
        "panel_id": panel_id,
        "person_id": person_id,
        "kind": "survivor" if person_id else "professional",
        "role": "member",
        "status": "held",
        "label": "",
    }


if __name__ == "__main__":
    main()
