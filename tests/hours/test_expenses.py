"""Costs beside pay, and money paid ahead for them: never income, never off pay."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engage.core.calendar import local_day
from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.engagements import actions as engagements
from engage.funding import queries as funding
from engage.funding.cost_rules import CostKind
from engage.funding.rules import Stage
from engage.hours import (
    expense_decisions,
    expense_pay,
    expense_queries,
    expenses,
    given_back,
    jobs,
    per_diem,
)
from engage.hours.expense_models import Expense, PerDiemRate
from engage.hours.expense_rules import Cost, ExpenseCheck, ExpenseStatus
from engage.ledger import queries as ledger
from engage.ledger.models import Payable, Posting
from engage.ledger.rules import ADVANCE, PayableKind, balance
from engage.payouts import actions as payouts
from engage.payouts import books, manual
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.rules import Caps, ManualKind
from engage.workload.models_pay import ExpectedPay
from tests import make
from tests.hours.work import DAY, Work, agreed, rows

pytestmark = pytest.mark.usefixtures("app")
S = ExpenseStatus


def work_of(season: datetime, **values: Any) -> Work:
    values = {"is_in_person": True, "costs_cents": 200_00, **values}
    return agreed(season, **values)


def send(work: Work, cents: int = 40_00, **values: Any) -> Expense:
    now = values.pop("now", work.done)
    fields = {
        "kind": CostKind.TRAVEL,
        "day": local_day(now, work.person.zone),
        "cents": cents,
        "seen_by": "Sam Rivera",
        "reference": "Bus ticket 4417",
        **values,
    }
    return expenses.send(work.engagement.id, Cost(**fields), by=work.person, now=now)


def ahead(work: Work, cents: int, season: datetime) -> Expense:
    """Money asked for the day after the yes, for the first session's day."""
    day = local_day(season + 7 * DAY, work.person.zone)
    return send(work, cents, day=day, is_advance=True, now=season + DAY)


def approve(work: Work, *costs: Expense, now: datetime | None = None) -> None:
    expense_decisions.approve_seen(
        {each.uid: each.version for each in costs},
        [work.place.id],
        by=work.coordinator,
        now=now or work.done,
        no_interest=True,
    )


def pay(work: Work, now: datetime) -> None:
    """Everything that waits, by check: prepared, released, recorded, confirmed."""
    payer = db.session.get_one(type(work.place), work.line.payer_id)
    maker, checker = make.finance(payer), make.finance(payer)
    uids = list(
        db.session.scalars(sa.select(Payable.uid).where(Payable.status == "waiting"))
    )
    batch = payouts.prepare(payer, uids, by=maker, now=now)
    payouts.release(batch.id, by=checker, now=now, caps=Caps(), no_interest=True)
    found = db.session.scalars(
        sa.select(Payout.id).join(PayoutBatch).where(PayoutBatch.id == batch.id)
    )
    for payout_id in list(found):
        manual.record(
            payout_id,
            kind=ManualKind.CHECK,
            reference=f"{1000 + payout_id}",
            paid_on=now.date(),
            today=now.date(),
            by=maker,
            now=now,
        )
        manual.confirm(payout_id, by=checker, now=now)


def kept(work: Work, stage: Stage) -> int:
    source = f"costs:engagement:{work.engagement.uid}"
    return funding.held_cents(work.line.id, source, stage)


def fresh(expense: Expense) -> Expense:
    return db.session.get_one(Expense, expense.id, populate_existing=True)


def test_the_whole_life_of_a_cost_beside_pay(season: datetime) -> None:
    work = work_of(season)
    assert kept(work, Stage.RESERVED) == 200_00
    expense = send(work)
    assert expense.receipt(work.person.subject) == ("Sam Rivera", "Bus ticket 4417")
    assert b"4417" not in (expense.receipt_sealed or b"")
    approve(work, expense)
    payable = db.session.scalars(sa.select(Payable)).one()
    assert (payable.kind, payable.cents) == (PayableKind.EXPENSE, 40_00)
    assert payable.approved_by_id == work.coordinator.id
    assert (kept(work, Stage.RESERVED), kept(work, Stage.APPROVED)) == (160_00, 40_00)
    pay(work, work.done)
    assert fresh(expense).status is S.PAID
    assert (kept(work, Stage.APPROVED), kept(work, Stage.PAID)) == (0, 40_00)
    assert ledger.problems() == []


