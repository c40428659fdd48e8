"""A released run on the rail of the sample data, and that each was paid once by it."""

from collections import Counter

import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Posting
from engage.payouts import books
from engage.payouts.models import DemoTransfer, Payout
from engage.payouts.rules import PayoutStatus
from tests import make
from tests.payouts.owing import demo_marker, owed, released


def queue_payouts(app: Flask, amounts: list[int]) -> None:
    with app.app_context():
        demo_marker()
        payer = make.payer()
        released(payer, *(owed(payer, cents=cents) for cents in amounts))
        db.session.remove()
        db.engine.dispose()


def transfers(app: Flask) -> Counter[int]:
    """What the other side paid, by amount, whatever our own tables say."""
    with app.app_context():
        return Counter(db.session.scalars(sa.select(DemoTransfer.cents)))


def check_paid_once(app: Flask, amounts: list[int]) -> None:
    assert transfers(app) == dict.fromkeys(amounts, 1)
    by_kind = sa.select(Posting.kind, sa.func.sum(Posting.cents)).group_by(Posting.kind)
    with app.app_context():
        assert set(db.session.scalars(sa.select(Payout.status))) == {PayoutStatus.PAID}
        assert set(db.session.scalars(sa.select(HoursEntry.status))) == {
            HoursStatus.PAID
        }
        assert books.problems(clock.now()) == []
        moved = {kind: cents for kind, cents in db.session.execute(by_kind)}
    assert moved == dict.fromkeys(("owe", "pay", "arrive"), sum(amounts))
