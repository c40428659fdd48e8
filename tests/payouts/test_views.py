"""The pages of payment runs: who gets in, what they say, one effect for one form."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core import clock
from engage.core.db import db, new_uid
from engage.organizations.models import Organization
from engage.payouts import jobs, queries
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.rules import BatchStatus, PayoutStatus, RailName
from engage.people.models import Person
from tests import make
from tests.clients import Browser
from tests.conftest import Counter
from tests.payouts.owing import DAY, owed, prepared, release, released, two_in_finance

SignIn = Callable[..., Browser]
MOST_QUERIES = 15


def one_payout(batch: PayoutBatch) -> Payout:
    query = sa.select(Payout).where(Payout.batch_id == batch.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def fresh(batch: PayoutBatch) -> PayoutBatch:
    return db.session.get_one(PayoutBatch, batch.id, populate_existing=True)


def pages(batch: PayoutBatch) -> list[str]:
    payout = one_payout(batch)
    return [
        "/runs",
        "/runs/owed",
        "/runs/new",
        f"/runs/{batch.uid}",
        f"/runs/pay/{payout.uid}",
    ]


def presses(batch: PayoutBatch) -> list[str]:
    payout = one_payout(batch)
    return [
        *(f"/runs/{batch.uid}/{verb}" for verb in ("release", "cancel", "retry")),
        *(f"/runs/pay/{payout.uid}{verb}" for verb in ("", "/confirm", "/back")),
    ]


def test_finance_of_the_payer_sees_every_page(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    owed(payer, cents=33_00)
    browser = sign_in(make.finance(payer))
    for path in pages(prepared(payer, make.finance(payer))):
        assert browser.get(path).status_code == 200, path


@pytest.mark.parametrize("who", ["other", "coordinator", "consultant", "administrator"])
def test_nobody_else_sees_or_presses_anything(
    app: Flask, sign_in: SignIn, who: str
) -> None:
    payer = make.payer()
    batch = prepared(payer, make.finance(payer))
    people: dict[str, Callable[[], Person]] = {
        "other": lambda: make.finance(make.payer()),
        "coordinator": lambda: make.coordinator(payer),
        "consultant": make.consultant,
        "administrator": make.administrator,
    }
    browser = sign_in(people[who]())
    scoped = pages(batch)[3:] if who == "other" else pages(batch)
    assert {browser.get(path).status_code for path in scoped} == {404}
    assert {browser.post(path).status_code for path in presses(batch)} == {404}
    assert fresh(batch).status is BatchStatus.DRAFT


def test_pages_show_a_handle_and_nothing_else_of_the_payee(
    app: Flask, sign_in: SignIn
) -> None:
    payer, place = make.payer(), make.organization()
    who = make.consultant("wildflower77")
    alias = make.alias(who, place, "Juniper Canary")
    row = owed(payer, to=who, place=place)
    owed(payer, to=who, place=place, cents=33_00)
    batch = prepared(payer, make.finance(payer), row)
    secrets = [alias.name, alias.uid, who.uid, "wildflower77"]
    handle = queries.payees([row.payee_id])[0].handle
    browser = sign_in(make.finance(payer))
    for path in pages(batch)[1:]:
        text = browser.get(path).get_data(as_text=True)
        assert handle in text
        assert not [secret for secret in secrets if secret in text], path


def test_other_payers_amounts_are_not_in_the_lists(app: Flask, sign_in: SignIn) -> None:
    owed(make.payer(), cents=987_65)
    payer = make.payer()
    browser = sign_in(make.finance(payer))
    for path in ("/runs", "/runs/owed", "/runs/new"):
        assert "987.65" not in browser.get(path).get_data(as_text=True)


def test_late_is_said_with_its_date(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    yesterday = clock.today(payer.zone) - DAY
    owed(payer, due_on=yesterday)
    browser = sign_in(make.finance(payer))
    assert "$75.00 of it is late" in browser.get("/runs").get_data(as_text=True)
    assert ">Late<" in browser.get("/runs/owed").get_data(as_text=True)
    owed(payer, due_on=yesterday + DAY)  # the day itself is not late
    assert "$75.00 of it is late" in browser.get("/runs").get_data(as_text=True)


def post_of(payer: Organization, *uids: str, once: str = "") -> dict[str, Any]:
    return {"payables": list(uids), "once": once or new_uid()}


def test_preparing_and_releasing_from_the_pages(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    maker, checker = two_in_finance(payer)
    row = owed(payer)
    once = new_uid()
    browser = sign_in(maker)
    sent = browser.post("/runs/new", data=post_of(payer, row.uid, once=once))
    again = browser.post("/runs/new", data=post_of(payer, row.uid, once=once))
    assert sent.status_code == again.status_code == 303
    assert sent.location == again.location
    (batch,) = db.session.scalars(sa.select(PayoutBatch))
    path = f"/runs/{batch.uid}/release"
    refused = browser.post(path, data={"no_interest": "y"})
    assert refused.status_code == 422
    assert "second person" in refused.get_data(as_text=True)
    unticked = sign_in(checker).post(path, data={})
    assert unticked.status_code == 422
    assert "Tick this if it is true" in unticked.get_data(as_text=True)
    assert sign_in(checker).post(path, data={"no_interest": "y"}).status_code == 303
    assert fresh(batch).status is BatchStatus.APPROVED


def test_a_release_pressed_twice_is_one(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker)
    data = {"no_interest": "y", "once": new_uid()}
    browser = sign_in(checker)
    path = f"/runs/{batch.uid}/release"
    assert [browser.post(path, data=data).status_code for _ in "12"] == [303, 303]
    other_tab = browser.post(path, data={"no_interest": "y"})
    assert other_tab.status_code == 422
    acts = sa.select(sa.func.count(AuditEntry.id)).where(
        AuditEntry.verb == "payout_batch.release"
    )
    assert db.session.scalar(acts) == 1


def test_what_is_gone_from_the_list_is_said_with_the_rest_still_there(
    app: Flask, sign_in: SignIn
) -> None:
    payer = make.payer()
    maker, _ = two_in_finance(payer)
    first, second = owed(payer), owed(payer, cents=12_34)
    prepared(payer, maker, first)
    browser = sign_in(maker)
    answer = browser.post("/runs/new", data=post_of(payer, first.uid, second.uid))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "another run" in text
    assert "$12.34" in text


@pytest.mark.parametrize("uid", ["\x00", "a" * 500, "' OR 1=1", "é"])
def test_what_is_no_uid_is_refused(app: Flask, sign_in: SignIn, uid: str) -> None:
    payer = make.payer()
    answer = sign_in(make.finance(payer)).post("/runs/new", data=post_of(payer, uid))
    assert answer.status_code == 422


def test_a_payer_of_somebody_else_cannot_be_prepared(
    app: Flask, sign_in: SignIn
) -> None:
    payer, other = make.payer(), make.payer()
    row = owed(other)
    browser = sign_in(make.finance(payer))
    path = f"/runs/new?payer={other.uid}"
    assert browser.get(path).status_code == 404
    assert browser.post(path, data=post_of(other, row.uid)).status_code == 404
    assert browser.post("/runs/new", data=post_of(payer, row.uid)).status_code == 422


def test_the_release_address_leads_back_to_the_run(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    batch = prepared(payer, make.finance(payer))
    answer = sign_in(make.finance(payer)).get(f"/runs/{batch.uid}/release")
    assert answer.location.endswith(f"/runs/{batch.uid}")


def test_progress_is_asked_for_until_it_is_over(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    batch = released(payer)
    browser = sign_in(make.finance(payer))
    path = f"/runs/{batch.uid}"
    assert "data-refresh" in browser.get(path).get_data(as_text=True)
    browser.post(f"/runs/{batch.uid}/cancel")
    assert "data-finished" in browser.get(path).get_data(as_text=True)
    assert one_payout(batch).status is PayoutStatus.CANCELLED


def test_a_payment_by_hand_from_the_pages(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    first, second = two_in_finance(payer)
    batch = released(payer, rail="manual")
    path = f"/runs/pay/{one_payout(batch).uid}"
    day = clock.today(payer.zone).isoformat()
    form = {"kind": "check", "reference": "4111 1111 1111 1111", "paid_on": day}
    browser = sign_in(first)
    refused = browser.post(path, data=form)
    assert refused.status_code == 422
    assert "card number" in refused.get_data(as_text=True)
    form["reference"] = "1041"
    assert browser.post(path, data=form).status_code == 303
    assert browser.post(f"{path}/confirm").status_code == 422
    assert sign_in(second).post(f"{path}/confirm").status_code == 303
    assert one_payout(batch).status is PayoutStatus.PAID


def test_taking_back_from_the_page(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    batch = released(payer, rail="manual")
    path = f"/runs/pay/{one_payout(batch).uid}"
    day = clock.today(payer.zone).isoformat()
    browser = sign_in(make.finance(payer))
    form = {"kind": "cash", "reference": "Envelope 3", "paid_on": day}
    browser.post(path, data=form)
    assert browser.post(f"{path}/back").status_code == 303
    assert one_payout(batch).status is PayoutStatus.RETURNED
    assert "Taken back" in browser.get(path).get_data(as_text=True)


def test_opening_a_payment_is_a_look_of_the_payee(app: Flask, sign_in: SignIn) -> None:
    payer, who = make.payer(), make.consultant()
    batch = prepared(payer, make.finance(payer), owed(payer, to=who))
    viewer = make.finance(payer)
    browser = sign_in(viewer)
    for _ in range(2):
        browser.get(f"/runs/pay/{one_payout(batch).uid}")
    looks = db.session.execute(
        sa.select(AuditEntry.verb, AuditEntry.by_person_id).where(
            AuditEntry.subject == who.subject, AuditEntry.kind == "look"
        )
    )
    assert [tuple(row) for row in looks] == [("payout.open", viewer.id)]


def test_a_rail_is_stopped_and_goes_on(app: Flask, sign_in: SignIn) -> None:
    payer = make.payer()
    browser = sign_in(make.finance(payer))
    assert browser.post("/runs/ways/demo", data={"on": ""}).status_code == 303
    assert queries.stopped_rails() == {RailName.DEMO: "person"}
    batch = released(payer)
    jobs.send_due(clock.now())
    assert one_payout(batch).status is PayoutStatus.QUEUED
    assert "stopped" in browser.get(f"/runs/{batch.uid}").get_data(as_text=True)
    assert browser.post("/runs/ways/demo", data={"on": "1"}).status_code == 303
    assert queries.stopped_rails() == {}
    assert browser.post("/runs/ways/stripe", data={"on": ""}).status_code == 404


def test_the_dry_run_says_what_a_release_would_meet(
    app: Flask, sign_in: SignIn
) -> None:
    payer, who = make.payer(), make.consultant()
    released(payer, owed(payer, to=who))
    maker, checker = two_in_finance(payer)
    batch = prepared(payer, maker, owed(payer, to=who))
    browser = sign_in(checker)
    text = browser.get(f"/runs/{batch.uid}").get_data(as_text=True)
    assert "1 payment repeats an amount" in text
    assert 'name="repeated"' in text
    owed(payer, to=who, rail="manual")
    text = browser.get(f"/runs/{batch.uid}").get_data(as_text=True)
    assert "chosen another way to be paid" in text
    assert 'name="no_interest"' not in text


def test_any_page_asks_few_queries_however_much_there_is(
    app: Flask, sign_in: SignIn, queries: Counter
) -> None:
    payer = make.payer()
    maker, checker = two_in_finance(payer)
    place = make.organization()
    line = make.funding_line(place, payer=payer)
    rows = [owed(payer, place=place, line=line, cents=n) for n in range(1, 9)]
    batch = prepared(payer, maker, *rows[:5])
    release(batch, checker)
    browser = sign_in(maker)
    payout = db.session.scalars(sa.select(Payout.uid)).first()
    for path in (*PLAIN, f"/runs/{batch.uid}", f"/runs/pay/{payout}"):
        queries.statements.clear()
        assert browser.get(path).status_code == 200
        assert len(queries) <= MOST_QUERIES, (path, queries.statements)


PLAIN = ("/runs", "/runs/owed", "/runs/new")
