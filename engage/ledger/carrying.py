"""Old postings go, and one carries forward what they came to in each account."""

from collections.abc import Callable, Iterator
from datetime import datetime

import sqlalchemy as sa

from engage.core.db import db, new_uid
from engage.core.many import delete
from engage.ledger import actions, rules
from engage.ledger.models import Posting

CARRIED = "carried"


def what_of(kind: str, source: str) -> str:
    """What a posting is about: "payout:uid", "expense:uid", a payable's source, or
    "payable:uid" for what is owed no more of one."""
    about, _, rest = source.partition(":")
    if kind == rules.OWE:
        return source
    if kind == rules.UNOWE and about in {"part", "back"}:
        about = "payable"
    return f"{about}:{rest.partition(':')[0]}"


def young(since: datetime) -> set[str]:
    """What was posted about since then."""
    rows = db.session.execute(
        sa.select(Posting.kind, Posting.source).where(Posting.at >= since)
    )
    return {what_of(kind, source) for kind, source in rows}


def drop(is_gone: Callable[[str], bool], *, before: datetime, now: datetime) -> int:
    """Delete postings about what is gone; the sums of all accounts stay as they were.

    Runs in the caller's transaction.
    """
    rows = [
        row
        for row in db.session.scalars(sa.select(Posting).where(Posting.at < before))
        if row.kind != CARRIED and is_gone(what_of(row.kind, row.source))
    ]
    moves = list(_moves(rules.balances(rows)))
    delete(Posting, Posting.id, [row.id for row in rows])
    for debit, credit, cents in moves:
        source = f"{CARRIED}:{new_uid()}"
        actions.post(CARRIED, source, debit=debit, credit=credit, cents=cents, now=now)
    return len(rows)


def _moves(sums: dict[str, int]) -> Iterator[tuple[str, str, int]]:
    """(debit, credit, cents) that come to these sums, in as few rows as it takes."""
    left = {account: -cents for account, cents in sorted(sums.items()) if cents < 0}
    for debit, cents in sorted(sums.items()):
        for credit in left:
            moved = min(cents, left[credit])
            if moved > 0:
                cents, left[credit] = cents - moved, left[credit] - moved
                yield debit, credit, moved
