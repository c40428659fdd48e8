"""What a release weighs: who approved, what it comes to, whether anything moved."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from engage.core.calendar import local_day, local_midnight_utc, month_of
from engage.core.db import db
from engage.core.errors import N_, Refused
from engage.ledger.models import Payable, Payee
from engage.organizations.models import Organization
from engage.payouts import dollars, queries, rules
from engage.payouts.first_live import check_first_live, too_many_live
from engage.payouts.models import Payout, PayoutBatch, PayoutItem
from engage.payouts.rails.table import rail_for, rail_of
from engage.payouts.rules import Caps, PayoutStatus, RailName, ReleaseLine

OUT = tuple(
    set(PayoutStatus)
    - {PayoutStatus.DRAFT, PayoutStatus.CANCELLED, PayoutStatus.RETURNED}
)
REPEATED_WITHIN = timedelta(days=14)
FROZEN: dict[str, Any] = {
    "public_id": Payout.uid,
    "payee": Payee.handle,
    "rail": Payout.rail,
    "is_live": Payout.is_live,
    "destination": Payout.destination,
    "cents": Payout.cents,
    "currency": Payout.currency,
}


def approver_ids(batch_id: int) -> set[int]:
    """Who approved the hours that this batch pays."""
    rows = db.session.scalars(
        sa.select(Payable.approved_by_id)
        .join(PayoutItem, PayoutItem.payable_id == Payable.id)
        .join(PayoutItem.payout)
        .where(Payout.batch_id == batch_id)
    )
    return {person_id for person_id in rows if person_id is not None}


def release_lines(batch_id: int) -> list[ReleaseLine]:
    """What is hashed at release: every payout, also one that was cancelled since.

    Read as plain columns: it is done again before each group of a long run is called.
    """
    rows = db.session.execute(
        sa.select(*FROZEN.values(), Payable.source)
        .join(Payout.payee)
        .outerjoin(Payout.items)
        .outerjoin(PayoutItem.payable)
        .where(Payout.batch_id == batch_id)
    )
    sources: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for *payout, source in rows:
        sources[tuple(payout)].extend([source] if source else [])
    return [
        ReleaseLine(**dict(zip(FROZEN, payout, strict=True)), sources=tuple(found))
        for payout, found in sources.items()
    ]


def check_sums(batch_id: int) -> None:
    """Refuses when a payout is not the sum of its lines, or a line not its payable, or
    when it is not in dollars."""
    dollars.check(batch_id)
    items = (
        sa.select(
            PayoutItem.payout_id,
            sa.func.sum(PayoutItem.cents).label("lines"),
            sa.func.sum(Payable.pay_cents).label("owed"),
        )
        .join(PayoutItem.payable)
        .group_by(PayoutItem.payout_id)
        .subquery()
    )
    wrong = db.session.scalar(
        sa.select(Payout.id)
        .outerjoin(items, items.c.payout_id == Payout.id)
        .where(
            Payout.batch_id == batch_id,
            sa.or_(
                items.c.payout_id.is_(None),
                items.c.lines != Payout.cents,
                items.c.owed != Payout.cents,
            ),
        )
        .limit(1)
    )
    if wrong is not None:
        raise Refused(
            N_(
                "An amount in this run changed after it was prepared. Cancel it and "
                "prepare it again."
            )
        )


def moved_away(batch_id: int) -> set[int]:
    """Payouts whose payee has chosen another rail since, or another place on it."""
    rows = db.session.execute(
        sa.select(Payout, Payee).join(Payout.payee).where(Payout.batch_id == batch_id)
    )
    return {payout.id for payout, payee in rows if _is_elsewhere(payout, payee)}


def _is_elsewhere(payout: Payout, payee: Payee) -> bool:
    rail = rail_for(payee)
    # Nothing was frozen for who had not set up: whatever comes is new to the checker.
    return rail.name != payout.rail or rail.destination(payee) != payout.destination


def check_caps(
    payer_id: int, payouts: Iterable[Payout], caps: Caps, now: datetime
) -> None:
    """Refuses the first payout that would pass a cap, with what went out before it."""
    month, day = released_sums(payer_id, now)
    for payout in payouts:
        rules.check_caps(
            payout.cents,
            caps,
            payee_month_cents=month[payout.payee_id],
            day_cents=day,
        )
        month[payout.payee_id] += payout.cents
        day += payout.cents


@dataclass(frozen=True)
class DryRun:
    """What a release would meet; nothing is changed and nobody outside is asked."""

    held: dict[int, str]  # payouts that nothing can go out for yet, and why
    stopped: dict[RailName, str]
    funds: dict[RailName, int | None]
    sums: dict[RailName, int]  # what goes out on each way
    moved: set[int]
    repeats: dict[int, datetime]
    refused: Refused | None
    is_too_large: bool  # for the first run with real money

    @property
    def is_clear(self) -> bool:
        return not (self.moved or self.refused or self.is_too_large)


def dry_run(
    batch: PayoutBatch, payouts: list[Payout], caps: Caps, now: datetime
) -> DryRun:
    rails = {payout.rail: rail_of(payout.rail) for payout in payouts}
    stopped = queries.stopped_rails([batch.payer_id])
    return DryRun(
        held=_held(payouts),
        stopped={name: why for name, why in stopped.items() if name in rails},
        funds={name: rail.funds() for name, rail in rails.items()},
        sums={
            name: sum(each.cents for each in payouts if each.rail is name)
            for name in rails
        },
        moved=moved_away(batch.id),
        repeats=repeats(batch.id, now),
        refused=_refusal(batch, payouts, caps, now),
        is_too_large=too_many_live(payouts),
    )


def _held(payouts: Iterable[Payout]) -> dict[int, str]:
    """Payouts that would be on hold, and why."""
    reasons = {
        payout.id: rail_of(payout.rail).blocked(payout.destination)
        for payout in payouts
    }
    return {id_: why for id_, why in reasons.items() if why}


def _refusal(
    batch: PayoutBatch, payouts: list[Payout], caps: Caps, now: datetime
) -> Refused | None:
    try:
        check_sums(batch.id)
        check_first_live(payouts)
        check_caps(batch.payer_id, payouts, caps, now)
    except Refused as refused:
        return refused
    return None


def released_sums(payer_id: int, now: datetime) -> tuple[dict[int, int], int]:
    """Cents released this month by payee, and today in all, in the payer's days."""
    zone = db.session.get_one(Organization, payer_id).zone
    today = local_day(now, zone)
    since = local_midnight_utc(month_of(today)[0], zone)
    rows = db.session.execute(
        sa.select(Payout.payee_id, PayoutBatch.released_at, Payout.cents)
        .join(Payout.batch)
        .where(
            PayoutBatch.payer_id == payer_id,
            PayoutBatch.released_at >= since,
            Payout.status.in_(OUT),
        )
    )
    by_payee: dict[int, int] = defaultdict(int)
    in_day, morning = 0, local_midnight_utc(today, zone)
    for payee_id, released_at, cents in rows:
        by_payee[payee_id] += cents
        in_day += cents if released_at and released_at >= morning else 0
    return by_payee, in_day


def repeats(batch_id: int, now: datetime) -> dict[int, datetime]:
    """Payouts of an amount that the same payee got in the last two weeks, and when."""
    other, before = aliased(Payout), aliased(PayoutBatch)
    rows = db.session.execute(
        sa.select(Payout.id, sa.func.max(before.released_at))
        .join(
            other,
            sa.and_(
                other.payee_id == Payout.payee_id,
                other.cents == Payout.cents,
                other.id != Payout.id,
                other.status.in_(OUT),
            ),
        )
        .join(before, before.id == other.batch_id)
        .where(Payout.batch_id == batch_id, before.released_at > now - REPEATED_WITHIN)
        .group_by(Payout.id)
    )
    return {id_: released_at for id_, released_at in rows if released_at}
