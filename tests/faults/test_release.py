"""Two people, one content: what was released is what goes out, or nothing does."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import Conflict, db, transaction
from engage.ledger.models import Payable
from engage.payouts import actions, queries, rules
from engage.payouts.models import PayoutItem
from engage.payouts.rails.table import stripe_rail
from engage.payouts.rules import BatchStatus
from engage.people.models import Membership
from tests import make
from tests.clients import Browser
from tests.fakes.stripe import accounts as theirs
from tests.fakes.stripe.server import StandIn
from tests.faults.stripe_run import Run, asked, send, state
from tests.payouts import owing, setting_up

SignIn = Callable[..., Browser]


def page(run: Run, sign_in: SignIn) -> str:
    browser = sign_in(make.finance(run.payer))
    text = browser.get(f"/runs/{run.batch.uid}").get_data(as_text=True)
    return " ".join(text.split())


def test_f14_the_control_without_the_table_of_moves_releases_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = make.payer()
    batch = owing.released(payer)
    monkeypatch.setattr(rules, "batch_after", lambda *_: BatchStatus.APPROVED)
    monkeypatch.setattr(rules, "after", lambda status, _: status)
    other = make.finance(payer)
    assert owing.release(batch, other).released_by_id == other.id


def test_f15_the_control_without_the_index_takes_one_line_twice(app: Flask) -> None:
    payer = make.payer()
    owing.prepared(payer, make.finance(payer))
    item = db.session.scalars(sa.select(PayoutItem)).one()
    values = {"payout_id": item.payout_id, "payable_id": item.payable_id}
    with pytest.raises(Conflict):
        make.save(PayoutItem(**values, cents=1))
    db.session.execute(sa.text("DROP INDEX uq_payout_item_active"))
    make.save(PayoutItem(**values, cents=1))
    assert db.session.scalar(sa.select(sa.func.count(PayoutItem.id))) == 2


def edit_amounts(run: Run, cents: int) -> None:
    """Everywhere alike, so that the sums still agree."""
    with transaction() as session:
        session.scalars(sa.select(Payable)).one().cents = cents
        session.scalars(sa.select(PayoutItem)).one().cents = cents
        run.payouts()[0].cents = cents


def test_f16_what_was_edited_after_the_release_goes_back_to_review(
    there: StandIn, sign_in: SignIn
) -> None:
    run = Run(there, 75_00)
    edit_amounts(run, 750_00)
    send()
    assert run.states() == ["blocked changed"]
    assert asked(there) == 0
    assert "something changed after the release" in page(run, sign_in)
    actions.cancel(run.batch.id, by=make.finance(run.payer), now=clock.now())
    with transaction():
        run.owed[0].cents = 75_00
    run.batch = owing.released(run.payer, *run.owed)
    send()
    run.check_paid_once()
    assert state(there)["sent_cents"] == 75_00


def test_f16_the_control_without_the_hash_sends_it(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    edit_amounts(run, 750_00)
    monkeypatch.setattr(rules, "check_hash", lambda *_: None)
    send()
    assert state(there)["sent_cents"] == 750_00


def take_right_away(run: Run) -> None:
    of = Membership.person_id == run.batch.released_by_id
    with transaction() as session:
        session.execute(
            sa.update(Membership).where(of).values(ended_on=clock.today("UTC"))
        )


def test_f18_a_releaser_without_the_right_sends_nothing(
    there: StandIn, sign_in: SignIn
) -> None:
    run = Run(there, 75_00, 40_00)
    take_right_away(run)
    send()
    assert run.states() == ["blocked releaser"] * 2
    assert asked(there) == 0
    assert "who released it may no longer do so" in page(run, sign_in)


def test_f18_the_control_that_asks_nobody_sends_it(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    monkeypatch.setattr(queries, "finance", lambda _: [run.batch.released_by_id])
    take_right_away(run)
    send()
    run.check_paid_once()


def move_house(run: Run) -> None:
    """The payee, or who says so, has another account than the released one."""
    theirs.close(run.there.store, str(run.accounts[0].account_id))
    setting_up.turn(run.there, run.accounts[0], "active")
    run.accounts[0] = setting_up.ready(run.there, run.payer, run.people[0])


def test_f25_another_place_than_the_released_one_is_approved_anew(
    there: StandIn, sign_in: SignIn
) -> None:
    run = Run(there, 75_00)
    frozen = run.payouts()[0].destination
    move_house(run)
    send()
    assert run.payouts()[0].destination == frozen != run.accounts[0].uid
    assert asked(there) == 0
    assert "the payee has to set up payments again" in page(run, sign_in)
    actions.cancel(run.batch.id, by=make.finance(run.payer), now=clock.now())
    run.batch = owing.released(run.payer, *run.owed)
    send()
    run.check_paid_once()


def test_f25_the_control_that_asks_where_to_at_the_call_pays_the_new_place(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    move_house(run)
    account_id = run.accounts[0].account_id
    monkeypatch.setattr(stripe_rail(), "account_of", lambda _: account_id)
    monkeypatch.setattr(stripe_rail(), "reason_of", lambda _: "")
    send()
    assert state(there)["transfers"][0]["destination"] == account_id
