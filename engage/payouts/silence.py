"""Nobody answers at the payment service: nothing more is called until somebody does.

Nothing is lost meanwhile, and no person has to let it go on.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db, end_read
from engage.payouts import holding, holding_queries, queries
from engage.payouts.models import Payout, PayoutAttempt, PayoutBatch
from engage.payouts.rails.table import stripe_payer_id
from engage.payouts.resend import Outcome
from engage.payouts.rules import PayoutStatus, RailName
from engage.payouts.sending import Claimed
from engage.payouts.switches import SILENT, end_stop, set_switch

STRIPE = RailName.STRIPE
MOST_UNANSWERED = 3  # payments whose last call nobody answered
NOT_BEGUN = timedelta(minutes=1)  # a run is called long before


def stop(*, now: datetime) -> None:
    """Stop the rail when something waits there and nobody answers."""
    payer_id = stripe_payer_id()
    if payer_id is None or not holding_queries.queued_runs():
        return
    is_odd = _unanswered() >= MOST_UNANSWERED or _is_late(now)
    if is_odd and holding.ask_funds(now=now) is None:
        set_switch(STRIPE, payer_id, is_stopped=True, reason=SILENT)


def while_heard(claimed: Iterable[Claimed]) -> Iterator[Claimed]:
    """Each in turn while somebody answers; the rest keeps its key, and is asked about
    once its lease ends."""
    known = _unanswered()
    for each in claimed:
        count = _unanswered()
        if count >= known + MOST_UNANSWERED:
            if holding.ask_funds(now=clock.now()) is None:
                return
            known = count
        yield each


def end(*, now: datetime) -> None:
    """Go on by itself when somebody answers again."""
    payer_id = stripe_payer_id()
    if payer_id is None or queries.stopped_rails([payer_id]).get(STRIPE) != SILENT:
        return
    if holding.ask_funds(now=now) is not None:
        end_stop(STRIPE, payer_id, SILENT)


def _unanswered() -> int:
    found = db.session.scalar(
        sa.select(sa.func.count(Payout.id))
        .join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        .where(
            Payout.rail == STRIPE,
            Payout.status == PayoutStatus.UNKNOWN,
            PayoutAttempt.ended_at.is_(None),
            PayoutAttempt.outcome == Outcome.NO_ANSWER,
        )
    )
    end_read()
    return int(found or 0)


def _is_late(now: datetime) -> bool:
    """Is a run not begun, though it was released a while ago?"""
    late = (
        sa.select(Payout.id)
        .join(Payout.batch)
        .where(
            Payout.rail == STRIPE,
            Payout.status == PayoutStatus.QUEUED,
            Payout.attempt == 0,
            PayoutBatch.released_at < now - NOT_BEGUN,
        )
    )
    return db.session.scalar(late.limit(1)) is not None
