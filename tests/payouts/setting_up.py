"""Payees who set up payments with the stand-in, by the program's own ways."""

from datetime import timedelta

from engage.core import clock
from engage.core.db import db
from engage.ledger.actions import payee_for
from engage.ledger.models import Payee
from engage.organizations.models import Organization
from engage.payouts import accounts
from engage.payouts.models_accounts import PayeeAccount
from engage.people.models import Person
from tests import make
from tests.fakes.stripe import accounts as theirs
from tests.fakes.stripe.server import StandIn

BACK = "http://127.0.0.1/continue"
AT_ONCE = timedelta(0)


def payee_of(payer: Organization, who: Person) -> Payee:
    found = payee_for(who.id, payer.id)
    found.rail = "stripe"
    return make.save(found)


def begun(payee: Payee, who: Person, wait: timedelta = AT_ONCE) -> PayeeAccount:
    """An account that is made at the stand-in, and not finished there."""
    row = accounts.begin(payee.id, by=who, now=clock.now(), wait=wait)
    accounts.link(row.id, email=None, back_url=BACK)
    db.session.refresh(row)
    return row


def ready(
    there: StandIn, payer: Organization, who: Person, wait: timedelta = AT_ONCE
) -> PayeeAccount:
    """An account that is ready on both sides."""
    row = begun(payee_of(payer, who), who, wait)
    turn(there, row, "active")
    return row


def turn(there: StandIn, row: PayeeAccount, status: str, *, look: bool = True) -> None:
    """The stand-in changes how far an account is; with `look` we learn of it."""
    theirs.set_status(there.store, str(row.account_id), status)
    there.store.accounts[str(row.account_id)]["needs_details"] = status != "active"
    if look:
        accounts.look(row.id, now=clock.now())
        db.session.refresh(row)
