from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from engage.core.db import db
from engage.ledger import rules
from engage.ledger.models import Posting


@dataclass
class Sums:
    """Credits and debits of one payee's own accounts; owed is what is between them."""

    earned_cents: int = 0
    paid_cents: int = 0

    @property
    def owed_cents(self) -> int:
        return self.earned_cents - self.paid_cents


def owed(handles: Collection[str]) -> dict[str, Sums]:
    """Sums of the ledger by handle, in one query; a payment that came back is unpaid.

    Earned is what `owe` posted (less what was reversed); paid is the rest of the
    account's moves, so that earned - paid is the balance of the accounts.
    """
    accounts = {rules.payable(one): one for one in handles}
    accounts |= {rules.returned(one): one for one in handles}
    found: dict[str, Sums] = defaultdict(Sums)
    for account, kind, cents in db.session.execute(_sides(accounts)):
        own = found[accounts[account]]
        if kind in (rules.OWE, rules.UNOWE):
            own.earned_cents += int(cents)
        else:
            own.paid_cents -= int(cents)
    return found


def _sides(accounts: Iterable[str]) -> sa.CompoundSelect[str, str, int]:
    """(account, kind of posting, credits less debits) of each account."""
    names = sorted(accounts)
    return sa.union_all(
        sa.select(Posting.credit, Posting.kind, sa.func.sum(Posting.cents))
        .where(Posting.credit.in_(names))
        .group_by(Posting.credit, Posting.kind),
        sa.select(Posting.debit, Posting.kind, -sa.func.sum(Posting.cents))
        .where(Posting.debit.in_(names))
        .group_by(Posting.debit, Posting.kind),
    )
