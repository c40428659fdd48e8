"""Runs as their pages show them, scoped to the payers of who asks."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from engage.core.db import db
from engage.core.errors import NotFound
from engage.hours.models import HoursEntry
from engage.ledger.models import Payee
from engage.payouts.models import Payout, PayoutBatch, PayoutItem
from engage.payouts.queries import is_of_entry
from engage.payouts.rules import AUTOMATIC, PayoutStatus, RailName
from engage.people.models import Person

Places = Collection[int]
ALIVE = frozenset(PayoutStatus) - {PayoutStatus.CANCELLED}
MOVING = (
    PayoutStatus.QUEUED,
    PayoutStatus.SENDING,
    PayoutStatus.UNKNOWN,
    PayoutStatus.SENT,
)


@dataclass
class Sums:
    """What the payouts of one run come to, counted by where they are."""

    cents: int = 0
    counts: Counter[PayoutStatus] = field(default_factory=Counter)
    by_status: Counter[PayoutStatus] = field(default_factory=Counter)  # cents
    by_hand: int = 0  # released, and a person has to pay
    to_confirm: int = 0  # recorded by one person, and another has to confirm


def batches(places: Places) -> sa.Select[PayoutBatch, str]:
    """Runs with who prepared them, those to release first, then the newest."""
    is_draft = sa.case((PayoutBatch.status == "draft", 0), else_=1)
    return (
        sa.select(PayoutBatch, Person.staff_name)
        .join(Person, Person.id == PayoutBatch.prepared_by_id)
        .join(PayoutBatch.payer)
        .where(PayoutBatch.payer_id.in_(places))
        .order_by(is_draft, PayoutBatch.id.desc())
        .options(contains_eager(PayoutBatch.payer))
    )


def sums(batch_ids: Collection[int]) -> dict[int, Sums]:
    rows = db.session.execute(
        sa.select(
            Payout.batch_id,
            Payout.status,
            Payout.rail,
            sa.func.count(),
            sa.func.sum(Payout.cents),
        )
        .where(Payout.batch_id.in_(batch_ids))
        .group_by(Payout.batch_id, Payout.status, Payout.rail)
    )
    found: dict[int, Sums] = defaultdict(Sums)
    for batch_id, status, rail, count, cents in rows:
        one = found[batch_id]
        one.counts[status] += count
        one.by_status[status] += int(cents)
        if status not in {PayoutStatus.CANCELLED, PayoutStatus.RETURNED}:
            one.cents += int(cents)
        if rail is RailName.MANUAL:
            one.by_hand += count if status is PayoutStatus.QUEUED else 0
            one.to_confirm += count if status is PayoutStatus.SENT else 0
    return found


@dataclass(frozen=True)
class Run:
    """One run with its people, its payouts and what each of them pays."""

    batch: PayoutBatch
    maker: str
    checker: str | None
    payouts: list[Payout]
    minutes: dict[int, int]
    lines: dict[int, int]
    sums: Sums

    def has(self, *statuses: str) -> bool:
        return any(self.sums.counts[PayoutStatus(status)] for status in statuses)

    @property
    def automatic(self) -> int:
        """How many go out by themselves."""
        return len(self._by_worker())

    @property
    def gone(self) -> int:
        return len(self._by_worker(PayoutStatus.SENT, PayoutStatus.PAID))

    @property
    def on_the_way(self) -> int:
        """How many the worker still has to do with."""
        return len(self._by_worker(*MOVING))

    @property
    def may_cancel(self) -> bool:
        return self.has("queued", "blocked")

    @property
    def all_minutes(self) -> int:
        return sum(self.minutes.values())

    def _by_worker(self, *statuses: PayoutStatus) -> list[Payout]:
        return [
            each
            for each in self.payouts
            if each.rail in AUTOMATIC and each.status in (statuses or ALIVE)
        ]


def run(places: Places, uid: str) -> Run:
    """One run of these payers, whole; NotFound for any other."""
    maker, checker = aliased(Person), aliased(Person)
    row = db.session.execute(
        sa.select(PayoutBatch, maker.staff_name, checker.staff_name)
        .join(maker, maker.id == PayoutBatch.prepared_by_id)
        .outerjoin(checker, checker.id == PayoutBatch.released_by_id)
        .where(PayoutBatch.uid == uid, PayoutBatch.payer_id.in_(places))
        .options(joinedload(PayoutBatch.payer))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    batch, maker_name, checker_name = row
    payouts = list(
        db.session.scalars(
            sa.select(Payout)
            .join(Payout.payee)
            .where(Payout.batch_id == batch.id)
            .order_by(Payee.handle)
            .options(contains_eager(Payout.payee))
            .execution_options(populate_existing=True)
        )
    )
    minutes, lines = _work(Payout.batch_id == batch.id)
    return Run(
        batch,
        maker_name,
        checker_name,
        payouts,
        minutes,
        lines,
        sums([batch.id])[batch.id],
    )


def _work(which: sa.ColumnElement[bool]) -> tuple[dict[int, int], dict[int, int]]:
    """Minutes and number of lines by payout."""
    rows = list(
        db.session.execute(
            sa.select(
                PayoutItem.payout_id,
                sa.func.coalesce(sa.func.sum(HoursEntry.minutes), 0),
                sa.func.count(PayoutItem.id),
            )
            .join(PayoutItem.payout)
            .join(PayoutItem.payable)
            .outerjoin(HoursEntry, is_of_entry())
            .where(which)
            .group_by(PayoutItem.payout_id)
        )
    )
    minutes = {payout_id: int(minutes) for payout_id, minutes, _ in rows}
    return minutes, {payout_id: lines for payout_id, _, lines in rows}


def run_id(places: Places, uid: str) -> int:
    """The number of one run of these payers; NotFound for any other."""
    found = db.session.scalar(
        sa.select(PayoutBatch.id).where(
            PayoutBatch.uid == uid, PayoutBatch.payer_id.in_(places)
        )
    )
    if found is None:
        raise NotFound
    return found
