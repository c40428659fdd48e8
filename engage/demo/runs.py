"""The payment runs of a played history: prepared by one, released by another."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from engage.core import calendar
from engage.core.db import db
from engage.core.money import CURRENCY
from engage.demo.year import Year
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger import rules as ledger
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import PayableStatus
from engage.organizations.models import Organization
from engage.payouts import rules
from engage.payouts.arriving import ARRIVED
from engage.payouts.models import (
    DemoTransfer,
    ManualPayment,
    Payout,
    PayoutAttempt,
    PayoutBatch,
    PayoutItem,
)
from engage.payouts.rails.base import Order
from engage.payouts.rails.table import rail_of
from engage.payouts.recording import SENT, request_hash
from engage.payouts.rules import BatchStatus, ManualKind, PayoutStatus, RailName

KINDS = (ManualKind.CHECK, ManualKind.PREPAID_CARD, ManualKind.ACH)
Owed = list[tuple[Payable, HoursEntry]]


def by_run(
    owed: list[tuple[Payable, HoursEntry]],
) -> dict[tuple[int, date], list[tuple[Payable, HoursEntry]]]:
    """What was paid, by payer and the Friday of its run."""
    runs: dict[tuple[int, date], list[tuple[Payable, HoursEntry]]] = defaultdict(list)
    for payable, entry in owed:
        if entry.status is HoursStatus.PAID:
            day = payable.worked_on + timedelta(days=9)
            friday = day + timedelta(days=(4 - day.weekday()) % 7)
            runs[payable.payer_id, friday].append((payable, entry))
    return dict(sorted(runs.items()))


def pay(year: Year, runs: dict[tuple[int, date], Owed]) -> None:
    payers = {payer.id: payer for payer in year.cast.payers}
    for (payer_id, friday), owed in runs.items():
        _run(year, payers[payer_id], friday, owed)
    db.session.flush()


def _run(year: Year, payer: Organization, friday: date, owed: Owed) -> None:
    at = min(_moment(payer, friday), year.now - timedelta(hours=30))
    maker, checker = year.cast.finance[payer.id][:2]
    batch = PayoutBatch(
        payer_id=payer.id,
        prepared_by_id=maker.id,
        prepared_at=at,
    )
    db.session.add(batch)
    by_payee: dict[int, Owed] = defaultdict(list)
    for payable, entry in owed:
        by_payee[payable.payee_id].append((payable, entry))
    db.session.flush()
    payouts = [
        _payout(year, batch, mine[0][0].payee, mine, at + timedelta(hours=3))
        for mine in by_payee.values()
    ]
    batch.content_hash = rules.content_hash(_line(row) for row in payouts)
    batch.released_by_id, batch.released_at = checker.id, at + timedelta(hours=2)
    batch.status = BatchStatus.APPROVED
    for verb, person, moment in (
        ("prepare", maker, at),
        ("release", checker, at + timedelta(hours=2)),
    ):
        year.chains.add(
            f"batch.{verb}",
            f"organization:{payer.uid}",
            f"payout_batch:{batch.uid}",
            by=person,
            at=moment,
            role="finance",
            organization_id=payer.id,
        )


def _payout(
    year: Year, batch: PayoutBatch, payee: Payee, owed: Owed, at: datetime
) -> Payout:
    rail = rail_of(RailName(payee.rail))
    row = Payout(
        batch_id=batch.id,
        payee=payee,
        payee_id=payee.id,
        rail=rail.name,
        cents=sum(payable.cents for payable, _ in owed),
        destination=rail.destination(payee),
        currency=CURRENCY,
        status=PayoutStatus.PAID,
        attempt=1,
        paid_on=at.date(),
    )
    row.items = [
        PayoutItem(payable=payable, payable_id=payable.id, cents=payable.cents)
        for payable, _ in owed
    ]
    for payable, _ in owed:
        payable.status, payable.paid_on = PayableStatus.PAID, at.date()
    row.remote_id = _remote(year, batch, row, at)
    db.session.add(row)
    _attempt(row, at)
    _post(row, payee, at)
    return row


def _remote(year: Year, batch: PayoutBatch, row: Payout, at: datetime) -> str:
    """What the other side remembers: a demo transfer, or a check in the mail."""
    if row.rail is RailName.DEMO:
        order = _order(row)
        made = DemoTransfer(
            key=rules.idempotency_key(row.uid, 1),
            transfer_group=order.transfer_group,
            destination=row.destination,
            cents=row.cents,
            currency=CURRENCY,
            created_at=at,
        )
        db.session.add(made)
        return f"demo_{made.uid}"
    manual = ManualPayment(
        payer_id=batch.payer_id,
        kind=year.chance.choice(KINDS),
        reference=f"{1000 + batch.id * 7}-{row.uid[:4]}",
        paid_on=at.date(),
        recorded_by_id=batch.prepared_by_id,
        recorded_at=at,
        confirmed_by_id=year.cast.finance[batch.payer_id][1].id,
        confirmed_at=at + timedelta(days=1),
    )
    row.manual = manual
    return f"manual_{manual.uid}"


def _order(row: Payout) -> Order:
    return Order(
        public_id=row.uid,
        destination=row.destination,
        cents=row.cents,
        currency=row.currency,
    )


def _attempt(row: Payout, at: datetime) -> None:
    db.session.flush()
    request = _order(row).stored()
    db.session.add(
        PayoutAttempt(
            payout_id=row.id,
            number=1,
            key=rules.idempotency_key(row.uid, 1),
            request=request,
            request_hash=request_hash(request),
            started_at=at,
            ended_at=at,
            outcome="sent",
            tries=1,
        )
    )


def _post(row: Payout, payee: Payee, at: datetime) -> None:
    owed, under_way = ledger.payable(payee.handle), ledger.clearing(row.rail)
    moves = ((SENT, owed, under_way), (ARRIVED, under_way, ledger.cash(row.rail)))
    for kind, debit, credit in moves:
        db.session.add(
            Posting(
                kind=kind,
                source=f"payout:{row.uid}",
                debit=debit,
                credit=credit,
                cents=row.cents,
                at=at,
            )
        )


def _line(row: Payout) -> rules.ReleaseLine:
    return rules.ReleaseLine(
        public_id=row.uid,
        payee=row.payee.handle,
        rail=row.rail,
        is_live=False,
        destination=row.destination,
        cents=row.cents,
        currency=row.currency,
        sources=tuple(item.payable.source for item in row.items),
    )


def _moment(payer: Organization, friday: date) -> datetime:
    """The hour in which a run went out."""
    return calendar.local_moment_utc(friday, 11 * 60, payer.zone)
