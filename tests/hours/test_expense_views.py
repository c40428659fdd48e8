from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
import time_machine

from engage.audit.models import AuditEntry
from engage.core.db import db, transaction
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import ExpenseStatus
from engage.people.rules import PersonStatus
from tests import make
from tests.clients import Browser
from tests.hours.test_expenses import approve, fresh, pay, send, work_of
from tests.hours.work import DAY, Work

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., Browser]


@pytest.fixture
def work(july: datetime) -> Iterator[Work]:
    work = work_of(july)
    with time_machine.travel(work.done, tick=False):
        yield work


def only() -> Expense:
    return db.session.scalars(
        sa.select(Expense).execution_options(populate_existing=True)
    ).one()


def typed(**values: str) -> dict[str, str]:
    return {
        "kind": "travel",
        "day": "2026-07-22",
        "cents": "40",
        "seen_by": "Sam Rivera",
        "reference": "Bus ticket 4417",
        **values,
    }


def test_a_cost_is_sent_looked_at_and_approved(work: Work, sign_in: SignIn) -> None:
    own = sign_in(work.person)
    assert "Send a cost" in own.get("/costs").text
    answer = own.post(f"/plans/{work.engagement.uid}/costs", data=typed())
    assert answer.status_code == 303
    expense = only()
    assert "Travel" in own.get("/costs").text

    desk = sign_in(work.coordinator)
    assert "Costs to check" in desk.get("/time/waiting").text
    assert "Sam Rivera" not in desk.get("/costs/waiting").text
    assert "Sam Rivera" in desk.get(f"/costs/waiting/{expense.uid}").text
    verbs = db.session.scalars(sa.select(AuditEntry.verb)).all()
    assert "expense.open" in verbs
    chosen = f"{expense.uid}.{expense.version}"
    desk.post("/costs/waiting", data={"chosen": chosen, "no_interest": "y"})
    assert only().status is ExpenseStatus.APPROVED
    assert "Paid by" in sign_in(work.person).get("/costs").text


def test_who_closed_their_account_is_read_no_more(work: Work, sign_in: SignIn) -> None:
    """The cost is still decided and paid; the words on its receipt are out of sight."""
    sign_in(work.person).post(f"/plans/{work.engagement.uid}/costs", data=typed())
    with transaction():
        work.person.status = PersonStatus.CLOSED
    page = sign_in(work.coordinator).get(f"/costs/waiting/{only().uid}")
    assert page.status_code == 200
    assert "Sam Rivera" not in page.text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reference": "4242 4242 4242 4242"}, "looks like a card number"),
        ({"reference": "123456789012"}, "looks like an account number"),
        ({"seen_by": "4242424242424242"}, "looks like a card number"),
        ({"seen_by": ""}, "who has seen the receipt"),
        ({"reference": ""}, "what is on the receipt"),
        ({"day": "2026-07-23"}, "Ask for the money ahead"),
        ({"cents": "0"}, "above zero"),
        ({"kind": "per_diem"}, "No daily rate"),
    ],
)
def test_what_cannot_be_sent_says_what_to_do(
    values: dict[str, str], words: str, work: Work, sign_in: SignIn
) -> None:
    place = f"/plans/{work.engagement.uid}/costs"
    answer = sign_in(work.person).post(place, data=typed(**values))
    assert answer.status_code == 422
    assert words in answer.text
    assert not db.session.scalars(sa.select(Expense)).all()


def test_it_is_sent_back_with_what_to_check(work: Work, sign_in: SignIn) -> None:
    expense = send(work)
    data = {"do": "return", "check": "receipt", "version": str(expense.version)}
    sign_in(work.coordinator).post(f"/costs/waiting/{expense.uid}", data=data)
    own = sign_in(work.person)
    assert "check the receipt" in own.get(f"/costs/{expense.uid}").text
    own.post(f"/costs/{expense.uid}", data=typed(cents="38"))
    assert only().cents == 38_00
    own.post(f"/costs/{expense.uid}/withdraw")
    assert only().status is ExpenseStatus.WITHDRAWN


def test_others_find_nothing(work: Work, sign_in: SignIn) -> None:
    expense = send(work)
    stranger = sign_in(make.consultant())
    assert stranger.get(f"/costs/{expense.uid}").status_code == 404
    assert stranger.get(f"/plans/{work.engagement.uid}/costs").status_code == 404
    assert stranger.get("/costs/waiting").status_code == 404
    elsewhere = sign_in(make.coordinator(make.organization()))
    assert elsewhere.get(f"/costs/waiting/{expense.uid}").status_code == 404
    assert work.person.subject not in elsewhere.get("/costs/waiting").text
    finance = sign_in(make.finance(make.payer()))
    assert finance.get("/costs/waiting").status_code == 404
    assert finance.post("/costs/ahead/x", data={"cents": "1"}).status_code == 404


def test_money_ahead_is_asked_for_and_what_is_left_comes_back(
    july: datetime, sign_in: SignIn
) -> None:
    work = work_of(july)
    with time_machine.travel(july + DAY, tick=False):
        own = sign_in(work.person)
        data = {"kind": "travel", "day": "2026-07-22", "cents": "100"}
        answer = own.post(f"/plans/{work.engagement.uid}/costs/ahead", data=data)
        assert answer.status_code == 303
        advance = only()
        assert advance.is_advance
        approve(work, advance, now=july + DAY)
        pay(work, july + DAY)
    payer = db.session.get_one(type(work.place), work.line.payer_id)
    with time_machine.travel(work.done, tick=False):
        assert "$100.00 ahead" in sign_in(work.person).get("/costs?show=1").text
        desk, other = sign_in(make.finance(payer)), sign_in(make.finance(payer))
        assert "$100.00 is open" in desk.get("/costs/ahead").text
        place = f"/costs/ahead/{advance.uid}"
        assert "Write that or less" in desk.post(place, data={"cents": "101"}).text
        assert desk.post(place, data={"cents": "100"}).status_code == 303
        assert "second person" in desk.get("/costs/ahead").text
        assert "second person" in desk.post(place, data={"do": "yes"}).text
        assert fresh(advance).open_cents == 100_00
        assert "Confirm it if you" in other.get("/costs/ahead").text
        assert other.post(place, data={"do": "drop"}).status_code == 303
        assert other.post(place, data={"cents": "100"}).status_code == 303
        assert desk.post(place, data={"do": "yes"}).status_code == 303
        assert fresh(advance).open_cents == 0
        assert "Nothing is open" in desk.get("/costs/ahead").text


def test_money_ahead_is_for_a_day_to_come(work: Work, sign_in: SignIn) -> None:
    place = f"/plans/{work.engagement.uid}/costs/ahead"
    data = {"kind": "travel", "day": "2026-07-01", "cents": "10"}
    answer = sign_in(work.person).post(place, data=data)
    assert "in the next 120 days" in answer.text
