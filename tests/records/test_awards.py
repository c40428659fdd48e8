"""Records of an award go years after its final report, and the books stay whole."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import db, transaction
from engage.funding.limits import books_end_on
from engage.funding.models import FundingLine, Reservation
from engage.hours.models import HoursEntry
from engage.ledger import carrying, rules
from engage.ledger.models import Payable, Posting
from engage.payouts import books, jobs
from engage.payouts.models import Payout, PayoutAttempt, PayoutBatch, PayoutItem
from engage.payouts.rails.table import RAILS
from engage.payouts.rules import PayoutStatus, RailName
from engage.records import awards
from tests import make
from tests.payouts.faulty import FaultyRail, let_arrive
from tests.payouts.owing import owed, released

DAY = timedelta(days=1)
LONG_AGO = datetime(2019, 3, 4, 17, tzinfo=UTC)
REPORTED = date(2019, 6, 30)
GONE = (Payable, Payout, PayoutItem, PayoutAttempt, PayoutBatch, HoursEntry)


@pytest.fixture(autouse=True)
def _rail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(RAILS, RailName.DEMO, FaultyRail())
    before = app.config["SETTINGS"]
    yield
    app.config["SETTINGS"] = before


def reported(line: FundingLine, on: date = REPORTED) -> FundingLine:
    with transaction():
        line.final_report_on = line.final_report_noted_on = on
    return line


def sums() -> dict[str, int]:
    rows = db.session.scalars(sa.select(Posting)).all()
    assert rules.is_balanced(rows)
    return {account: cents for account, cents in rules.balances(rows).items() if cents}


def count(model: type) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def paid_long_ago() -> FundingLine:
    with time_machine.travel(LONG_AGO, tick=False):
        payer, place = make.payer(), make.organization()
        line = make.funding_line(place, payer=payer)
        rows = [owed(payer, place=place, line=line, cents=c) for c in (75_00, 40_00)]
        released(payer, *rows)
        jobs.send_due(clock.now())
        let_arrive()
        jobs.sweep(clock.now())
    assert {row.status for row in db.session.scalars(sa.select(Payout))} == {
        PayoutStatus.PAID
    }
    return line


def test_everything_of_an_award_goes_and_its_sums_stay() -> None:
    line, now = reported(paid_long_ago()), clock.now()
    before, paid = (
        sums(),
        Counter(
            {row.stage: row.cents for row in db.session.scalars(sa.select(Reservation))}
        ),
    )
    assert awards.forget(now) == 1
    assert [model.__name__ for model in GONE if count(model)] == []
    assert sums() == before
    (posting,) = db.session.scalars(sa.select(Posting))
    assert (posting.kind, posting.cents) == (carrying.CARRIED, 115_00)
    (row,) = db.session.scalars(sa.select(Reservation))
    assert (row.cents, row.source) == (115_00, f"line:{line.uid}")
    assert set(paid) == {row.stage}
    assert line.records_gone_on == now.date()
    assert books.problems(now) == []
    awards.forget(now)
    assert count(Posting) == 1


def test_until_its_day_nothing_goes_and_the_operator_may_make_it_longer(
    app: Flask,
) -> None:
    line = paid_long_ago()
    day = datetime(2022, 6, 30, 12, tzinfo=UTC)
    assert awards.forget(clock.now()) == 0, "no final report"
    reported(line)
    assert awards.forget(day - DAY) == 0
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], books_years=7)
    assert awards.forget(day) == 0
    assert count(Payable) == 2
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], books_years=3)
    assert awards.forget(day) == 1
    assert count(Payable) == 0


def test_what_is_still_owed_stays_with_all_that_hangs_on_it() -> None:
    """One payment for two awards, of which one is not over: it stays for both."""
    with time_machine.travel(LONG_AGO, tick=False):
        payer, place, who = make.payer(), make.organization(), make.consultant()
        over, runs = (make.funding_line(place, payer=payer) for _ in "12")
        both = [owed(payer, to=who, place=place, line=line) for line in (over, runs)]
        alone = owed(payer, place=place, line=over)
        released(payer, *both, alone)
        jobs.send_due(clock.now())
        let_arrive()
        jobs.sweep(clock.now())
        waits = owed(payer, place=place, line=over, cents=12_00)
    before, now = sums(), clock.now()
    reported(over)
    awards.forget(now)
    left = set(db.session.scalars(sa.select(Payable.id)))
    assert left == {both[0].id, both[1].id, waits.id}
    assert sums() == before
    assert books.problems(now) == []
    assert count(HoursEntry) == 3
    reported(runs)
    awards.forget(now)
    assert set(db.session.scalars(sa.select(Payable.id))) == {waits.id}
    assert sums() == before
    assert books.problems(now) == []


def test_what_was_posted_lately_stays_also_by_the_database(app: Flask) -> None:
    payer, place = make.payer(), make.organization()
    line = make.funding_line(place, payer=payer)
    released(payer, owed(payer, place=place, line=line))
    jobs.send_due(clock.now())
    let_arrive()
    jobs.sweep(clock.now())
    reported(line)
    awards.forget(clock.now())
    assert count(Payable) == 1
    with pytest.raises(sa.exc.DBAPIError), transaction() as session:
        session.execute(sa.delete(Posting))


def test_a_day_that_was_just_typed_waits_for_a_month() -> None:
    typed = date(2026, 7, 1)
    assert books_end_on(REPORTED, typed, 3) == typed + 30 * DAY
    assert books_end_on(REPORTED, REPORTED, 3) == date(2022, 6, 30)
    assert books_end_on(date(2020, 2, 29), REPORTED, 3) == date(2023, 3, 1)
    assert books_end_on(None, None, 3) is None
