"""A payee sets up payments: one account however often, a word about it, no detail."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.ledger.actions import payee_for
from engage.ledger.models import Payee
from engage.payouts import account_queries, accounts, inbox, jobs
from engage.payouts.account_rules import Readiness, check_bank_text
from engage.payouts.hints import Hint
from engage.payouts.models_accounts import PayeeAccount, RailEvent
from engage.people.models import Person
from tests import make
from tests.fakes.stripe import accounts as theirs
from tests.fakes.stripe.server import StandIn


@pytest.fixture
def there(app: Flask) -> Iterator[StandIn]:
    server = StandIn()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app.extensions.pop("stripe_rail", None)
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        before,
        payments_mode="test",
        stripe_key="sk_test_standin",
        stripe_base=server.url,
        stripe_webhook_secrets=("whsec_" + "a" * 24,),
    )
    yield server
    app.config["SETTINGS"] = before
    app.extensions.pop("stripe_rail", None)
    server.shutdown()
    server.server_close()
    assert server.drifted == []


@pytest.fixture
def who(app: Flask) -> Person:
    return make.consultant()


@pytest.fixture
def payee(who: Person) -> Payee:
    found = payee_for(who.id, make.payer().id)
    return make.save(found)


def begun(payee: Payee, who: Person) -> PayeeAccount:
    return accounts.begin(payee.id, by=who, now=clock.now(), wait=timedelta(0))


def link(row: PayeeAccount) -> str:
    return accounts.link(row.id, email=None, back_url="http://127.0.0.1/continue")


def test_two_presses_are_one_account_and_two_links(there, payee, who) -> None:
    first, second = begun(payee, who), begun(payee, who)
    links = {link(first), link(second)}

    assert first.id == second.id
    assert len(there.store.accounts) == 1
    assert len(links) == 2


def test_a_lost_answer_does_not_make_a_second_account(
    there, payee, who, monkeypatch
) -> None:
    row = begun(payee, who)
    with monkeypatch.context() as lost:
        lost.setattr(accounts, "_keep", lambda *_: 1 / 0)
        with pytest.raises(Refused, match="try again later"):
            link(row)
    link(row)

    assert len(there.store.accounts) == 1


def test_nothing_of_the_person_is_sent_but_a_random_handle(there, payee, who) -> None:
    link(begun(payee, who))
    (made,) = there.store.accounts.values()

    assert made["display_name"] == f"Payee {payee.handle}"
    assert made["contact_email"] is None
    assert made["metadata"] == {"payee": payee.handle}
    assert there.store.settings[made["id"]]["statement_descriptor"] == "TRANSFER"


def test_the_account_id_is_sealed_and_found_by_its_hash(there, payee, who) -> None:
    row = begun(payee, who)
    link(row)
    (account_id,) = there.store.accounts
    db.session.refresh(row)

    assert account_id.encode() not in bytes(row.account_sealed or b"")
    found = account_queries.by_account(account_id)
    assert found is not None
    assert found.id == row.id
    assert account_queries.account_id(row.uid) == account_id


def test_a_look_writes_a_word_and_tells_its_owner(there, payee, who) -> None:
    row = begun(payee, who)
    link(row)
    (account_id,) = there.store.accounts
    theirs.set_status(there.store, account_id, "active")
    accounts.look(row.id, now=clock.now())
    db.session.refresh(row)

    assert row.readiness is Readiness.READY
    assert account_queries.reason_to_hold(row.uid) == ""
    theirs.set_status(there.store, account_id, "restricted")
    accounts.look(row.id, now=clock.now())
    assert account_queries.reason_to_hold(row.uid) == "setup"


def test_a_late_look_turns_nothing_back(there, payee, who) -> None:
    row = begun(payee, who)
    link(row)
    (account_id,) = there.store.accounts
    theirs.set_status(there.store, account_id, "active")
    accounts.look(row.id, now=clock.now())
    theirs.set_status(there.store, account_id, "restricted")
    accounts.look(row.id, now=clock.now() - timedelta(hours=1))
    db.session.refresh(row)

    assert row.readiness is Readiness.READY


def test_a_new_account_waits_three_days(there, payee, who) -> None:
    row = accounts.begin(payee.id, by=who, now=clock.now())
    link(row)
    (account_id,) = there.store.accounts
    theirs.set_status(there.store, account_id, "active")
    accounts.look(row.id, now=clock.now())

    assert account_queries.reason_to_hold(row.uid) == "new_place"


def test_a_closed_account_is_set_up_anew_as_another(there, payee, who) -> None:
    row = begun(payee, who)
    link(row)
    (account_id,) = there.store.accounts
    theirs.close(there.store, account_id)
    accounts.look(row.id, now=clock.now())
    again = begun(payee, who)
    link(again)

    assert again.number == 2
    assert account_queries.reason_to_hold(row.uid) == "destination"
    assert len(there.store.accounts) == 2


def test_nobody_sets_up_for_somebody_else(there, payee) -> None:
    with pytest.raises(NotFound):
        accounts.begin(payee.id, by=make.consultant(), now=clock.now())


def hint(event_id: str, kind: str, object_id: str, is_live: bool = False) -> Hint:
    return Hint(event_id, kind, object_id, "", is_live, clock.now())


def test_an_event_is_kept_once_and_leads_to_a_look(there, payee, who) -> None:
    row = begun(payee, who)
    link(row)
    (account_id,) = there.store.accounts
    theirs.set_status(there.store, account_id, "active")
    told = hint("evt_1", "v2.core.account.updated", account_id)
    for _ in range(5):
        inbox.keep(told, is_live=False, now=clock.now())
    jobs.read_events(clock.now())
    jobs.look_at_accounts(clock.now())
    db.session.refresh(row)

    (event,) = db.session.scalars(sa.select(RailEvent)).all()
    assert event.done_at is not None
    assert account_id not in {event.object_id, event.account_hash}
    assert row.readiness is Readiness.READY


def test_an_event_of_another_mode_is_counted_and_forgotten(there) -> None:
    inbox.keep(hint("evt_1", "x", "y", is_live=True), is_live=False, now=clock.now())

    assert db.session.scalars(sa.select(RailEvent)).all() == []


@pytest.mark.parametrize(
    ("text", "kept"), [("transfer", "TRANSFER"), (" work  pay ", "WORK PAY")]
)
def test_the_bank_text_is_neutral_and_short(text: str, kept: str) -> None:
    assert check_bank_text(text) == kept


@pytest.mark.parametrize(
    "text",
    ["", "PAY", "12345678", "A VERY LONG TEXT", "survivor", "SHELTER 1", "π π π"],
)
def test_a_telling_or_odd_bank_text_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        check_bank_text(text)


def test_the_days_of_a_look_are_soon_and_then_daily(there, payee, who) -> None:
    row = begun(payee, who)
    link(row)
    moments: list[datetime] = []
    for minutes in (0, 5, 60, 600):
        now = row.created_at + timedelta(minutes=minutes)
        accounts.look(row.id, now=now)
        db.session.refresh(row)
        assert row.look_at is not None
        moments.append(row.look_at)
        assert row.look_at > now
    assert moments[-1] - moments[0] > timedelta(days=1)
