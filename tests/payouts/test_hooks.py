"""Events: signed, of our mode, kept once as ids; what follows is a look of our own."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import Base, db
from engage.core.limits import limiter
from engage.organizations.models import Organization
from engage.payouts import inbox, jobs
from engage.payouts.account_rules import Readiness
from engage.payouts.hints import is_ahead, read_hint
from engage.payouts.models import Payout
from engage.payouts.models_accounts import RailCursor, RailEvent
from engage.payouts.rails.stripe import is_signed
from engage.payouts.rules import PayoutStatus
from engage.people.models import Person
from tests import make
from tests.clients import Browser
from tests.conftest import new_browser
from tests.fakes.stripe import control
from tests.fakes.stripe.hooks import signature
from tests.fakes.stripe.server import StandIn
from tests.payouts import owing, setting_up
from tests.payouts.at_stripe import HOOK_SECRET, standing_in
from tests.site import serve

CANARY = "Wren Canary Applewhite"


def event(**values: Any) -> dict[str, Any]:
    """A snapshot event as it comes for an account, with a person in it."""
    return {
        "id": "evt_0001",
        "type": "account.updated",
        "livemode": False,
        "created": int(time.time()),
        "account": "acct_1",
        "data": {"object": {"id": "acct_1", "individual": {"first_name": CANARY}}},
        **values,
    }


def post(
    client: Browser,
    body: bytes,
    *,
    secret: str = HOOK_SECRET,
    age: int = 0,
    header: str | None = None,
) -> int:
    signed = signature(body, secret, int(time.time()) - age)
    sent = {"Stripe-Signature": signed if header is None else header}
    answer = client.post("/hooks", data=body, headers=sent)
    assert answer.data == b""
    return answer.status_code


def body(**values: Any) -> bytes:
    return json.dumps(event(**values)).encode()


def kept() -> list[RailEvent]:
    return list(db.session.scalars(sa.select(RailEvent).order_by(RailEvent.event_id)))


def ignored() -> int:
    db.session.expire_all()
    return db.session.scalar(sa.select(RailCursor.ignored)) or 0


def test_a_signed_event_is_kept_as_ids_alone(there, client) -> None:
    assert post(client, body()) == 200

    (row,) = kept()
    assert (row.event_id, row.kind, row.object_id) == (
        "evt_0001",
        "account.updated",
        "",
    )
    assert row.account_hash
    assert ignored() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "whsec_" + "b" * 24},
        {"header": ""},
        {"header": "t=,v1="},
        {"header": "nonsense"},
        {"age": 301},
        {"age": 86_400},
    ],
)
def test_f30_forged_and_stale_ones_are_counted_and_not_kept(
    there, client, wrong
) -> None:
    assert post(client, body(), **wrong) == 400
    assert kept() == []
    assert ignored() == 1


@pytest.mark.parametrize("age", [-301, -86_400])
def test_f31_one_from_the_future_is_counted_and_not_kept(there, client, age) -> None:
    assert post(client, body(), age=age) == 400
    assert kept() == []
    assert ignored() == 1


def test_f31_the_control_the_package_lets_the_future_pass() -> None:
    signed = signature(body(), HOOK_SECRET, int(time.time()) + 86_400)
    assert is_signed(body(), signed, (HOOK_SECRET,))


def test_f30_an_altered_body_is_refused(there, client) -> None:
    signed = signature(body(), HOOK_SECRET, int(time.time()))

    assert post(client, body(id="evt_0002"), header=signed) == 400
    assert kept() == []


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b"null", b"no json", b'{"id": 7}', b"\xff\xfe"]
)
def test_a_signed_body_that_is_no_event_is_refused(there, client, text) -> None:
    assert post(client, text) == 400
    assert kept() == []


def test_f30_without_a_secret_nothing_passes(there, client, app: Flask) -> None:
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, stripe_webhook_secrets=())
    assert post(client, body()) == 400
    assert post(client, body(), secret="") == 400
    app.config["SETTINGS"] = settings
    assert kept() == []


def test_f32_two_secrets_pass_while_one_is_changed_for_the_other(
    there, client, app: Flask
) -> None:
    old, new = HOOK_SECRET, "whsec_" + "n" * 24
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, stripe_webhook_secrets=(old, new))
    assert post(client, body(id="evt_old")) == 200
    assert post(client, body(id="evt_new"), secret=new) == 200
    app.config["SETTINGS"] = replace(settings, stripe_webhook_secrets=(new,))
    assert post(client, body(id="evt_late")) == 400
    app.config["SETTINGS"] = settings
    assert [row.event_id for row in kept()] == ["evt_new", "evt_old"]


def test_f33_an_event_of_the_other_mode_is_counted_and_not_kept(there, client) -> None:
    assert post(client, body(livemode=True)) == 200
    assert kept() == []
    assert ignored() == 1


@pytest.mark.parametrize("header", ["", "v1=abc", "t=x", "t=99999999999999", "t=²"])
def test_f31_a_header_without_a_time_of_now_is_ahead(header: str) -> None:
    assert is_ahead(header, clock.now())


@pytest.mark.parametrize(
    "odd", [{"type": "x" * 101}, {"id": "evt\x001"}, {"account": "acct_\n1"}]
)
def test_what_no_row_can_hold_is_no_event(there, client, odd) -> None:
    assert post(client, body(**odd)) == 400
    assert kept() == []


def test_many_signed_ones_pass_and_strangers_write_little(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large run says so from a few addresses, more often than people write."""
    monkeypatch.setattr(limiter, "enabled", True)
    client = new_browser(fresh_app)
    with standing_in(fresh_app):
        for number in range(122):
            assert post(client, body(id=f"evt_{number}")) == 200
        for _ in range(62):
            assert post(client, body(), header="nonsense") == 400
    with fresh_app.app_context():
        assert len(kept()) == 122
        assert ignored() == 60


