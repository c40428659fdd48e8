"""A payee sets up payments: one account however often, a word about it, no detail."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from stripe import InvalidRequestError

from engage.core import clock
from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.ledger.actions import payee_for
from engage.ledger.models import Payee
from engage.notices.models import Notice
from engage.organizations.models import Organization
from engage.payouts import account_queries, accounts, inbox, jobs
from engage.payouts.account_rules import Readiness, check_bank_text
from engage.payouts.hints import Hint
from engage.payouts.models_accounts import PayeeAccount, RailEvent
from engage.people.models import Person
from tests import make
from tests.fakes.stripe import accounts as theirs
from tests.fakes.stripe import money
from tests.payouts import setting_up


@pytest.fixture
def who(app: Flask) -> Person:
    return make.consultant()


@pytest.fixture
def payer(app: Flask) -> Organization:
    return make.payer()


@pytest.fixture
def payee(who: Person, payer: Organization) -> Payee:
    found = payee_for(who.id, payer.id)
    return make.save(found)


def begun(payee: Payee, who: Person) -> PayeeAccount:
    return accounts.begin(payee.id, by=who, now=clock.now(), wait=timedelta(0))


def link(row: PayeeAccount) -> str:
    return accounts.link(row.id, email=None, back_url="http://127.0.0.1/continue")


def test_f55_two_presses_are_one_account_and_two_links(there, payee, who) -> None:
    first, second = begun(payee, who), begun(payee, who)
    links = {link(first), link(second)}

    assert first.id == second.id
    assert len(there.store.accounts) == 1
    assert len(links) == 2


def test_f55_a_lost_answer_does_not_make_a_second_account(
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


def test_f27_a_late_look_turns_nothing_back(there, payee, who) -> None:
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


def usable(payee: Payee, who: Person, there) -> PayeeAccount:  # type: ignore[no-untyped-def]
    row = begun(payee, who)
    link(row)
    (account_id,) = there.store.accounts
    theirs.set_status(there.store, account_id, "active")
    accounts.look(row.id, now=clock.now())
    assert account_queries.reason_to_hold(row.uid) == ""
    return row


def test_who_goes_to_stripe_again_waits_again_and_is_told(there, payee, who) -> None:
    now, row = clock.now(), usable(payee, who, there)
    with transaction() as session:
        session.execute(sa.delete(Notice))
    with pytest.raises(NotFound):
        accounts.visit(row.id, by=make.consultant(), now=now)
    accounts.visit(row.id, by=who, now=now)

    assert account_queries.reason_to_hold(row.uid) == "new_place"
    db.session.refresh(row)
    assert row.usable_from == now + timedelta(hours=72)
    told = db.session.execute(sa.select(Notice.person_id, Notice.kind)).all()
    assert told == [(who.id, "new_place")]


def test_the_first_visit_makes_no_second_wait(there, payee, who) -> None:
    row = accounts.begin(payee.id, by=who, now=clock.now())
    before = row.usable_from
    accounts.visit(row.id, by=who, now=clock.now() + timedelta(hours=1))
    db.session.refresh(row)
    assert row.usable_from == before


def test_it_was_not_me_ends_an_account_before_it_is_used(there, payee, who) -> None:
    row = usable(payee, who, there)
    with pytest.raises(Refused, match="in use already"):
        accounts.stop(row.id, by=who, now=clock.now())
    accounts.visit(row.id, by=who, now=clock.now())
    with pytest.raises(NotFound):
        accounts.stop(row.id, by=make.consultant(), now=clock.now())
    accounts.stop(row.id, by=who, now=clock.now())

    assert account_queries.reason_to_hold(row.uid) == "destination"
    assert account_queries.destination(payee.id) == ""
    again = accounts.begin(payee.id, by=who, now=clock.now())
    assert again.number == 2


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


def test_f38_a_bank_that_sends_money_back_is_told_to_the_payee_alone(
    there, payee, who
) -> None:
    row = begun(payee, who)
    link(row)
    (account_id,) = there.store.accounts
    theirs.set_status(there.store, account_id, "active")
    there.store.accounts[account_id]["balance"] = 75_00
    paid = money.to_the_bank(there.store, account_id)
    accounts.look(row.id, now=clock.now())
    db.session.refresh(row)
    assert (row.bank_leg, told()) == ("arrived", ["payment_setup"])

    money.refuse_at_the_bank(there.store, account_id, paid["id"])
    for _ in range(3):
        accounts.look(row.id, now=clock.now())
    db.session.refresh(row)
    assert (row.bank_leg, told()) == ("sent_back", ["bank_back", "payment_setup"])
    assert {notice.person_id for notice in db.session.scalars(sa.select(Notice))} == {
        who.id
    }
    assert there.store.transfers == {}, "nothing is sent again"

    money.to_the_bank(there.store, account_id)
    accounts.look(row.id, now=clock.now())
    db.session.refresh(row)
    assert row.bank_leg == "arrived"


def told() -> list[str]:
    """Beside the account itself, which is told when it is begun."""
    kinds = sa.select(Notice.kind).where(Notice.kind != "new_place")
    return sorted(db.session.scalars(kinds))


def test_a_new_bank_text_reaches_stripe_with_the_next_look(there, payee, who) -> None:
    row = begun(payee, who)
    link(row)
    (account_id,) = there.store.accounts
    now = clock.now() + timedelta(minutes=3)
    accounts.begin(payee.id, by=who, now=now, bank_text="Work pay")
    accounts.look(row.id, now=now)

    assert there.store.settings[account_id]["statement_descriptor"] == "WORK PAY"
    db.session.refresh(row)
    assert row.is_text_there


def test_one_account_that_cannot_be_looked_at_stops_no_other(there, payer) -> None:
    rows = []
    for _ in range(2):
        person = make.consultant()
        rows.append(setting_up.begun(setting_up.payee_of(payer, person), person))
    del there.store.accounts[str(rows[0].account_id)]
    setting_up.turn(there, rows[1], "active", look=False)
    later = clock.now() + timedelta(hours=3)
    with pytest.raises(InvalidRequestError):
        jobs.look_at_accounts(later)
    db.session.refresh(rows[1])

    assert rows[1].readiness is Readiness.READY
    assert accounts.due(now=later, limit=5) == []
