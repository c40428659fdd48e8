import csv
import io
from collections.abc import Callable

import pytest

from engage.core.db import db
from engage.core.spreadsheet import csv_text
from engage.ledger import views
from engage.ledger.models import Payee
from engage.people.models import Person
from tests import make
from tests.clients import Browser
from tests.ledger.test_actions import owe, payee_of

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., Browser]


@pytest.fixture
def payee() -> Payee:
    """A consultant who earned $1,234.50 with an organization of a telling name."""
    payee = payee_of(make.consultant(), make.payer())
    owe(payee, "hours:1", 1_234_50, place=make.organization('=SUM(A1), "Aspen"'))
    return payee


def person_of(payee: Payee) -> Person:
    return db.session.get_one(Person, payee.person_id)


def test_an_empty_record_says_what_comes_here(sign_in: SignIn) -> None:
    page = sign_in(make.consultant()).get("/record")
    assert page.status_code == 200
    assert "Nothing here yet" in page.text


def test_amounts_stand_behind_one_press(payee: Payee, sign_in: SignIn) -> None:
    client = sign_in(person_of(payee))
    page = client.get("/record").text
    assert "$" not in page
    assert "1,234" not in page
    assert "/record?show=1" in page
    shown = client.get("/record?show=1").text
    assert shown.count("$1,234.50") == 5
    assert "Hide the amounts" in shown


def test_the_download_reads_back_and_holds_no_formula(
    payee: Payee, sign_in: SignIn
) -> None:
    answer = sign_in(person_of(payee)).get("/record.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="record.csv"'
    assert answer.content_type.startswith("text/csv")
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.data.decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(text, newline=""), strict=True)
    cells = dict(zip(header, row, strict=True))
    assert cells["Organization"] == '\'=SUM(A1), "Aspen"'
    assert (cells["Amount"], cells["Currency"]) == ("1234.50", "USD")
    assert (cells["Pay date"], cells["Paid on"]) == ("2026-07-15", "")
    assert text.endswith("\r\n")


def test_a_cell_never_begins_a_formula() -> None:
    cells = ["=1", "+1", "-1", "@x", "\tx", "\rx", "\0x", "＝1", "plain", "a\n=b", ""]  # noqa: RUF001
    (row,) = csv.reader(io.StringIO(csv_text(cells, []), newline=""))
    assert row == [f"'{cell}" for cell in cells[:8]] + ["plain", "a\n=b", ""]


def test_the_way_of_pay_is_chosen_for_each_payer(payee: Payee, sign_in: SignIn) -> None:
    client = sign_in(person_of(payee))
    address = f"/record/how/{payee.uid}"
    assert address in client.get("/record").text
    assert "How you are paid" in client.get(address).text
    assert client.post(address, data={"rail": "stripe"}).status_code == 422
    answer = client.post(address, data={"rail": "demo"})
    assert (answer.status_code, answer.location) == (303, "/record")
    assert "A practice payment: no money moves" in client.get("/record").text


def test_another_way_is_told_until_it_counts_and_stopped_by_one_press(
    payee: Payee, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_wait", lambda: views.NEW_PLACE_WAITS)
    before, other = payee.rail, "demo" if payee.rail == "manual" else "manual"
    client, address = sign_in(person_of(payee)), f"/record/how/{payee.uid}"
    assert "counts three days later" in client.get(address).text
    client.post(address, data={"rail": other})
    db.session.expire_all()
    assert (payee.rail, payee.rail_next) == (before, other)
    home = client.get("/").text
    assert "Something in your account changes on" in home
    assert f'href="{address}"' in home
    assert "Until then your pay goes as before" in client.get(address).text
    assert "on:" in client.get("/record").text
    client.post(address, data={"rail": before})
    db.session.expire_all()
    assert (payee.rail, payee.rail_next) == (before, None)
    assert "Something in your account changes" not in client.get("/").text


def test_the_record_of_somebody_else_is_not_there(
    payee: Payee, sign_in: SignIn
) -> None:
    other = sign_in(make.consultant())
    assert other.get(f"/record/how/{payee.uid}").status_code == 404
    assert other.post(f"/record/how/{payee.uid}").status_code == 404
    assert "1234.50" not in other.get("/record.csv").text
    staff = sign_in(make.coordinator(make.organization()))
    for address in ("/record", "/record.csv", f"/record/how/{payee.uid}"):
        assert staff.get(address).status_code == 404


def test_a_long_record_has_pages(payee: Payee, sign_in: SignIn) -> None:
    for number in range(30):
        owe(payee, f"hours:x{number}", 100)
    client = sign_in(person_of(payee))
    page = client.get("/record?show=1").text
    assert "/record?show=1&amp;page=2" in page
    assert len(client.get("/record.csv").text.splitlines()) == 32