def test_a_hint_has_no_room_for_more_than_ids() -> None:
    hint = read_hint(event())
    assert CANARY not in repr(hint)
    with pytest.raises(ValueError, match="no event"):
        read_hint(event(id="x" * 201))


def test_f56_no_body_is_stored_or_logged(there, client, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        assert post(client, body()) == 200
        assert post(client, body(id="evt_0002"), secret="whsec_wrong") == 400
        jobs.read_events(clock.now())
    assert "acct_1" not in caplog.text
    assert CANARY not in caplog.text
    for table in Base.metadata.sorted_tables:
        rows = db.session.execute(sa.select(table)).all()
        assert CANARY not in repr(rows)
        assert "acct_1" not in repr(rows)


# --- the whole way: the stand-in sends, we look


@pytest.fixture
def payer(app: Flask) -> Organization:
    return make.payer()


@pytest.fixture
def who(app: Flask) -> Person:
    return make.consultant()


@pytest.fixture
def payout(there: StandIn, payer: Organization, who: Person) -> Payout:
    """One that is sent and was not looked for yet."""
    setting_up.ready(there, payer, who)
    owing.released(payer, to=who, rail="stripe")
    jobs.send_due(clock.now())
    return db.session.scalars(sa.select(Payout)).one()


def told(there: StandIn, client: Browser, place: int = -1) -> int:
    """An event of the stand-in, delivered by hand."""
    return post(client, json.dumps(there.store.events[place]).encode())


def test_f26_one_event_five_times_is_one_look_of_our_own(there, client, payout) -> None:
    for _ in range(5):
        assert told(there, client) == 200
    jobs.read_events(clock.now())

    db.session.refresh(payout)
    assert payout.status is PayoutStatus.PAID
    assert [row.done_at is not None for row in kept()] == [True]


def test_f36_what_was_taken_back_there_is_seen_from_the_event(
    there, client, payout
) -> None:
    jobs.sweep(clock.now())
    control.reverse(there, str(payout.remote_id))
    assert told(there, client) == 200
    jobs.read_events(clock.now())

    db.session.refresh(payout)
    assert payout.status is PayoutStatus.RETURNED


def test_f28_an_event_before_our_own_commit_waits_for_it(there, client, payout) -> None:
    remote, payout.remote_id = payout.remote_id, "tr_not_yet"
    make.save(payout)
    assert told(there, client) == 200
    jobs.read_events(clock.now())
    (row,) = kept()
    assert row.done_at is None
    payout.remote_id = remote
    make.save(payout)
    jobs.read_events(clock.now() + timedelta(minutes=2))

    db.session.refresh(payout)
    assert payout.status is PayoutStatus.PAID


def test_f28_an_event_that_fits_nothing_of_ours_is_let_go(
    there, client, payout
) -> None:
    account = next(iter(there.store.accounts))
    control.stray(there, account, 5_00)
    assert told(there, client) == 200
    now = clock.now()
    for _ in range(inbox.MOST_TRIES):
        jobs.read_events(now)
        now += timedelta(hours=3)

    (row,) = kept()
    assert row.done_at is not None
    db.session.refresh(payout)
    assert payout.status is PayoutStatus.SENT


def test_money_that_arrives_is_known_from_its_event(there, client) -> None:
    control.fund(there, 500_00)
    assert told(there, client) == 200
    jobs.read_events(clock.now())

    assert db.session.scalar(sa.select(RailCursor.funds_cents)) == 1_500_00


def test_f27_out_of_order_events_end_where_stripe_is_now(
    there, client, payer, who
) -> None:
    row = setting_up.begun(setting_up.payee_of(payer, who), who)
    for status in ("active", "restricted", "active"):
        setting_up.turn(there, row, status, look=False)
        control.status(there, str(row.account_id), status)
    for thin in reversed(list(there.store.thin.values())):
        assert post(client, json.dumps(thin).encode()) == 200
        jobs.read_events(clock.now())
        jobs.look_at_accounts(clock.now())

    db.session.refresh(row)
    assert row.readiness is Readiness.READY


def test_f29_lost_events_are_read_by_ourselves(there, payer, payout) -> None:
    """Nothing reaches us for three days: the worker reads what happened there."""
    jobs.sweep(clock.now())
    control.reverse(there, str(payout.remote_id))
    jobs.poll_events(clock.now())
    jobs.poll_events(clock.now() + timedelta(minutes=15))
    jobs.read_events(clock.now())

    db.session.refresh(payout)
    assert payout.status is PayoutStatus.RETURNED
    assert len(kept()) == 2  # made, and taken back: each once


def test_f29_events_are_read_back_thirty_days_at_most(there, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(
        "engage.payouts.rails.stripe.StripeRail.events_since",
        lambda self, moment: asked.append(moment) or iter(()),
    )
    now = clock.now()
    jobs.poll_events(now)
    jobs.poll_events(now + timedelta(minutes=15))
    jobs.poll_events(now + timedelta(days=90))

    assert asked[0] >= now - timedelta(days=30)
    assert asked[1] == now - inbox.OVERLAP
    assert asked[2] > now + timedelta(days=60)


def test_old_events_are_forgotten_when_nothing_sends_them_again(there, client) -> None:
    assert post(client, body(type="some.other")) == 200
    jobs.read_events(clock.now())
    jobs.forget_events(clock.now() + timedelta(days=39))
    assert len(kept()) == 1
    jobs.forget_events(clock.now() + timedelta(days=41))
    assert kept() == []


@pytest.fixture
def site(fresh_app: Flask) -> Iterator[tuple[Flask, str, StandIn]]:
    with standing_in(fresh_app) as there, serve(fresh_app) as url:
        yield fresh_app, url, there


def test_f26_five_at_once_are_one(site) -> None:
    app, _url, _there = site
    text, answers = body(), []
    threads = [
        threading.Thread(target=lambda: answers.append(post(new_browser(app), text)))
        for _ in range(5)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with app.app_context():
        assert answers == [200] * 5
        assert len(kept()) == 1


def test_the_stand_in_reaches_us_over_the_wire(site) -> None:
    app, url, there = site
    control.endpoint(there, f"{url}/hooks", HOOK_SECRET)
    control.deliver(there, copies=3)
    control.fund(there, 5_00)
    control.deliver(there, secret="whsec_" + "x" * 24)
    control.fund(there, 5_00)
    control.deliver(there, age=4_000)
    control.fund(there, 5_00)
    until = time.monotonic() + 10
    while len(there.hooks.answers) < 5 and time.monotonic() < until:
        time.sleep(0.05)

    assert sorted(there.hooks.answers) == [200, 200, 200, 400, 400]
    with app.app_context():
        assert len(kept()) == 1
