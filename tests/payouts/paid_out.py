"""Payments that arrived on a day, as rows, without the machine that made them."""

from datetime import date
from itertools import count

from engage.core import clock
from engage.core.db import new_uid, transaction
from engage.ledger.actions import owe, payee_for
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableKind, PayableStatus
from engage.organizations.models import Organization
from engage.payouts.models import Payout, PayoutBatch, PayoutItem
from engage.payouts.rules import BatchStatus, PayoutStatus, RailName
from tests import make

_numbers = count(1)


def batch(
    payer: Organization, status: BatchStatus = BatchStatus.APPROVED
) -> PayoutBatch:
    maker, checker = make.finance(payer), make.finance(payer)
    released = {} if status is BatchStatus.DRAFT else {"released_by_id": checker.id}
    if released:
        released |= {"released_at": clock.now(), "content_hash": "0" * 64}
    return make.save(
        PayoutBatch(
            payer_id=payer.id,
            status=status,
            prepared_by_id=maker.id,
            prepared_at=clock.now(),
            **released,
        )
    )


def payee(payer: Organization, rail: str = "manual") -> Payee:
    with transaction():
        row = payee_for(make.consultant().id, payer.id)
        row.rail = rail
        return row


def earned(
    to: Payee,
    cents: int,
    *,
    kind: PayableKind = PayableKind.HOURS,
    due_on: date = date(2026, 7, 29),
    line_id: int = 1,
) -> Payable:
    with transaction():
        return owe(
            kind,
            f"{kind}:{next(_numbers)}",
            payee=to,
            organization_id=to.payer_id,
            funding_line_id=line_id,
            cents=cents,
            worked_on=due_on,
            due_on=due_on,
            approved_by_id=None,
            now=clock.now(),
        )


def pay(
    of: PayoutBatch,
    *payables: Payable,
    on: date | None,
    rail: RailName = RailName.MANUAL,
    status: PayoutStatus = PayoutStatus.PAID,
    cents_back: int = 0,
    is_live: bool = False,
) -> Payout:
    """One payment of these payables to their one payee."""
    payout = make.save(
        Payout(
            batch_id=of.id,
            payee_id=payables[0].payee_id,
            rail=rail,
            is_live=is_live,
            cents=sum(each.cents for each in payables),
            cents_back=cents_back,
            status=status,
            remote_id=new_uid(),
            paid_on=on,
        )
    )
    is_active = status is not PayoutStatus.RETURNED
    for each in payables:
        values = {"payable_id": each.id, "cents": each.cents, "is_active": is_active}
        make.save(PayoutItem(payout_id=payout.id, **values))
        with transaction():
            if status is PayoutStatus.PAID:
                each.status, each.paid_on = PayableStatus.PAID, on
            elif is_active:
                each.status = PayableStatus.IN_PAYOUT
    return payout
