"""The pay clock: days from the work to the money, by organization and quarter."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from engage.core.db import db
from engage.engagements import promises
from engage.engagements import queries as engagements
from engage.engagements.promise_rules import Count
from engage.home import desk
from engage.hours import clock
from engage.hours.clock_rules import (
    Paid,
    Quarter,
    nearest_rank,
    quarter_of,
    quarters,
    read_quarter,
)
from engage.hours.clock_rules import clock as weigh
from engage.ledger.models import Payable, Payee
from engage.people.models import Alias
from engage.workload import parts
from tests import make
from tests.clients import Browser
from tests.hours.test_expenses import pay
from tests.hours.work import DAY, Work, agreed, approve, log

MONDAY = date(2026, 3, 2)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day_lies_in_its_quarter_alone(day: date) -> None:
    found = quarter_of(day)
    assert found.first <= day <= found.last
    assert found.next.before == found
    assert read_quarter(str(found), MONDAY) == found


def test_quarters_to_choose_from_go_back_from_this_one() -> None:
    assert [str(each) for each in quarters(MONDAY)][:3] == [
        "2026-1",
        "2025-4",
        "2025-3",
    ]
    for odd in ("", "2026-5", "2026-0", "x", "2026-1 "):
        assert read_quarter(odd, MONDAY) == Quarter(2026, 1)


def test_days_are_business_days_without_what_the_payee_waited() -> None:
    due = MONDAY + timedelta(days=14)
    assert Paid(MONDAY, due, MONDAY + timedelta(days=7)).days == 5
    waited = Paid(MONDAY, due + timedelta(days=30), MONDAY + timedelta(days=37), 30)
    assert (waited.days, waited.is_kept) == (5, True)
    assert Paid(MONDAY, due, None).days is None
    assert not Paid(MONDAY, due, due + timedelta(days=1)).is_kept
    assert Paid(MONDAY, due, due).is_kept


def test_what_a_quarter_came_to() -> None:
    due = MONDAY + timedelta(days=14)
    took = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    rows = [Paid(MONDAY, due, MONDAY + timedelta(days=n)) for n in took]
    rows.append(Paid(MONDAY, due, due + timedelta(days=7)))
    rows.append(Paid(MONDAY, due, None))
    found = weigh(rows, 10)
    assert (found.number, found.kept, found.unpaid) == (12, 10, 1)
    assert (found.median_days, found.p90_days, found.kept_percent) == (5, 9, 83)
    nothing = weigh([], 10)
    assert (nothing.median_days, nothing.p90_days, nothing.kept_percent) == (None,) * 3


@given(st.lists(st.integers(0, 60), min_size=1, max_size=50), st.integers(1, 100))
def test_so_many_of_all_stay_within_the_rank(days: list[int], percent: int) -> None:
    found = nearest_rank(sorted(days), percent)
    within = sum(day <= found for day in days)
    below = sum(day < found for day in days)
    assert within * 100 >= percent * len(days) > below * 100


@pytest.fixture
def work(app: object, july: datetime) -> Work:
    work = agreed(july)
    approve(work, log(work))
    return work


def one(work: Work, now: datetime) -> clock.Clock:
    due = db.session.scalars(sa.select(Payable.due_on)).one()
    (row,) = clock.rows([work.place.id], [], quarter_of(due), now)
    assert row.organization == work.place.name
    return row.clock


def test_paid_in_time_and_seen_by_both_sides(work: Work) -> None:
    pay(work, work.done + DAY)
    later = work.done + 2 * DAY
    found = one(work, later)
    assert (found.number, found.kept_percent, found.median_days) == (1, 100, 1)
    due = quarter_of(db.session.scalars(sa.select(Payable.due_on)).one())
    assert len(clock.rows([], [work.line.payer_id], due, later)) == 1
    assert clock.rows([make.organization().id], [], due, later) == []
    assert clock.late([work.place.id], [], later) == []


def test_what_waits_counts_only_once_it_is_past_its_day(work: Work) -> None:
    due = db.session.scalars(sa.select(Payable.due_on)).one()
    assert clock.rows([work.place.id], [], quarter_of(due), work.done) == []
    late = work.done + 40 * DAY
    found = one(work, late)
    assert (found.kept_percent, found.unpaid, found.p90_days) == (0, 1, None)


SignIn = Callable[..., Browser]


def test_late_ones_are_named_only_to_whom_may_know_the_name(
    work: Work, sign_in: SignIn
) -> None:
    alias = db.session.scalars(sa.select(Alias.name)).one()
    handle = db.session.scalars(sa.select(Payee.handle)).one()
    payer = db.session.get_one(type(work.place), work.line.payer_id)
    with time_machine.travel(work.done + 40 * DAY, tick=False):
        own = sign_in(work.coordinator).get("/paid-on-time").text
        assert alias in own
        assert handle not in own
        finance = sign_in(make.finance(payer)).get("/paid-on-time?quarter=2026-3").text
        assert handle in finance
        assert alias not in finance
        assert "0 %" in finance
        other = sign_in(make.coordinator(make.organization())).get("/paid-on-time").text
        assert alias not in other
        assert handle not in other
        assert sign_in(work.person).get("/paid-on-time").status_code == 404


def test_who_takes_none_of_it_is_late_for_nobody(work: Work, sign_in: SignIn) -> None:
    """That choice is the payee's own: their coordinator does not read it here."""
    uid = db.session.scalars(sa.select(Payable.uid)).one()
    parts.take(work.person, uid, 0, now=work.done)
    late = work.done + 40 * DAY
    assert clock.late([work.place.id], [work.line.payer_id], late) == []
    due = db.session.scalars(sa.select(Payable.due_on)).one()
    assert clock.rows([work.place.id], [], quarter_of(due), late) == []
    whole = engagements.whole(work.engagement.id)
    assert promises.facts([whole], late)[whole.id].paid == Count()
    finance = make.finance(make.payer())
    found = desk.paying(finance.id, [work.line.payer_id], late.date())
    assert (found.waiting, found.late) == (0, 0)
