"""What of a payable is owed no more: a part that its payee did not take, or that came
back. The payable keeps the amount that was earned; postings say what is off it."""

import sqlalchemy as sa

from engage.core.db import UID_LENGTH
from engage.ledger.models import Payable, Posting
from engage.ledger.rules import UNOWE

# How the source of such a posting begins, before a payable's uid; both are as long.
NOT_TAKEN, CAME_BACK = "part:", "back:"


def off(*prefixes: str) -> sa.Subquery:
    """(uid of a payable, cents off it), of those kinds or of both."""
    uid = sa.func.substr(Posting.source, len(CAME_BACK) + 1, UID_LENGTH).label("uid")
    wanted = prefixes or (NOT_TAKEN, CAME_BACK)
    return (
        sa.select(uid, sa.func.sum(Posting.cents).label("cents"))
        .where(
            Posting.kind == UNOWE,
            sa.or_(*(Posting.source.startswith(prefix) for prefix in wanted)),
        )
        .group_by(uid)
        .subquery()
    )


def is_of(sums: sa.Subquery) -> sa.ColumnElement[bool]:
    """Joins such sums to their payables."""
    return Payable.uid == sums.c.uid


def cents_of(sums: sa.Subquery) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sums.c.cents, 0)