def test_it_is_never_income(season: datetime) -> None:
    """Not in the guard, and apart from pay in the totals of a year."""
    work = work_of(season)
    approve(work, send(work))
    pay(work, work.done)
    assert not rows(ExpectedPay, ExpectedPay.source.startswith("expense:"))
    (account,) = ledger.statement(work.person)
    (year,) = account.years
    assert (year.pay_cents, year.given_back_cents) == (0, 40_00)


def test_money_ahead_is_borne_by_the_next_costs_and_never_by_pay(
    season: datetime,
) -> None:
    work = work_of(season)
    advance = ahead(work, 100_00, season)
    approve(work, advance, now=season + DAY)
    pay(work, season + 2 * DAY)
    assert fresh(advance).status is S.PAID

    less = send(work, 60_00)
    approve(work, less)
    assert (fresh(less).status, fresh(less).owed_cents) == (S.PAID, 0)
    assert fresh(advance).open_cents == 40_00

    more = send(work, 70_00, kind=CostKind.CHILDCARE)
    approve(work, more)
    assert (fresh(more).covered_cents, fresh(more).owed_cents) == (40_00, 30_00)
    assert fresh(advance).open_cents == 0
    owed = db.session.scalars(
        sa.select(Payable.cents).where(Payable.kind == PayableKind.EXPENSE)
    ).all()
    assert owed == [30_00]
    postings = db.session.scalars(sa.select(Posting)).all()
    assert balance(postings, ADVANCE) == 0
    assert balance(postings, "expense:reimbursements") == 130_00
    assert ledger.problems() == []


def test_what_was_not_needed_goes_back_to_the_line(season: datetime) -> None:
    work = work_of(season)
    advance = ahead(work, 100_00, season)
    approve(work, advance, now=season + DAY)
    pay(work, season + 2 * DAY)
    approve(work, send(work, 60_00))
    payer = db.session.get_one(type(work.place), work.line.payer_id)
    finance, other = make.finance(payer), make.finance(payer)
    left = funding.left_cents(work.line.id)
    with pytest.raises(Refused, match=r"\$40.00 of this is still open"):
        given_back.note(advance.id, 40_01, by=finance, now=work.done)
    given_back.note(advance.id, 40_00, by=finance, now=work.done)
    given_back.confirm(advance.id, by=other, now=work.done)
    assert fresh(advance).open_cents == 0
    assert funding.left_cents(work.line.id) == left + 40_00
    assert books.problems(work.done) == []
    assert balance(db.session.scalars(sa.select(Posting)).all(), ADVANCE) == 0
    assert ledger.problems() == []


def test_more_than_was_kept_comes_from_what_is_left_and_never_oversells(
    season: datetime,
) -> None:
    place = make.organization()
    # Two hours, preparation and debrief at $75: $206.25; the line has $50 more.
    line = make.funding_line(place, balance_cents=206_25 + 50_00)
    work = work_of(season, place=place, line=line, costs_cents=20_00)
    approve(work, send(work, 45_00))
    assert funding.left_cents(line.id) == 5_00
    with pytest.raises(Refused, match=r"needs \$6.00 and the funding line has \$5.00"):
        approve(work, send(work, 6_00, kind=CostKind.CHILDCARE))
    assert funding.left_cents(line.id) == 5_00


