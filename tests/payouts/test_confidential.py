"""What money pages keep to themselves: looks, secrets, who learns of a choice."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core import clock
from engage.core.db import db
from engage.core.errors import Refused
from engage.looks.words import PAGES
from engage.payouts import details, reconcile_actions
from engage.payouts.models_accounts import RailCursor
from engage.payouts.models_after import PayeeDetail
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.reconcile_rules import Difference
from engage.payouts.references import check_details, check_reference
from engage.payouts.returning_rules import ReversalReason
from engage.payouts.rules import RailName
from tests import make
from tests.clients import Browser
from tests.conftest import new_browser
from tests.payouts.test_by_hand import Desk
from tests.payouts.test_taking_back import MONDAY, Scene

SignIn = Callable[..., Browser]
ENGAGE = Path(__file__).parents[2] / "engage"


@pytest.fixture
def scene(app: Flask) -> Iterator[Scene]:
    with time_machine.travel(MONDAY, tick=False):
        yield Scene()


def looks(subject: str) -> list[tuple[str, str]]:
    query = sa.select(AuditEntry.verb, AuditEntry.thing).where(
        AuditEntry.kind == "look", AuditEntry.subject == subject
    )
    return [(verb, thing) for verb, thing in db.session.execute(query)]


def verbs_of_looks() -> set[str]:
    """Every word that ends in `.open`, and so names a look, anywhere in the program."""
    return {
        node.value
        for path in ENGAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.endswith(".open")
        and node.value.count(".") == 1
    }


def test_every_look_has_words_for_who_was_looked_at() -> None:
    assert "payout.open" in verbs_of_looks()
    assert verbs_of_looks() - set(PAGES) == set()


def test_asking_back_is_a_look_at_that_payment(scene: Scene, sign_in: SignIn) -> None:
    maker, thing = sign_in(scene.maker), ("payout.open", f"payout:{scene.payout.uid}")
    assert maker.get(f"/runs/pay/{scene.payout.uid}/again").status_code == 200
    assert looks(scene.who.subject) == [thing]
    row = scene.ask(75_00, ReversalReason.DOUBLE)
    assert sign_in(scene.other).get(f"/runs/again/{row.uid}").status_code == 200
    assert looks(scene.who.subject) == [thing, thing]
    stranger = sign_in(make.finance(make.payer()))
    assert stranger.get(f"/runs/again/{row.uid}").status_code == 404
    assert stranger.get(f"/runs/pay/{scene.payout.uid}/again").status_code == 404
    assert len(looks(scene.who.subject)) == 2


def difference_of(scene: Scene) -> ReconciliationDifference:
    day = make.save(
        ReconciliationDay(
            payer_id=scene.payer.id,
            rail=RailName.STRIPE,
            is_live=False,
            day=clock.now().date(),
            currency="usd",
            start_cents=0,
            end_cents=0,
            movements={},
            read_at=clock.now(),
        )
    )
    return make.save(
        ReconciliationDifference(
            day_id=day.id,
            kind=Difference.DIFFERS,
            thing="tr_1",
            payout_uid=scene.payout.uid,
            ours_cents=75_00,
            theirs_cents=74_00,
            found_at=clock.now(),
        )
    )


def test_a_difference_of_one_payment_is_a_look_at_it(
    scene: Scene, sign_in: SignIn
) -> None:
    path = f"/runs/books/differences/{difference_of(scene).uid}"
    assert sign_in(make.finance(make.payer())).get(path).status_code == 404
    assert looks(scene.who.subject) == []
    assert sign_in(scene.maker).get(path).status_code == 200
    assert looks(scene.who.subject) == [
        ("payout.open", f"payout:{scene.payout.uid}"),
    ]


def test_an_explanation_holds_no_number_of_an_account(scene: Scene) -> None:
    row = difference_of(scene)
    for words in ("Card 4242 4242 4242 4242", "Account 000123456789"):
        with pytest.raises(Refused):
            reconcile_actions.explain(row.id, words, by=scene.maker, now=clock.now())
    words = "Sent by hand there, tr_1QzYk2Lx9aBc3DeF"
    reconcile_actions.explain(row.id, words, by=scene.maker, now=clock.now())


@pytest.mark.parametrize(
    "between", ["\n", ", ", " - ", "–", "—", "‑", "\t", " | ", "   ", "*", "\n\n"]
)
def test_no_card_number_gets_through_in_pieces(between: str) -> None:
    number = between.join(["4242"] * 4)
    with pytest.raises(Refused):
        check_details(f"Jo\n{number}\nOak Street")
    two = between.join(["42424242", "42424242"])
    with pytest.raises(Refused):
        check_details(f"Jo\n{two}\nOak Street")


@pytest.mark.parametrize("sign", "–—‑−")
def test_no_account_number_gets_through_with_another_dash(sign: str) -> None:
    with pytest.raises(Refused, match="account number"):
        check_reference(f"0210{sign}0002{sign}199")


@pytest.mark.parametrize(
    "text",
    [
        "Jo Doe\n1200 Oak Street 14\nSpringfield 10001-1234",
        "Checks 1041, 1042",
        "Jo, 12 Elm St, Apt 3\nRoom 7, 10001",
    ],
)
def test_an_address_is_no_number(text: str) -> None:
    assert check_details(text) == text


def test_a_name_stays_as_it_was_written(app: Flask) -> None:
    """Signs above and below letters are part of names in many scripts."""
    name = "สมชาย ศรีสุข\nनिर्मला देवी"
    desk = Desk()
    details.give(desk.payout.id, name, by=desk.who, now=clock.now())
    row = db.session.scalars(sa.select(PayeeDetail)).one()
    assert row.read(desk.who.subject) == name


def test_what_was_given_is_gone_from_the_row_and_the_pages(
    app: Flask, sign_in: SignIn
) -> None:
    desk = Desk()
    details.give(desk.payout.id, "Jo Quokka", by=desk.who, now=clock.now())
    raw = db.session.scalars(sa.select(PayeeDetail.text_sealed)).one()
    assert raw is not None
    assert b"Quokka" not in raw
    details.give(desk.payout.id, "", by=desk.who, now=clock.now())
    assert db.session.scalars(sa.select(PayeeDetail.text_sealed)).one() is None
    given = f"/runs/pay/{desk.payout.uid}/given"
    for who, path in (
        (desk.first, given),
        (desk.who, f"/record/by-hand/{desk.payout.uid}"),
    ):
        assert "Quokka" not in sign_in(who).get(path).get_data(as_text=True)


def test_without_stripe_nobody_is_listening(app: Flask) -> None:
    """No row and no lock for whoever finds the address."""
    assert new_browser(app).post("/hooks", data=b"{}").status_code == 404
    assert db.session.scalars(sa.select(RailCursor)).all() == []
