"""Money for costs beside pay: kept apart from pay, so that neither eats the other.

A post keeps it for its open seats, agreed work keeps one person's part of it.
"""

from datetime import datetime

from engage.core.db import db, lock_one, transaction
from engage.funding import actions, queries
from engage.funding.models import FundingLine
from engage.funding.rules import Stage


def source(of: str) -> str:
    """The name under which a line keeps costs of a post or of agreed work."""
    return f"costs:{of}"


def keep(line: FundingLine, post: str, cents: int, *, now: datetime) -> None:
    """Set costs of a post aside; refuses more than is left."""
    if cents > 0:
        actions.set_aside(line, source(post), cents, by=None, now=now)


def fill_up(line: FundingLine, post: str, cents: int, *, now: datetime) -> None:
    """Keep so much in all for open seats, as far as the line has it."""
    with transaction():
        lock_one(FundingLine, line.id)
        held = queries.held_cents(line.id, source(post), Stage.SET_ASIDE)
        keep(line, post, min(cents - held, queries.left_cents(line.id)), now=now)


def reserve(
    line: FundingLine, post: str, work: str, cents: int, *, now: datetime
) -> None:
    """One person's part, from what the post kept and else from what is left.

    A yes never fails for it: what is not there is said when a cost is approved.
    """
    if not cents:
        return
    with transaction():
        fill_up(line, post, cents, now=now)
        held = queries.held_cents(line.id, source(post), Stage.SET_ASIDE)
        if min(held, cents):
            actions.move(
                line,
                source=source(post),
                stage=Stage.SET_ASIDE,
                to_source=source(work),
                to_stage=Stage.RESERVED,
                cents=min(held, cents),
                now=now,
            )


def give_back(line: FundingLine, of: str, stage: Stage, *, now: datetime) -> int:
    """What is kept for costs of a post or of agreed work is free again; cents."""
    return actions.release(line, source=source(of), stage=stage, now=now)


def spend(line: FundingLine, work: str, cents: int, *, now: datetime) -> None:
    """A cost is approved: from what was kept at the yes, the rest from what is left."""
    own = source(work)
    kept = min(queries.held_cents(line.id, own, Stage.RESERVED), cents)
    for stage, part in ((Stage.RESERVED, kept), (None, cents - kept)):
        if part:
            _move(line, own, stage, Stage.APPROVED, part, now)


def pay(line_id: int, work: str, cents: int, *, now: datetime) -> None:
    line = db.session.get_one(FundingLine, line_id)
    _move(line, source(work), Stage.APPROVED, Stage.PAID, cents, now)


def unpay(
    line_id: int, work: str, cents: int, *, is_freed: bool, now: datetime
) -> None:
    """The money came back: approved as before, or free again."""
    line, own = db.session.get_one(FundingLine, line_id), source(work)
    _move(line, own, Stage.PAID, Stage.APPROVED, cents, now)
    if is_freed:
        actions.release(line, source=own, stage=Stage.APPROVED, cents=cents, now=now)


def _move(
    line: FundingLine,
    own: str,
    stage: Stage | None,
    to_stage: Stage,
    cents: int,
    now: datetime,
) -> None:
    actions.move(
        line,
        source=own,
        stage=stage,
        to_source=own,
        to_stage=to_stage,
        cents=cents,
        now=now,
    )
