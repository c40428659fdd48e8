"""Totals of a year against the amount from which a tax form is due."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.audit.models import AuditEntry
from engage.core import clock
from engage.core.calendar import local_day
from engage.core.db import db, transaction
from engage.ledger.models import Payee
from engage.ledger.rules import PayableKind
from engage.notices.models import Notice
from engage.organizations.models import Organization
from engage.payouts import year_actions, year_queries, year_rules
from engage.payouts.account_rules import Readiness
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.rules import BatchStatus, PayoutStatus, RailName
from engage.payouts.year_models import TaxThreshold
from engage.payouts.year_outlook import outlooks
from engage.people.models import Person
from tests import make
from tests.clients import Browser
from tests.payouts import paid_out
from tests.payouts.owing import prepared, release
from tests.payouts.paid_out import batch, earned, pay

SignIn = Callable[..., Browser]
EXPENSE = PayableKind.EXPENSE


@pytest.fixture
def payer(app: Flask) -> Organization:
    year_actions.keep()
    return make.payer(zone="America/New_York")


@pytest.fixture
def payee(payer: Organization) -> Payee:
    return paid_out.payee(payer)


def totals(payer: Organization, year: int, **values: int) -> list[tuple[int, ...]]:
    """(pay, by Stripe, by hand, costs) of each payee, the highest first."""
    query = year_queries.totals(payer.id, year, is_live=False, **values)
    return [tuple(row)[2:] for row in db.session.execute(query)]


def test_the_figures_are_rows_and_an_installation_may_mend_them(payer) -> None:
    figures = {row.year: row.cents for row in year_queries.thresholds().values()}
    assert figures == {2024: 600_00, 2025: 600_00, 2026: 2_000_00}
    assert year_queries.threshold(2027) is None
    with transaction() as session:
        session.scalars(sa.select(TaxThreshold).filter_by(year=2026)).one().cents = 7
    year_actions.keep()
    assert year_queries.thresholds()[2026].cents == 7


@pytest.mark.parametrize(
    ("year", "cents", "reaches"),
    [
        (2026, 1_999_99, False),
        (2026, 2_000_00, True),
        (2025, 599_99, False),
        (2025, 600_00, True),
    ],
)
def test_the_very_amount_is_enough(payer, payee, year, cents, reaches) -> None:
    pay(batch(payer), earned(payee, cents), on=date(year, 12, 31))
    figure = year_queries.thresholds()[year].cents
    found = year_queries.whole(payer.id, year, figure, is_live=False)
    assert (found.payees, found.pay_cents, found.reaching) == (1, cents, int(reaches))
    assert len(totals(payer, year, least=figure)) == int(reaches)


def test_where_no_figure_is_known_nobody_reaches_it() -> None:
    assert not year_rules.reaches(10**9, None)
    assert not year_rules.crosses(0, 10**9, None)


@pytest.mark.parametrize(
    ("before", "more", "crosses"),
    [
        (1_999_99, 1, True),
        (1_999_98, 1, False),
        (2_000_00, 1, False),
        (0, 2_000_00, True),
    ],
)
def test_one_payment_crosses_it(before, more, crosses) -> None:
    assert year_rules.crosses(before, more, 2_000_00) is crosses


def test_the_day_of_payment_decides_the_year(payer, payee) -> None:
    for day in (
        date(2025, 12, 31),
        date(2026, 1, 1),
        date(2026, 12, 31),
        date(2027, 1, 1),
    ):
        late = earned(payee, 10_00, due_on=date(2025, 6, 1))
        pay(batch(payer), late, on=day)
    assert totals(payer, 2025) == [(10_00, 0, 10_00, 0)]
    assert totals(payer, 2026) == [(20_00, 0, 20_00, 0)]
    assert year_queries.years(payer.id, is_live=False) == [2027, 2026, 2025]


def test_every_rail_counts_but_practice_and_the_other_mode(payer, payee) -> None:
    of, day = batch(payer), date(2026, 3, 1)
    pay(of, earned(payee, 1_00), on=day)
    pay(of, earned(payee, 2_00), on=day, rail=RailName.STRIPE)
    pay(of, earned(payee, 4_00), on=day, rail=RailName.DEMO)
    pay(of, earned(payee, 8_00), on=day, rail=RailName.STRIPE, is_live=True)
    assert totals(payer, 2026) == [(3_00, 2_00, 1_00, 0)]
    live = year_queries.totals(payer.id, 2026, is_live=True)
    assert db.session.execute(live).one()[2:5] == (9_00, 8_00, 1_00)


def test_what_came_back_or_is_not_confirmed_is_left_out(payer, payee) -> None:
    of, day = batch(payer), date(2026, 3, 1)
    pay(of, earned(payee, 1_00), on=day)
    pay(of, earned(payee, 2_00), on=day, status=PayoutStatus.RETURNED)
    pay(of, earned(payee, 4_00), on=None, status=PayoutStatus.SENT)
    pay(of, earned(payee, 8_00), on=day, cents_back=3_00)
    assert totals(payer, 2026) == [(6_00, 0, 6_00, 0)]


def test_costs_are_no_income_and_come_last_when_taken_back(payer, payee) -> None:
    of, day = batch(payer), date(2026, 3, 1)
    mixed = earned(payee, 10_00), earned(payee, 7_00, kind=EXPENSE)
    pay(of, *mixed, on=day, cents_back=12_00)
    pay(of, earned(payee, 50_00, kind=PayableKind.ADVANCE), on=day)
    assert totals(payer, 2026) == [(0, 0, 0, 55_00)]


def test_another_payer_counts_by_itself(payer, payee) -> None:
    other = make.payer()
    pay(batch(payer), earned(payee, 1_00), on=date(2026, 3, 1))
    pay(batch(other), earned(paid_out.payee(other), 2_00), on=date(2026, 3, 1))
    assert [row[0] for row in totals(payer, 2026)] == [1_00]


LINES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from([RailName.MANUAL, RailName.STRIPE, RailName.DEMO]),
        st.booleans(),
        st.integers(1, 300_000),
        st.dates(date(2025, 12, 30), date(2026, 1, 2)),
    ),
    min_size=1,
    max_size=8,
)


@given(LINES)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_sums_of_lines_are_the_totals(payer: Organization, lines: list) -> None:
    payer = make.payer()
    of, payees = batch(payer), [paid_out.payee(payer) for _ in range(3)]
    for number, rail, is_cost, cents, day in lines:
        kind = EXPENSE if is_cost else PayableKind.HOURS
        pay(of, earned(payees[number], cents, kind=kind), on=day, rail=rail)
    for year in (2025, 2026):
        real = [line for line in lines if line[1] != "demo" and line[4].year == year]
        found = totals(payer, year)
        assert sum(row[0] for row in found) == sum(r[3] for r in real if not r[2])
        assert sum(row[3] for row in found) == sum(r[3] for r in real if r[2])
        assert all(row[0] == row[1] + row[2] for row in found)
        whole = year_queries.whole(payer.id, year, 1, is_live=False)
        assert whole.pay_cents == sum(row[0] for row in found)
        assert whole.payees == len(found)


def crossing(payer: Organization, cents: int) -> dict[str, int]:
    of = batch(payer, BatchStatus.DRAFT)
    row = db.session.scalars(sa.select(Payee).filter_by(payer_id=payer.id)).first()
    assert row
    pay(of, earned(row, cents), on=None, status=PayoutStatus.DRAFT)
    now = datetime(2026, 12, 31, 20, tzinfo=UTC)
    return year_queries.crossing(of, payer, now, is_live=False)[1]


def test_finance_is_told_before_the_payment_that_crosses(payer, payee) -> None:
    pay(batch(payer), earned(payee, 1_500_00), on=date(2026, 3, 1))
    pay(batch(payer), earned(payee, 300_00), on=None, status=PayoutStatus.QUEUED)
    assert crossing(payer, 199_99) == {}
    assert crossing(payer, 200_00) == {payee.handle: 2_000_00}


def test_the_payee_is_told_at_the_release(payer, payee) -> None:
    who = db.session.get_one(Person, payee.person_id)
    today = local_day(clock.now(), payer.zone)
    with transaction() as session:
        session.execute(sa.delete(TaxThreshold))
        values = {"form": year_rules.FORM, "source": "x", "source_date": today}
        session.add(TaxThreshold(year=today.year, cents=100_00, **values))
    pay(batch(payer), earned(payee, 25_00), on=today)
    release(
        prepared(payer, make.finance(payer), rail="manual", to=who), make.finance(payer)
    )
    release(prepared(payer, make.finance(payer), rail="manual"), make.finance(payer))
    told = db.session.execute(
        sa.select(Notice.person_id).where(Notice.kind == "tax_form")
    )
    assert told.scalars().all() == [who.id]


def test_after_the_turn_of_the_year_in_the_payers_zone_it_starts_anew(
    payer, payee
) -> None:
    pay(batch(payer), earned(payee, 1_999_99), on=date(2026, 12, 31))
    of = batch(payer, BatchStatus.DRAFT)
    pay(of, earned(payee, 1), on=None, status=PayoutStatus.DRAFT)
    eve = datetime(2027, 1, 1, 4, 59, tzinfo=UTC)  # a minute to midnight in New York
    new_year = datetime(2027, 1, 1, 5, 0, tzinfo=UTC)
    assert year_queries.crossing(of, payer, eve, is_live=False)[1] != {}
    assert year_queries.crossing(of, payer, new_year, is_live=False) == (None, {})


def test_the_consultant_is_told_before_it_is_paid(
    payer, payee, sign_in: SignIn, july: datetime
) -> None:
    who = db.session.get_one(Person, payee.person_id)
    pay(batch(payer), earned(payee, 1_900_00), on=date(2026, 3, 1))
    assert outlooks(who, july, is_live=False) == []
    earned(payee, 99_99)
    earned(payee, 500_00, kind=EXPENSE)
    earned(payee, 500_00, due_on=date(2027, 1, 4))
    assert outlooks(who, july, is_live=False) == []
    earned(payee, 1)
    (one,) = outlooks(who, july, is_live=False)
    assert (one.is_reached, one.will_be_cents) == (False, 2_000_00)

    browser = sign_in(who)
    hidden, shown = browser.get("/record").text, browser.get("/record?show=1").text
    assert "Show the amounts to read it." in hidden
    assert "$" not in hidden
    assert "With what is still to come it is $2,000.00." in shown
    assert "1099-NEC" in shown


def test_practice_pay_needs_no_form(payer, july: datetime) -> None:
    payee = paid_out.payee(payer, rail="demo")
    earned(payee, 9_000_00)
    who = db.session.get_one(Person, payee.person_id)
    assert outlooks(who, july, is_live=False) == []


def rows_of(browser: Browser, path: str) -> list[list[str]]:
    answer = browser.get(path)
    assert answer.status_code == 200
    text = answer.data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]


def test_the_filers_file_has_numbers_and_totals_alone(
    payer, payee, sign_in: SignIn
) -> None:
    small = paid_out.payee(payer)
    pay(batch(payer), earned(payee, 2_000_00), on=date(2026, 3, 1))
    pay(batch(payer), earned(small, 1_999_99), on=date(2026, 3, 1))
    browser = sign_in(make.finance(payer))
    path = f"/runs/books/years.csv?payer={payer.uid}&year=2026"
    assert rows_of(browser, path) == [[payee.handle, "2000.00"]]
    assert len(rows_of(browser, path + "&all=1")) == 2
    page = browser.get(f"/runs/books/years?payer={payer.uid}&year=2026").text
    assert "1 payee reaches" in page
    assert browser.get("/runs/books/years?year=2027").status_code == 200
    assert browser.get("/runs/books/years?year=x").status_code == 404


def test_an_account_id_is_opened_there_alone_and_its_owner_reads_it(
    payer, payee, sign_in: SignIn
) -> None:
    pay(batch(payer), earned(payee, 2_000_00), on=date(2026, 3, 1))
    account = PayeeAccount(
        payee_id=payee.id,
        readiness=Readiness.READY,
        created_at=clock.now(),
        usable_from=clock.now(),
    )
    account.account_id = "acct_secret000001"
    make.save(account)
    browser = sign_in(make.finance(payer))
    path = f"/runs/books/years-accounts.csv?payer={payer.uid}&year=2026"
    assert rows_of(browser, path) == [["acct_secret000001", "2000.00"]]
    who = db.session.get_one(Person, payee.person_id)
    look = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.subject == who.subject)
    ).one()
    assert (look.kind, look.verb) == ("look", "account.open")
    log = sign_in(who).get("/account/looks").text
    assert "a tax form" in log


def test_another_payers_books_are_not_found(payer, sign_in: SignIn) -> None:
    browser = sign_in(make.finance(make.payer()))
    for page in ("years", "years.csv", "years-accounts.csv", "journal", "lines.csv"):
        answer = browser.get(f"/runs/books/{page}?payer={payer.uid}")
        assert answer.status_code == 404
