"""A withdrawal against a mark that it is shown, let go at one moment."""

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.consents import giving, making
from engage.consents.models import Consent, MaterialUse
from engage.consents.rules import UseStatus
from engage.core.db import db
from engage.people.models import Person
from tests.consents.showing import approved
from tests.races.rounds import CONTROL_ROUNDS, LONG, played

Acts = Callable[[int], list[Callable[[], object]]]


def stood(app: Flask, now: datetime, rounds: int) -> dict[str, int]:
    """How many rounds ended with a place that stands under no consent."""
    with app.app_context():
        shown, version = approved(now)
        consent_id, version_id, seen = shown.consent.id, version.id, version.hash
        who, by = shown.who.id, shown.by.id
        db.session.remove()

    def withdraw() -> None:
        person = db.session.get_one(Person, who)
        giving.withdraw(consent_id, by=person, now=now)

    def publish() -> None:
        person = db.session.get_one(Person, by)
        making.publish(version_id, "Wall", now.date(), seen=seen, by=person, now=now)

    def verdict(ends: list[str]) -> str:
        consent = db.session.get_one(Consent, consent_id)
        standing = db.session.scalar(
            sa.select(sa.func.count(MaterialUse.id)).where(
                MaterialUse.status == UseStatus.STANDING
            )
        )
        assert consent.status == "withdrawn", ends
        return "stands" if standing else "down"

    return dict(played(app, rounds, lambda _: [withdraw, publish], verdict))


@pytest.mark.parametrize("rounds", [40, pytest.param(1000, marks=LONG)])
def test_nothing_stands_after_a_withdrawal(
    fresh_app: Flask, july: datetime, rounds: int
) -> None:
    assert stood(fresh_app, july, rounds) == {"down": rounds}


@CONTROL_ROUNDS
def test_control_without_the_lock_something_stands(
    fresh_app: Flask,
    july: datetime,
    rounds: int,
    monkeypatch: pytest.MonkeyPatch,
    database: str,
) -> None:
    if database == "sqlite":
        pytest.skip("SQLite lets one writer in at a time, with or without a row lock")
    for module in (making, giving):
        monkeypatch.setattr(
            module, "lock_one", lambda model, i: db.session.get_one(model, i)
        )
    assert stood(fresh_app, july, rounds).get("stands", 0) > 0
