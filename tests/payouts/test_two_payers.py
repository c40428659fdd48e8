"""The account at Stripe is one payer's: another one's payees are paid by hand."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.ledger import views
from engage.ledger.models import Payee
from engage.organizations.models import Organization
from engage.payouts import actions, jobs, reconcile_queries, reconciling
from engage.payouts.models import Payout
from engage.payouts.rails.table import rail_for
from engage.payouts.reconcile_models import ReconciliationDay
from engage.payouts.rules import PayoutStatus, RailName
from engage.people.models import Person
from tests import make
from tests.clients import Browser
from tests.fakes.stripe.server import StandIn
from tests.payouts import at_stripe
from tests.payouts.at_stripe import paid, standing_in, tomorrow
from tests.payouts.owing import owed, prepared, release, two_in_finance

SignIn = Callable[..., Browser]


class Two(NamedTuple):
    """One consultant whom two payers pay; the account at Stripe is the second one's."""

    who: Person
    other: Organization
    owner: Organization


@pytest.fixture
def there(app: Flask) -> Iterator[StandIn]:
    with standing_in(app) as server:
        yield server


@pytest.fixture
def two(app: Flask, there: StandIn) -> Two:
    two = Two(make.consultant(), make.payer(), make.payer())
    owned_by(app, two.owner)
    return two


def owned_by(app: Flask, payer: Organization) -> None:
    named = replace(app.config["SETTINGS"], stripe_payer=payer.name)
    app.config["SETTINGS"] = named


def payee_of(payer: Organization) -> Payee:
    return db.session.scalars(sa.select(Payee).where(Payee.payer_id == payer.id)).one()


def payouts() -> list[Payout]:
    query = sa.select(Payout).order_by(Payout.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def test_only_the_owners_payees_are_offered_it(
    app: Flask, two: Two, sign_in: SignIn
) -> None:
    browser = sign_in(two.who)
    for payer, ways in ((two.other, ("manual",)), (two.owner, ("manual", "stripe"))):
        owed(payer, to=two.who, rail="manual")
        payee = payee_of(payer)
        assert views.rails_offered(payee) == ways
        status = 303 if "stripe" in ways else 422
        path = f"/record/how/{payee.uid}"
        assert browser.post(path, data={"rail": "stripe"}).status_code == status
        is_open = browser.get(f"{path}/setup").status_code == 200
        assert is_open is ("stripe" in ways)


def test_a_choice_that_cannot_be_is_paid_by_hand(app: Flask, two: Two) -> None:
    """Even where a row says otherwise, as after the account changed hands."""
    for payer in (two.other, two.owner):
        row = owed(payer, to=two.who, rail="stripe")
        prepared(payer, make.finance(payer), row)
    assert [each.rail for each in payouts()] == [RailName.MANUAL, RailName.STRIPE]
    assert rail_for(payee_of(two.other)).name is RailName.MANUAL


def test_money_of_one_payer_never_leaves_the_account_of_another(
    app: Flask, two: Two, there: StandIn
) -> None:
    """Released, and then the account at Stripe is said to be somebody else's."""
    row = owed(two.owner, to=two.who, rail="stripe")
    at_stripe.account(there, payee_of(two.owner))
    maker, checker = two_in_finance(two.owner)
    batch = release(prepared(two.owner, maker, row), checker)
    assert payouts()[0].status is PayoutStatus.QUEUED
    owned_by(app, two.other)
    jobs.send_due(clock.now())
    (payout,) = payouts()
    assert (payout.status, payout.blocked_reason) == (PayoutStatus.BLOCKED, "closed")
    assert there.store.transfers == {}
    actions.cancel(batch.id, by=maker, now=clock.now())
    again = prepared(two.owner, maker, row)
    owned_by(app, two.owner)
    with pytest.raises(Refused, match="changed how to be paid"):
        release(again, checker)


def test_days_are_compared_for_the_owner(app: Flask, two: Two, there: StandIn) -> None:
    paid(two.owner, there)
    owned_by(app, two.other)
    found = reconcile_queries.payer(is_live=False)
    assert found is not None
    assert found.id == two.other.id
    for span in reconciling.due(tomorrow()):
        reconciling.read(span, now=tomorrow())
    day = db.session.scalars(sa.select(ReconciliationDay)).one()
    assert day.payer_id == two.other.id


def test_without_a_name_the_payments_say_whose_it_is(
    app: Flask, two: Two, there: StandIn
) -> None:
    paid(two.owner, there)
    for name in ("", "Nobody here"):
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], stripe_payer=name)
        found = reconcile_queries.payer(is_live=False)
        assert found is not None
        assert found.id == two.owner.id
    with transaction():
        payee_of(two.owner).rail = "stripe"
    assert rail_for(payee_of(two.owner)).name is RailName.MANUAL


def test_the_first_real_payment_arrives_before_a_second_goes(
    app: Flask, two: Two
) -> None:
    """Two runs of one payment each are as many as one run of two."""
    batches = []
    for _ in range(2):
        row = owed(two.owner, to=two.who, rail="manual")
        batches.append(prepared(two.owner, make.finance(two.owner), row))
    checker = make.finance(two.owner)
    with transaction():
        for each in payouts():
            each.is_live = True
    first, second = batches
    release(first, checker)
    with pytest.raises(Refused, match="still on its way"):
        release(second, checker)
    with transaction():
        arrived = payouts()[0]
        arrived.status, arrived.remote_id = PayoutStatus.PAID, "manual_1"
    release(second, checker)
