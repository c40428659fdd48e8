"""What of awards may go together: payables and payments that hang on nothing else.

A payment may be for work of several awards, and what came back is owed anew: one thing
that has to stay keeps all that hangs on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.core.db import db
from engage.ledger import carrying
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from engage.payouts.models import Payout, PayoutItem
from engage.payouts.models_after import Reversal
from engage.payouts.rules import ENDED


class Bundle(NamedTuple):
    """Payables and payouts to go, by id, with their uids; and sources that stay."""

    payables: dict[int, str]
    payouts: dict[int, str]
    sources: frozenset[str]
    staying: frozenset[str]
    young: frozenset[str]

    def is_gone(self, what: str) -> bool:
        """Is what a posting is about among what goes?"""
        return what in self.sources


def of_lines(line_ids: list[int], since: datetime) -> Bundle:
    """Everything of those awards that is over, and was since that moment."""
    young = carrying.young(since)
    own = {row.id: row for row in _payables(line_ids)}
    paid, pairs = _payouts(line_ids)
    stuck = {
        *(_owed(row.id) for row in own.values() if not _is_over(row, young)),
        *(_paid(row.id) for row in paid.values() if _is_running(row, young)),
        *(_owed(each) for each, _ in pairs if each not in own),
    }
    links = [(_owed(one), _paid(other)) for one, other in pairs]
    stays = _reached(stuck, [*links, *_anew(own.values())])
    payables = {one: row.uid for one, row in own.items() if _owed(one) not in stays}
    payouts = {one: row.uid for one, row in paid.items() if _paid(one) not in stays}
    sources = {own[one].source for one in payables}
    sources |= {f"payable:{uid}" for uid in payables.values()}
    sources |= {f"payout:{uid}" for uid in payouts.values()}
    staying = {row.source for one, row in own.items() if one not in payables}
    return Bundle(
        payables, payouts, frozenset(sources), frozenset(staying), frozenset(young)
    )


def _owed(payable_id: int) -> tuple[str, int]:
    return "owed", payable_id


def _paid(payout_id: int) -> tuple[str, int]:
    return "paid", payout_id


def _payables(line_ids: list[int]) -> Iterable[Payable]:
    return db.session.scalars(
        sa.select(Payable).where(Payable.funding_line_id.in_(line_ids))
    ).all()


def _payouts(
    line_ids: list[int],
) -> tuple[dict[int, sa.Row[Any]], set[tuple[int, int]]]:
    """Payouts of those awards, and (payable, payout) of every line of theirs."""
    theirs = (
        sa.select(PayoutItem.payout_id)
        .join(Payable, Payable.id == PayoutItem.payable_id)
        .where(Payable.funding_line_id.in_(line_ids))
    )
    open_ = sa.select(Reversal.payout_id).where(Reversal.ended_at.is_(None))
    rows = db.session.execute(
        sa.select(
            Payout.id, Payout.uid, Payout.status, Payout.id.in_(open_).label("is_asked")
        ).where(Payout.id.in_(theirs))
    )
    items = db.session.execute(
        sa.select(PayoutItem.payable_id, PayoutItem.payout_id).where(
            PayoutItem.payout_id.in_(theirs)
        )
    )
    return {row.id: row for row in rows}, {(one, other) for one, other in items}


def _is_over(row: Payable, young: set[str]) -> bool:
    posted = {row.source, f"payable:{row.uid}"}
    return row.status is PayableStatus.PAID and not posted & young


def _is_running(row: sa.Row[Any], young: set[str]) -> bool:
    return row.status not in ENDED or row.is_asked or f"payout:{row.uid}" in young


def _anew(rows: Iterable[Payable]) -> Iterator[tuple[tuple[str, int], tuple[str, int]]]:
    """What came back and is owed anew hangs on what it came back of."""
    by_uid = {row.uid: row.id for row in rows}
    for row in rows:
        about, _, rest = row.source.partition(":")
        first = by_uid.get(rest.partition(":")[0]) if about == "back" else None
        if first is not None:
            yield _owed(row.id), _owed(first)


def _reached(
    stuck: set[tuple[str, int]], links: list[tuple[tuple[str, int], tuple[str, int]]]
) -> set[tuple[str, int]]:
    """All that hangs on what is stuck, over however many links."""
    beside = defaultdict(set)
    for one, other in links:
        beside[one].add(other)
        beside[other].add(one)
    reached, next_ = set(stuck), list(stuck)
    while next_:
        fresh = beside[next_.pop()] - reached
        reached |= fresh
        next_ += fresh
    return reached
