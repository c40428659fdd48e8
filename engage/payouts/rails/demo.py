"""The demo rail: same states, same keys, no money. Its other side is one table."""

import time
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from engage.core import clock
from engage.core.db import Conflict, beside
from engage.ledger.models import Payee
from engage.payouts.models import DemoTransfer
from engage.payouts.rails.base import (
    Answer,
    Declined,
    NoOutcome,
    Order,
    Remote,
    Sent,
    check_alone,
)
from engage.payouts.resend import Outcome
from engage.payouts.rules import RailName

ARRIVES_AFTER = timedelta(seconds=5)


class DemoRail:
    name = RailName.DEMO
    is_automatic = True

    def __init__(self, delay: float = 0.15) -> None:
        self.delay = delay  # seconds a call takes, so that progress can be seen

    def destination(self, payee: Payee) -> str:
        return f"demo_{payee.handle}"

    def blocked(self, destination: str) -> str:
        return "" if current_app.config["DEMO"] else "closed"

    def funds(self) -> int | None:
        return None

    def send(self, order: Order, key: str) -> Answer:
        check_alone()
        if self.blocked(order.destination):
            return Declined("closed")
        time.sleep(self.delay)
        made = self._known(key) or self._make(order, key)
        if not _shown(made).fits(order):
            return NoOutcome(Outcome.KEY_MISMATCH)
        return Sent(_remote_id(made))

    def find(self, order: Order) -> list[Remote]:
        check_alone()
        query = sa.select(DemoTransfer).where(
            DemoTransfer.transfer_group == order.transfer_group
        )
        with beside() as store:
            return [_shown(row) for row in store.scalars(query)]

    def reverse(self, remote_id: str, cents: int, key: str) -> Answer:
        check_alone()
        time.sleep(self.delay)
        uid = remote_id.removeprefix("demo_")
        with beside() as store:
            row = store.scalar(sa.select(DemoTransfer).where(DemoTransfer.uid == uid))
            if row is None:
                return Declined("destination")
            is_known = key in row.back or sum(row.back.values()) == row.cents
            if not is_known and sum(row.back.values()) + cents > row.cents:
                return Declined("refused")
            if not is_known:
                row.back = {**row.back, key: cents}
        return Sent(remote_id)

    def _known(self, key: str) -> DemoTransfer | None:
        with beside() as store:
            row = store.scalar(sa.select(DemoTransfer).where(DemoTransfer.key == key))
            store.expunge_all()
        return row

    def _make(self, order: Order, key: str) -> DemoTransfer:
        row = DemoTransfer(
            key=key,
            transfer_group=order.transfer_group,
            destination=order.destination,
            cents=order.cents,
            currency=order.currency,
            created_at=clock.now(),
        )
        try:
            with beside() as store:
                store.add(row)
                store.flush()
                store.expunge_all()
        except Conflict:
            first = self._known(key)
            if first is None:
                raise
            return first
        return row


def _remote_id(row: DemoTransfer) -> str:
    return f"demo_{row.uid}"


def _shown(row: DemoTransfer) -> Remote:
    return Remote(
        remote_id=_remote_id(row),
        destination=row.destination,
        cents=row.cents,
        currency=row.currency,
        has_arrived=clock.now() - row.created_at >= ARRIVES_AFTER,
        cents_back=sum(row.back.values()),
    )
