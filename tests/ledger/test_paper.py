"""The statement as a PDF: tagged, in the reader's language, under a neutral name."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from engage.core.db import db
from engage.ledger.models import Payee
from engage.ledger.rules import PayableKind
from engage.people.models import Person
from tests import make
from tests.clients import Browser
from tests.ledger.test_actions import owe, payee_of
from tests.ledger.test_queries import paid

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., Browser]


def read(answer: Any) -> Any:
    return pytest.importorskip("pypdf").PdfReader(io.BytesIO(answer.data))


def words_of(answer: Any) -> str:
    return " ".join(
        " ".join(page.extract_text().split()) for page in read(answer).pages
    )


@pytest.fixture
def payee() -> Payee:
    payee = payee_of(make.consultant(), make.payer())
    first = owe(payee, "hours:1", 100_00, place=make.organization("#set [Birch] $x$"))
    costs = owe(payee, "expense:1", 12_34, kind=PayableKind.EXPENSE)
    owe(payee, "hours:2", 7_00)
    paid(first, payee, date(2026, 12, 31))
    paid(costs, payee, date(2027, 1, 1))
    return payee


def of_payee(sign_in: SignIn, payee: Payee) -> Browser:
    return sign_in(db.session.get_one(Person, payee.person_id))


def test_everything_is_in_it_and_the_name_says_nothing(payee, sign_in: SignIn) -> None:
    answer = of_payee(sign_in, payee).get("/record.pdf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="record.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    words = words_of(answer)
    for each in ("Paid by Fiscal agent", "$119.34", "$112.34", "$7.00"):
        assert each in words
    assert "#set [Birch] $x$" in words
    assert payee.handle not in words


def test_a_year_holds_what_was_paid_in_it(payee, sign_in: SignIn) -> None:
    browser = of_payee(sign_in, payee)
    first, second = (
        words_of(browser.get(f"/record.pdf?year={y}")) for y in (2026, 2027)
    )
    assert "$100.00" in first
    assert "$12.34" not in first
    assert "$12.34" in second
    assert "$7.00" not in first + second
    assert "Nothing here yet" in words_of(browser.get("/record.pdf?year=2001"))
    for wrong in ("x", "-1", "26", "12345", "٢٠٢٦"):
        assert browser.get(f"/record.pdf?year={wrong}").status_code == 404


def test_it_is_tagged_and_in_the_readers_language(payee, sign_in: SignIn) -> None:
    browser = of_payee(sign_in, payee)
    browser.remember(language="es")
    made = read(browser.get("/record.pdf"))
    root = made.trailer["/Root"]
    assert root["/Lang"] == "es-US"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_somebody_who_earned_nothing_gets_a_page(app: Flask, sign_in: SignIn) -> None:
    answer = sign_in(make.consultant()).get("/record.pdf")
    assert "Nothing here yet" in words_of(answer)


def test_staff_have_no_record(app: Flask, sign_in: SignIn) -> None:
    assert sign_in(make.finance(make.payer())).get("/record.pdf").status_code == 404
