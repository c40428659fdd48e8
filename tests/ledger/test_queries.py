from datetime import date

import pytest
import sqlalchemy as sa

from engage.core.db import db, transaction
from engage.ledger import actions, queries, rules
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableKind, PayableStatus
from tests import make
from tests.ledger.test_actions import DAY, NOW, owe, payee_of

pytestmark = pytest.mark.usefixtures("app")


def paid(payable: Payable, payee: Payee, on: date) -> None:
    with transaction():
        payable.status, payable.paid_on = PayableStatus.PAID, on
        actions.post(
            "pay",
            f"payout:{payable.uid}",
            debit=rules.payable(payee.handle),
            credit=rules.clearing("demo"),
            cents=payable.cents,
            now=NOW,
        )


def test_a_statement_has_each_payer_place_and_year() -> None:
    person, payer = make.consultant(), make.payer()
    places = [make.organization("Aspen"), make.organization("Birch")]
    payee = payee_of(person, payer)
    first = owe(payee, "hours:1", 100_00, place=places[0])
    owe(payee, "hours:2", 50_00, place=places[1])
    costs = owe(payee, "expense:1", 12_34, kind=PayableKind.EXPENSE, place=places[0])
    paid(first, payee, date(2026, 12, 31))
    paid(costs, payee, date(2027, 1, 1))
    (account,) = queries.statement(person)
    assert account.payer == payer.name
    assert (account.earned_cents, account.paid_cents) == (162_34, 112_34)
    assert account.owed_cents == 50_00
    assert [(each.name, each.owed_cents) for each in account.places] == [
        ("Aspen", 0),
        ("Birch", 50_00),
    ]
    years = [
        (each.year, each.pay_cents, each.given_back_cents) for each in account.years
    ]
    assert years == [(2027, 0, 12_34), (2026, 100_00, 0)]
    assert queries.problems() == []


def test_a_statement_holds_nobody_elses_money() -> None:
    payer = make.payer()
    one, other = make.consultant(), make.consultant()
    owe(payee_of(one, payer), "hours:1", 100_00)
    owe(payee_of(other, payer), "hours:2", 7_00)
    assert queries.statement(one)[0].earned_cents == 100_00
    assert [line.cents for line in queries.all_lines(one)] == [100_00]


def test_a_statement_asks_as_much_for_many_as_for_one(
    request: pytest.FixtureRequest,
) -> None:
    counter, counted = request.getfixturevalue("queries"), []
    person = make.consultant()
    for number in range(5):
        owe(payee_of(person, make.payer()), f"hours:{number}", 100)
        db.session.expire_all()
        assert person.id
        counter.statements.clear()
        queries.statement(person)
        counted.append(len(counter))
    assert set(counted) == {4}


def test_what_does_not_hold_is_named() -> None:
    payee = payee_of(make.consultant(), make.payer())
    owed = owe(payee, "hours:1", 500)
    with transaction():
        owed.cents = 600
    assert [words.partition(" ")[0] for words in queries.problems()] == [
        "payable",
        "payee",
    ]
    with transaction():
        owed.cents = 500
        actions.post(
            rules.OWE, "hours:9", debit="expense:stipends", credit="x", cents=1, now=NOW
        )
    assert len(queries.problems()) == 1
    with transaction() as session:
        session.execute(sa.delete(Payable))
    assert len(queries.problems()) == 2


def test_a_payable_knows_its_day() -> None:
    payee = payee_of(make.consultant(), make.payer())
    owe(payee, "hours:1", 500)
    found = queries.of_sources(["hours:1", "hours:2"])
    assert {source: each.due_on for source, each in found.items()} == {"hours:1": DAY}