def test_it_comes_back_once_and_can_be_mended(season: datetime) -> None:
    work = work_of(season)
    expense = send(work)
    values = {"by": work.coordinator, "now": work.done}
    expense_decisions.give_back(expense.id, ExpenseCheck.AMOUNT, **values)
    with pytest.raises(Refused, match="changed meanwhile"):
        approve(work, fresh(expense))
    cost = Cost(expense.kind, expense.day, 38_00, "Sam Rivera", "Bus 4417")
    expenses.mend(expense.id, cost, by=work.person, now=work.done)
    with pytest.raises(Refused, match="returned once already"):
        expense_decisions.give_back(expense.id, ExpenseCheck.DATE, **values)
    approve(work, fresh(expense))
    assert fresh(expense).cents == 38_00


def test_who_approves_has_no_interest_and_saw_this_version(season: datetime) -> None:
    work = work_of(season)
    expense = send(work)
    seen = {expense.uid: expense.version}
    values = {"by": work.coordinator, "now": work.done}
    with pytest.raises(Refused, match="without an interest"):
        expense_decisions.approve_seen(
            seen, [work.place.id], no_interest=False, **values
        )
    with pytest.raises(Refused, match="changed meanwhile"):
        expense_decisions.approve_seen(
            {expense.uid: expense.version + 1},
            [work.place.id],
            no_interest=True,
            **values,
        )
    with pytest.raises(Refused, match="changed meanwhile"):
        expense_decisions.approve_seen(seen, [], no_interest=True, **values)
    with pytest.raises(NotFound):
        expenses.withdraw(expense.id, by=make.consultant(), now=work.done)


def test_what_is_taken_back_keeps_no_words(season: datetime) -> None:
    work = work_of(season)
    expense = expenses.withdraw(send(work).id, by=work.person, now=work.done)
    assert expense.receipt_sealed is None
    assert expense.status is S.WITHDRAWN


def test_a_line_pays_only_its_kinds_within_its_period(season: datetime) -> None:
    work = work_of(season)
    work.line.allowed_costs = ["travel"]
    make.save(work.line)
    with pytest.raises(Refused, match="does not pay for this kind"):
        send(work, kind=CostKind.CHILDCARE)
    work.line.ends_on = local_day(work.done, work.person.zone) - DAY
    make.save(work.line)
    with pytest.raises(Refused, match="outside of that"):
        send(work)


def test_a_day_away_is_paid_at_the_dated_rate_and_once(season: datetime) -> None:
    work = work_of(season)
    per_diem.keep()
    per_diem.keep()
    assert rows(PerDiemRate) == len(expense_queries.rates())
    with pytest.raises(Refused, match=r"daily rate of this day is \$68.00"):
        send(work, 68_01, kind=CostKind.PER_DIEM, seen_by="", reference="")
    expense = send(work, 68_00, kind=CostKind.PER_DIEM, seen_by="", reference="")
    with pytest.raises(Refused, match="daily rate already"):
        send(work, 10_00, kind=CostKind.PER_DIEM)
    expenses.withdraw(expense.id, by=work.person, now=work.done)
    send(work, 10_00, kind=CostKind.PER_DIEM)


def test_without_a_known_rate_there_is_none(season: datetime) -> None:
    with pytest.raises(Refused, match="No daily rate is known"):
        send(work_of(season), 10_00, kind=CostKind.PER_DIEM)


def test_money_kept_for_costs_is_free_once_none_can_come(season: datetime) -> None:
    work = work_of(season)
    expense = send(work)
    for _ in range(2):  # begun, then finished
        engagements.move_on(work.engagement.id, now=work.done + DAY)
    later = work.done + timedelta(days=40)
    expense_pay.settle(work.engagement.id, now=later)
    assert kept(work, Stage.RESERVED) == 200_00
    approve(work, expense)
    jobs.settle(later)
    assert (kept(work, Stage.RESERVED), kept(work, Stage.APPROVED)) == (0, 40_00)


def test_nobody_agrees_to_come_before_travel_is_settled(season: datetime) -> None:
    with pytest.raises(Refused, match="does not say yet how travel is paid"):
        work_of(season, costs_cents=None)
    assert work_of(season, costs_cents=0).engagement.terms["costs_cents"] == 0
