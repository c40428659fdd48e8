"""What a second reading of costs found: days at the edge, and money taken back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import Refused
from engage.engagements import actions as engagements
from engage.funding import queries as funding
from engage.funding.rules import Stage
from engage.hours import clock as pay_clock
from engage.hours import expense_decisions, expense_pay, expenses, given_back, jobs
from engage.hours.expense_queries import posted
from engage.hours.expense_rules import Cost, ExpenseCheck, ExpenseStatus
from engage.ledger import journal
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import ADVANCE, balance
from engage.payouts import books, reversing
from engage.payouts import jobs as payments
from engage.payouts.models import Payout
from engage.payouts.returning_rules import ReversalReason
from tests import make
from tests.hours import work as hours
from tests.hours.test_expenses import ahead, approve, fresh, kept, pay, send, work_of
from tests.hours.work import DAY, Work, agreed
from tests.payouts.faulty import let_arrive
from tests.payouts.owing import released

pytestmark = pytest.mark.usefixtures("app")
S = ExpenseStatus


def ended(work: Work) -> None:
    for _ in range(2):  # begun, then finished
        engagements.move_on(work.engagement.id, now=work.done + DAY)


def test_what_was_sent_in_time_can_be_mended_after_the_last_day(
    season: datetime,
) -> None:
    """Sent on the thirtieth day and returned on the thirty-second, it is not lost."""
    work = work_of(season)
    ended(work)
    expense = send(work, now=work.done + 29 * DAY, day=work.done.date())
    later = work.done + 33 * DAY
    check = ExpenseCheck.AMOUNT
    expense_decisions.give_back(expense.id, check, by=work.coordinator, now=later)
    cost = Cost(expense.kind, expense.day, 38_00, "Sam Rivera", "Bus 4417")
    expenses.mend(expense.id, cost, by=work.person, now=later + DAY)
    assert fresh(expense).status is S.SUBMITTED
    with pytest.raises(Refused, match="could be sent until"):
        send(work, now=later, day=work.done.date())


def test_a_returned_cost_holds_money_as_long_again_and_no_longer(
    season: datetime,
) -> None:
    work = work_of(season)
    ended(work)
    expense = send(work)
    check = ExpenseCheck.AMOUNT
    expense_decisions.give_back(expense.id, check, by=work.coordinator, now=work.done)
    jobs.settle(work.done + 40 * DAY)
    assert kept(work, Stage.RESERVED) == 200_00
    jobs.settle(work.done + 65 * DAY)
    assert kept(work, Stage.RESERVED) == 0


def test_money_for_costs_is_kept_until_the_persons_own_midnight(
    season: datetime,
) -> None:
    work = work_of(season)
    ended(work)
    last = work.engagement.ended_on + timedelta(days=30)
    zone = ZoneInfo(work.person.zone)
    evening = datetime(last.year, last.month, last.day, 22, tzinfo=zone)
    jobs.settle(evening.astimezone(UTC))
    assert kept(work, Stage.RESERVED) == 200_00
    send(work, now=evening, day=work.done.date())
    night = evening.astimezone(UTC) + timedelta(hours=3)
    assert expense_pay.settle(work.engagement.id, now=night) == 0  # one waits


def paid_ahead(work: Work, cents: int, season: datetime) -> Payout:
    """Money ahead that went out through the demo rail."""
    advance = ahead(work, cents, season)
    approve(work, advance, now=season + DAY)
    payable = db.session.scalars(sa.select(Payable)).one()
    db.session.get_one(Payee, payable.payee_id).rail = "demo"
    db.session.commit()
    payer = db.session.get_one(type(work.place), work.line.payer_id)
    released(payer, payable)
    payments.send_due(season)
    let_arrive()
    payments.sweep(season)
    return db.session.scalars(sa.select(Payout)).one()


def take_back(payout: Payout, work: Work, cents: int) -> None:
    payer = db.session.get_one(type(work.place), work.line.payer_id)
    maker, checker = make.finance(payer), make.finance(payer)
    now, reason = payments.clock.now(), ReversalReason.WRONG_AMOUNT
    row = reversing.ask(payout.id, cents=cents, reason=reason, by=maker, now=now)
    reversing.answer(row.id, objects=False, by=work.person, now=now)
    reversing.go(row.id, is_sure=False, by=checker, now=now)
    payments.take_back(now)
    assert books.problems(now) == []


def test_money_ahead_that_was_taken_back_bears_no_cost(season: datetime) -> None:
    """Else the next costs are not paid, out of money that nobody has any more."""
    work = work_of(season)
    payout = paid_ahead(work, 100_00, season)
    take_back(payout, work, 40_00)
    advance = db.session.scalars(
        sa.select(expenses.Expense).where(expenses.Expense.is_advance)
    ).one()
    assert advance.open_cents == 60_00
    cost = send(work, 100_00)
    approve(work, cost)
    assert (fresh(cost).covered_cents, fresh(cost).owed_cents) == (60_00, 40_00)
    assert balance(db.session.scalars(sa.select(Posting)).all(), ADVANCE) == 0


def test_money_ahead_that_costs_have_used_is_owed_again(season: datetime) -> None:
    work = work_of(season)
    payout = paid_ahead(work, 100_00, season)
    approve(work, send(work, 80_00))
    take_back(payout, work, 50_00)
    again = db.session.scalars(
        sa.select(Payable).where(Payable.source.startswith("back:"))
    ).one()
    assert again.cents == 30_00
    source = f"costs:engagement:{work.engagement.uid}"
    assert funding.held_cents(work.line.id, source, Stage.PAID) == 80_00
    left = balance(db.session.scalars(sa.select(Posting)).all(), ADVANCE)
    assert left == 0


def test_the_journal_of_its_payer_has_every_posting_about_costs(
    season: datetime,
) -> None:
    """Also one that money ahead bore wholly, so that it names no payee."""
    work, other = work_of(season), work_of(season)
    advance = ahead(work, 100_00, season)
    approve(work, advance, now=season + DAY)
    pay(work, season + 2 * DAY)
    approve(work, send(work, 60_00))
    payer = db.session.get_one(type(work.place), work.line.payer_id)
    given_back.note(advance.id, 40_00, by=make.finance(payer), now=work.done)
    given_back.confirm(advance.id, by=make.finance(payer), now=work.done)
    for each, kinds in (
        (work, ["owe", "pay", "arrive", "cover", "give_back"]),
        (other, []),
    ):
        payer = db.session.get_one(type(work.place), each.line.payer_id)
        rows = journal.all_rows(payer, season.year, posted(payer.id))
        assert sorted(row.kind for row in rows) == sorted(kinds)


def test_money_that_came_back_is_seen_by_two_people(season: datetime) -> None:
    work = work_of(season)
    advance = ahead(work, 100_00, season)
    approve(work, advance, now=season + DAY)
    pay(work, season + 2 * DAY)
    payer = db.session.get_one(type(work.place), work.line.payer_id)
    one, other = make.finance(payer), make.finance(payer)
    left, now = funding.left_cents(work.line.id), work.done
    with pytest.raises(Refused, match="changed meanwhile"):
        given_back.confirm(advance.id, by=other, now=now)
    given_back.note(advance.id, 70_00, by=one, now=now)
    assert (fresh(advance).open_cents, funding.left_cents(work.line.id)) == (
        100_00,
        left,
    )
    with pytest.raises(Refused, match="already"):
        given_back.note(advance.id, 10_00, by=other, now=now)
    with pytest.raises(Refused, match="second person"):
        given_back.confirm(advance.id, by=one, now=now)
    given_back.drop(advance.id, by=one, now=now)
    given_back.note(advance.id, 70_00, by=one, now=now)
    cost = send(work, 50_00)  # the payee has only 30 dollars of it left
    approve(work, cost)
    assert (fresh(cost).covered_cents, fresh(cost).owed_cents) == (30_00, 20_00)
    given_back.confirm(advance.id, by=other, now=now)
    assert fresh(advance).open_cents == 0
    assert balance(db.session.scalars(sa.select(Posting)).all(), ADVANCE) == 0


def test_pay_is_late_only_once_its_day_is_over_at_the_place(season: datetime) -> None:
    """In the evening it is the next day already where the machine counts from."""
    work = agreed(season)
    hours.approve(work, hours.log(work))
    due = db.session.scalars(sa.select(Payable.due_on)).one()
    zone = ZoneInfo(work.place.zone)
    evening = datetime(due.year, due.month, due.day, 22, tzinfo=zone).astimezone(UTC)
    assert evening.date() > due
    assert pay_clock.late([work.place.id], [], evening) == []
    night = evening + timedelta(hours=3)
    (found,) = pay_clock.late([work.place.id], [], night)
    assert found.due_on == due
