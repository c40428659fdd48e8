import sqlalchemy as sa

from engage.core.db import db
from engage.ledger import rules
from engage.ledger.balances import owed
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import PayableStatus


def problems() -> list[str]:
    """What does not hold in the ledger, one sentence each; empty when all is well."""
    return [*_unposted(), *_unowed(), *_unsound(), *_out_of_step()]


def _unposted() -> list[str]:
    posting = sa.and_(
        Posting.kind == rules.OWE,
        Posting.source == Payable.source,
        Posting.cents == Payable.cents,
        Posting.credit == "payable:" + Payee.handle,
    )
    rows = db.session.scalars(
        sa.select(Payable.uid)
        .join(Payable.payee)
        .outerjoin(Posting, posting)
        .where(Posting.id.is_(None))
        .order_by(Payable.id)
    )
    return [f"payable {uid} has no posting of its amount and payee" for uid in rows]


def _unowed() -> list[str]:
    rows = db.session.scalars(
        sa.select(Posting.uid)
        .outerjoin(Payable, Payable.source == Posting.source)
        .where(Posting.kind == rules.OWE, Payable.id.is_(None))
        .order_by(Posting.id)
    )
    return [f"posting {uid} owes what no payable holds" for uid in rows]


def _unsound() -> list[str]:
    rows = db.session.scalars(
        sa.select(Posting.uid)
        .where(sa.or_(Posting.cents <= 0, Posting.debit == Posting.credit))
        .order_by(Posting.id)
    )
    return [f"posting {uid} moves nothing" for uid in rows]


def _out_of_step() -> list[str]:
    """What the ledger owes a payee lies between what waits and what may be on its way.

    A payment is posted as sent before its payables read paid.
    """
    waiting = sa.case((Payable.status == PayableStatus.WAITING, Payable.cents), else_=0)
    open_ = sa.case((Payable.status != PayableStatus.PAID, Payable.cents), else_=0)
    rows = list(
        db.session.execute(
            sa.select(Payee.handle, sa.func.sum(waiting), sa.func.sum(open_))
            .join(Payable, Payable.payee_id == Payee.id)
            .group_by(Payee.handle)
            .order_by(Payee.handle)
        )
    )
    sums = owed([handle for handle, _, _ in rows])
    return [
        f"payee {handle} is owed {sums[handle].owed_cents} cents by the ledger,"
        f" and {least} to {most} by what waits for them"
        for handle, least, most in rows
        if not int(least) <= sums[handle].owed_cents <= int(most)
    ]
