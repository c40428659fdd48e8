"""The journal and the table by funding line: what they hold, and whose they are."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from engage.core import clock
from engage.core.db import transaction
from engage.ledger import actions as ledger
from engage.ledger.models import Payee
from engage.ledger.rules import PayableKind
from engage.organizations.models import Organization
from engage.payouts import exports
from engage.payouts.rules import RailName
from tests import make
from tests.clients import Browser
from tests.payouts import paid_out
from tests.payouts.paid_out import batch, earned, pay

SignIn = Callable[..., Browser]


@pytest.fixture
def payer(app: Flask) -> Organization:
    return make.payer(zone="America/New_York")


@pytest.fixture
def payee(payer: Organization) -> Payee:
    return paid_out.payee(payer)


def table(browser: Browser, path: str) -> list[dict[str, str]]:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_each_award_is_listed_by_month_and_what_for(
    payer, payee, sign_in: SignIn
) -> None:
    line = make.funding_line(payer=payer, name="=1+1", award_reference="15JOVW-1")
    other = make.funding_line(payer=payer, name="Second")
    of = batch(payer)

    def spent(cents: int, day: date, line_id: int, **values: PayableKind) -> None:
        pay(of, earned(payee, cents, line_id=line_id, **values), on=day)

    spent(10_00, date(2026, 3, 1), line.id)
    spent(5_50, date(2026, 3, 31), line.id)
    spent(7_00, date(2026, 3, 31), line.id, kind=PayableKind.EXPENSE)
    spent(1_00, date(2026, 4, 1), line.id)
    spent(2_00, date(2026, 4, 1), other.id)
    spent(9_00, date(2027, 1, 1), other.id)
    rows = table(sign_in(make.finance(payer)), "/runs/books/lines.csv?year=2026")
    assert [(row["Month"], row["What for"], row["Paid"]) for row in rows] == [
        ("2026-03", "Costs given back", "7.00"),
        ("2026-03", "Time", "15.50"),
        ("2026-04", "Time", "1.00"),
        ("2026-04", "Time", "2.00"),
    ]
    assert rows[0]["Funding line"] == "'=1+1"
    assert rows[0]["Award number"] == "15JOVW-1"


def test_the_journal_has_every_move_of_its_payer_and_no_name(
    payer, payee, sign_in: SignIn
) -> None:
    earned(payee, 12_34)
    stranger = paid_out.payee(make.payer())
    earned(stranger, 99_00)
    with transaction():
        for source, handle in (
            ("payout:a", payee.handle),
            ("payout:b", stranger.handle),
        ):
            sides = {"debit": f"payable:{handle}", "credit": "clearing:manual"}
            ledger.post("pay", source, **sides, cents=12_34, now=clock.now())
            sides = {"debit": "clearing:manual", "credit": "cash:manual"}
            ledger.post("arrive", source, **sides, cents=12_34, now=clock.now())
    browser, year = sign_in(make.finance(payer)), clock.now().year
    rows = table(browser, f"/runs/books/journal.csv?year={year}")
    assert [(row["What"], row["Amount"]) for row in rows] == [
        ("owe", "12.34"),
        ("pay", "12.34"),
        ("arrive", "12.34"),
    ]
    assert {row["About"] for row in rows} <= {"payout:a", rows[0]["About"]}
    page = browser.get(f"/runs/books/journal?year={year}").text
    assert f"Owed to {payee.handle}" in page
    assert "Money outside of Engage" in page
    assert stranger.handle not in page
    assert table(browser, "/runs/books/journal.csv?year=2001") == []


def test_a_year_turns_in_the_payers_zone(payer, payee, sign_in: SignIn) -> None:
    with transaction():
        for number, minute in ((1, 59), (2, 0)):
            hour = 4 if minute else 5
            sides = {"debit": "expense:stipends", "credit": f"payable:{payee.handle}"}
            at = datetime(2027, 1, 1, hour, minute, tzinfo=UTC)
            ledger.post("owe", f"hours:{number}", **sides, cents=number, now=at)
    browser = sign_in(make.finance(payer))
    for year, day in ((2026, "2026-12-31"), (2027, "2027-01-01")):
        (row,) = table(browser, f"/runs/books/journal.csv?year={year}")
        assert row["Day"] == day


def test_practice_money_is_left_out_where_real_money_can_be(
    app: Flask, payer, payee
) -> None:
    line = make.funding_line(payer=payer)
    pay(
        batch(payer),
        earned(payee, 4_00, line_id=line.id),
        on=date(2026, 3, 1),
        rail=RailName.DEMO,
    )
    found = {
        is_demo: len(exports.by_line(payer.id, 2026, is_live=False, is_demo=is_demo))
        for is_demo in (True, False)
    }
    assert found == {True: 1, False: 0}


@pytest.mark.parametrize("page", ["", "/journal", "/years", "/days"])
def test_pages_open_with_and_without_rows(payer, sign_in: SignIn, page: str) -> None:
    assert sign_in(make.finance(payer)).get(f"/runs/books{page}").status_code == 200


@pytest.mark.parametrize("page", ["", "/journal.csv", "/years", "/days", "/lines.csv"])
def test_books_are_for_finance(app: Flask, sign_in: SignIn, page: str) -> None:
    coordinator = make.coordinator(make.organization())
    assert sign_in(coordinator).get(f"/runs/books{page}").status_code == 404
