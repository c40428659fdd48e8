"""Money that came back from a payee: the ledger, and what it was for, follow."""

from collections.abc import Iterable
from datetime import datetime

from engage.core.db import db, lock, lock_one, transaction
from engage.engagements.models import Engagement
from engage.funding import actions as funding
from engage.funding.models import FundingLine
from engage.funding.rules import Stage
from engage.hours import actions as hours
from engage.hours import expense_pay
from engage.hours.models import HoursEntry
from engage.ledger import actions as ledger_actions
from engage.ledger import rules as ledger
from engage.ledger.models import Payable, Payee
from engage.ledger.queries import NOT_INCOME
from engage.payouts import queries, returning_queries, rules
from engage.payouts.models import Payout
from engage.payouts.returning_rules import shares
from engage.payouts.rules import PayoutStatus
from engage.workload import pay

REVERSED = "reverse"  # kind of posting: so much of a payment came back

Work = tuple[Payable, HoursEntry | None]


def lock_below(payout_id: int) -> None:
    """Lock what stands before a payout in the one order of locks."""
    work = queries.work_of(payout_id)
    lock(FundingLine, [payable.funding_line_id for payable, _ in work])
    lock(Engagement, [entry.engagement_id for _, entry in work if entry])


def post_to(payout_id: int, total: int, *, is_owed: bool, now: datetime) -> int:
    """So much of a payment came back in all: post what is new of it; how much that is.

    What is no news changes nothing. `is_owed`: the payee is owed it once more, in a new
    run with a release of its own.
    """
    with transaction():
        lock_below(payout_id)
        payout = lock_one(Payout, payout_id)
        fresh = min(total, payout.cents) - payout.cents_back
        if fresh <= 0 or payout.status is not PayoutStatus.PAID:
            return 0
        come_back(payout, fresh, is_owed=is_owed, now=now)
    return fresh


def come_back(payout: Payout, cents: int, *, is_owed: bool, now: datetime) -> None:
    """The one way back of a paid payout; the caller holds the locks."""
    before, payout.cents_back = payout.cents_back, payout.cents_back + cents
    handle = db.session.get_one(Payee, payout.payee_id).handle
    work = queries.work_of(payout.id)
    # A line of which a part was given up cannot be owed as it was before.
    is_whole = all(payable.take_cents is None for payable, _ in work)
    is_reopened = is_owed and is_whole and cents == payout.cents
    to = ledger.payable(handle) if is_reopened else ledger.returned(handle)
    ledger_actions.post(
        REVERSED,
        f"payout:{payout.uid}:{payout.cents_back}",
        debit=ledger.cash(payout.rail),
        credit=to,
        cents=cents,
        now=now,
    )
    lock(Payable, [payable.id for payable, _ in work])
    if payout.cents_back == payout.cents:
        payout.status = rules.after(payout.status, "return")
    if is_reopened:
        _reopen(payout, work, now)
    else:
        _settle_parts(payout, work, before, is_owed=is_owed, now=now)
    db.session.flush()


def _reopen(payout: Payout, work: Iterable[Work], now: datetime) -> None:
    """All of it is owed as it was before: approved, unpaid, in no run."""
    for item in queries.active_items([payout.id]):
        item.is_active = False
    for payable, entry in work:
        payable.status, payable.paid_on = ledger.after(payable.status, "reopen"), None
        if entry is None:
            pay.came_back(payable.source)
            expense_pay.came_back(payable, now=now)
        else:
            hours.reopen(entry.id, now=now)
            _move(payable, entry, payable.cents, is_freed=False, now=now)


def _settle_parts(
    payout: Payout, work: list[Work], before: int, *, is_owed: bool, now: datetime
) -> None:
    """Each line's part of what came back: owed anew as a line of its own, or dropped.

    What it paid reads paid still; the part is taken from pay, the earliest first, and
    only then from costs, as the totals of a year count it.
    """
    work = sorted(work, key=lambda one: one[0].kind in NOT_INCOME)
    parts = [payable.pay_cents for payable, _ in work]
    earlier, by_now = shares(parts, before), shares(parts, payout.cents_back)
    payee = db.session.get_one(Payee, payout.payee_id)
    for (payable, _), old, new in zip(work, earlier, by_now, strict=True):
        if new == old:
            continue
        source = f"back:{payable.uid}:{payout.cents_back}"
        ledger_actions.post(
            ledger.UNOWE,
            source,
            debit=ledger.returned(payee.handle),
            credit=ledger.expense(payable.kind),
            cents=new - old,
            now=now,
        )
        left = new - old if is_owed else drop(payable, new - old, now=now)
        if left:
            _owe_again(payable, payee, source, left, now)


def drop(payable: Payable, cents: int, *, now: datetime) -> int:
    """So much of what was paid is owed no more, and its line has it back; cents that
    stay owed all the same, because costs have used them."""
    first, entry = returning_queries.first_of(payable)
    if entry is None:
        return expense_pay.part_dropped(first, cents, now=now)
    _move(first, entry, cents, is_freed=True, now=now)
    return 0


def _owe_again(
    payable: Payable, payee: Payee, source: str, cents: int, now: datetime
) -> None:
    ledger_actions.owe(
        payable.kind,
        source,
        payee=payee,
        organization_id=payable.organization_id,
        funding_line_id=payable.funding_line_id,
        cents=cents,
        worked_on=payable.worked_on,
        due_on=payable.due_on,
        approved_by_id=payable.approved_by_id,
        now=now,
    )


def _move(
    payable: Payable, entry: HoursEntry, cents: int, *, is_freed: bool, now: datetime
) -> None:
    """Its money is not paid any more: approved as before, or back to the line."""
    line = db.session.get_one(FundingLine, payable.funding_line_id)
    source = f"engagement:{entry.engagement.uid}"
    funding.move(
        line,
        source=source,
        stage=Stage.PAID,
        to_source=source,
        to_stage=Stage.APPROVED,
        cents=cents,
        now=now,
    )
    if is_freed:
        funding.release(line, source=source, stage=Stage.APPROVED, cents=cents, now=now)
