"""Records of awards: deleted years after the final report, while their sums stay."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.books import kept_years
from engage.core.calendar import local_day
from engage.core.db import db, end_read, lock, transaction
from engage.core.many import delete, pieces
from engage.engagements.models import Engagement
from engage.funding.actions import carry_paid
from engage.funding.limits import books_end_on
from engage.funding.models import FundingLine
from engage.hours.expense_models import Expense, GivenBack
from engage.hours.expense_queries import source as source_of
from engage.hours.expense_rules import ExpenseStatus
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger import carrying
from engage.ledger.models import Payable
from engage.ledger.rules import KEPT_YEARS
from engage.payouts.models import (
    ManualPayment,
    Payout,
    PayoutAttempt,
    PayoutBatch,
    PayoutItem,
)
from engage.payouts.models_after import PayeeDetail, Reversal
from engage.payouts.reconcile_models import ReconciliationDifference
from engage.records import bundles
from engage.records.bundles import Bundle

OLD = timedelta(days=366 * KEPT_YEARS)  # the database lets no younger posting go
HOURS_OVER = (HoursStatus.PAID, HoursStatus.WITHDRAWN, HoursStatus.RETURNED)
COSTS_OVER = (ExpenseStatus.PAID, ExpenseStatus.WITHDRAWN, ExpenseStatus.RETURNED)
OF_A_PAYOUT = (PayoutItem, PayoutAttempt, ManualPayment, Reversal, PayeeDetail)


def forget(now: datetime) -> int:
    """Delete what is over of each award whose time has come; of how many."""
    years = kept_years()
    due = [line.id for line in _reported() if _is_due(line, years, now)]
    end_read()
    if due:
        with transaction():
            lines = lock(FundingLine, due)
            _forget(lines, now)
    return len(due)


def _reported() -> list[FundingLine]:
    return list(
        db.session.scalars(
            sa.select(FundingLine)
            .where(FundingLine.final_report_on.is_not(None))
            .options(joinedload(FundingLine.payer))
            .order_by(FundingLine.id)
        )
    )


def _is_due(line: FundingLine, years: int, now: datetime) -> bool:
    ends_on = books_end_on(line.final_report_on, line.final_report_noted_on, years)
    return ends_on is not None and local_day(now, line.payer.zone) >= ends_on


def _forget(lines: list[FundingLine], now: datetime) -> None:
    line_ids, before = [line.id for line in lines], now - OLD
    bundle = bundles.of_lines(line_ids, before)
    costs = _costs(line_ids, bundle)
    gone = {source_of(row) for row in costs}
    carrying.drop(
        lambda what: bundle.is_gone(what) or what in gone, before=before, now=now
    )
    _forget_payouts(bundle)
    delete(Payable, Payable.id, bundle.payables)
    delete(GivenBack, GivenBack.expense_id, [row.id for row in costs])
    delete(Expense, Expense.id, [row.id for row in costs])
    delete(HoursEntry, HoursEntry.id, _hours(line_ids, bundle))
    for line in lines:
        if line.records_gone_on is None:
            line.records_gone_on = now.date()
        if not _is_owing(line.id):
            carry_paid(line)
    db.session.expire_all()


def _forget_payouts(bundle: Bundle) -> None:
    batches = set()
    for ids in pieces(list(bundle.payouts)):
        query = sa.select(Payout.batch_id).where(Payout.id.in_(ids))
        batches |= set(db.session.scalars(query))
    for model in OF_A_PAYOUT:
        delete(model, model.payout_id, bundle.payouts)
    about = ReconciliationDifference.payout_uid
    delete(ReconciliationDifference, about, bundle.payouts.values())
    delete(Payout, Payout.id, bundle.payouts)
    used = set()
    for ids in pieces(list(batches)):
        query = sa.select(Payout.batch_id).where(Payout.batch_id.in_(ids))
        used |= set(db.session.scalars(query))
    delete(PayoutBatch, PayoutBatch.id, batches - used)


def _costs(line_ids: list[int], bundle: Bundle) -> list[Expense]:
    """Costs that are over; money ahead that nobody accounted for is not."""
    rows = db.session.scalars(
        sa.select(Expense)
        .join(Expense.engagement)
        .where(Engagement.funding_line_id.in_(line_ids), Expense.status.in_(COSTS_OVER))
    )
    keeps = bundle.staying | bundle.young
    return [row for row in rows if source_of(row) not in keeps and not _is_open(row)]


def _is_open(expense: Expense) -> bool:
    return expense.status is ExpenseStatus.PAID and bool(expense.open_cents)


def _hours(line_ids: list[int], bundle: Bundle) -> list[int]:
    rows = db.session.execute(
        sa.select(HoursEntry.id, HoursEntry.uid)
        .join(HoursEntry.engagement)
        .where(
            Engagement.funding_line_id.in_(line_ids), HoursEntry.status.in_(HOURS_OVER)
        )
    )
    return [row_id for row_id, uid in rows if f"hours:{uid}" not in bundle.staying]


def _is_owing(line_id: int) -> bool:
    query = sa.select(Payable.id).where(Payable.funding_line_id == line_id)
    return db.session.scalar(query.limit(1)) is not None
