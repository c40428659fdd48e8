"""A demo rail whose other side fails on order, and remembers what it was asked."""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from engage.core.db import beside, transaction
from engage.payouts.models import DemoTransfer
from engage.payouts.rails.base import Answer, NoOutcome, Order, Remote
from engage.payouts.rails.demo import DemoRail
from engage.payouts.resend import Outcome


class FaultyRail(DemoRail):
    """`faults` are used up one a call: "before" loses the question, "after" loses the
    answer, "raises" breaks, an Answer is given as it is; then it works."""

    def __init__(self, *faults: str | Answer) -> None:
        super().__init__(delay=0)
        self.faults: Iterator[str | Answer] = iter(faults)
        self.keys: list[str] = []
        self.looks = 0
        self.is_blind = False

    def send(self, order: Order, key: str) -> Answer:
        self.keys.append(key)
        fault = next(self.faults, "")
        if fault == "raises":
            raise ConnectionError("somebody pulled the plug")
        if fault == "before":
            return NoOutcome(Outcome.NO_ANSWER)
        if fault and not isinstance(fault, str):
            return fault
        answer = super().send(order, key)
        if fault == "after":
            return NoOutcome(Outcome.NO_ANSWER)
        return answer

    def find(self, order: Order) -> list[Remote]:
        self.looks += 1
        if self.is_blind:
            raise ConnectionError("nobody there")
        return super().find(order)


def transfers() -> list[DemoTransfer]:
    """What the other side holds, read beside the application's own tables."""
    with beside() as store:
        rows = list(store.scalars(sa.select(DemoTransfer).order_by(DemoTransfer.id)))
        store.expunge_all()
    return rows


def let_arrive() -> None:
    """Make every transfer old enough to be seen."""
    with transaction() as session:
        for row in session.scalars(sa.select(DemoTransfer)):
            row.created_at -= timedelta(minutes=1)
