"""What comes from outside, or from the clock, has one effect and tells nobody."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import clock
from engage.core.db import Conflict, db
from engage.payouts import inbox, jobs
from engage.payouts.models import Payout
from engage.payouts.rules import RailName
from engage.worker import Job, Worker
from tests import make
from tests.conftest import new_browser
from tests.fakes.stripe import control
from tests.faults.stripe_run import HOUR, SOON, Run, act, resolve, send
from tests.payouts import paid_out, setting_up
from tests.payouts.at_stripe import HOOK_SECRET
from tests.payouts.test_hooks import body, kept, post, told


def test_f26_the_control_without_the_key_fails_over_the_second(
    there, client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(model: Any, **values: Any) -> None:
        db.session.add(model(**values))

    monkeypatch.setattr(inbox, "insert_missing", add)
    assert post(client, body()) == 200
    db.session.expunge_all()
    with pytest.raises(Conflict):
        post(client, body())


def test_f29_three_days_without_an_event_and_without_an_answer(there) -> None:
    control.deliver(there, drop=True)
    run = Run(there, 25_00)
    run.fault("after", count=2)
    send()
    act(jobs.poll_events, jobs.read_events, jobs.resolve_unknown, after=72 * HOUR)
    act(jobs.sweep, after=73 * HOUR)
    run.check_paid_once()
    assert run.states() == ["paid"]


def test_f33_an_id_of_test_mode_is_another_payment_in_the_real_one(app) -> None:
    payer = make.payer()
    payee = paid_out.payee(payer)
    values = {"on": clock.today(payer.zone), "rail": RailName.STRIPE}
    for is_live in (False, True):
        owed = paid_out.earned(payee, 5_00)
        row = paid_out.pay(paid_out.batch(payer), owed, is_live=is_live, **values)
        row.remote_id = "tr_the_same"
        make.save(row)
    row = paid_out.pay(paid_out.batch(payer), paid_out.earned(payee, 5_00), **values)
    with pytest.raises(Conflict):
        db.session.execute(
            sa.update(Payout).where(Payout.id == row.id).values(remote_id="tr_the_same")
        )
    db.session.rollback()


def test_f34_every_page_says_that_stripe_is_in_test_mode(app, there, client) -> None:
    assert "Stripe is a stand-in" in client.get("/in").text
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, mode="production")
    assert "Stripe is in test mode. No money moves." in client.get("/in").text
    app.config["SETTINGS"] = replace(settings, mode="production", payments_mode="live")
    assert "No money moves" not in client.get("/in").text
    app.config["SETTINGS"] = settings


@pytest.fixture
def ran() -> list[datetime]:
    return []


def test_f46_a_clock_that_jumps_runs_no_slot_twice(fresh_app: Flask, ran) -> None:
    start = clock.now().replace(minute=0, second=1)
    worker = Worker(fresh_app, (Job("a", 3600, ran.append),))
    for minutes in (0, 61, 1, 70, 190, 62, 200, 0):
        worker.run_due(start + timedelta(minutes=minutes))
    assert ran == [start + timedelta(minutes=each) for each in (0, 61, 190)]


@pytest.mark.parametrize("month_and_day", [(11, 1), (3, 8)])
def test_f46_the_hour_that_comes_twice_or_never_is_one_hour(
    fresh_app: Flask, ran, month_and_day: tuple[int, int]
) -> None:
    month, day = month_and_day
    zone = ZoneInfo("America/New_York")
    table = (Job("hourly", 3600, ran.append), Job("daily", 86_400, lambda _: None))
    worker = Worker(fresh_app, table)
    with time_machine.travel(datetime(2026, month, day, tzinfo=zone)) as time:
        for _ in range(12):
            worker.run_due()
            time.shift(timedelta(minutes=30))
    assert len(ran) == 6
    assert len({moment.timestamp() // 3600 for moment in ran}) == 6


def test_f54_a_link_works_once_and_only_its_owner_makes_another(
    there, app: Flask, sign_in
) -> None:
    who = make.consultant()
    payee = setting_up.payee_of(make.payer(), who)
    owner, path = sign_in(who), f"/record/how/{payee.uid}/setup"
    owner.post(path, data={"bank_text": "transfer"})
    owner.post(f"{path}/on", data={"email": ""})
    token, link = next(iter(there.store.links.items()))
    back = link["use"]["account_onboarding"]["refresh_url"]
    assert link["use"]["account_onboarding"]["return_url"] == back
    assert back.endswith("/continue")
    assert payee.uid not in back

    opened = f"{there.url}/_onboarding/{token}"
    with urlopen(opened) as answer:  # noqa: S310 - our own server
        assert answer.status == 200
    link["use"]["account_onboarding"]["refresh_url"] = f"{there.url}/_state"
    with urlopen(opened) as answer:  # noqa: S310
        assert answer.url == f"{there.url}/_state"  # led back, and shown nothing
    stranger = new_browser(app)
    assert payee.handle not in stranger.get("/continue").text
    assert stranger.post(f"{path}/on", data={"email": ""}).status_code in {302, 303}
    assert len(there.store.links) == 1
    owner.post(f"{path}/on", data={"email": ""})
    fresh = list(there.store.links)[1]
    control.clock(there, 301)
    there.store.links[fresh]["use"]["account_onboarding"]["refresh_url"] = there.url
    assert len(there.store.accounts) == 1
    assert control.accounts.open_link(there.store, fresh)[1] is False  # too late


def test_f56_no_log_and_no_page_of_an_error_tells_anything(
    app: Flask, there, client, sign_in, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)  # as the worker has it
    run = Run(there, 25_00, 40_00)
    for kind in ("503", "500none", "409", "429", "after", "401"):
        run.fault(kind, count=1)
    send()
    for minutes in (2, 20, 60, 180):
        resolve(timedelta(minutes=minutes))
    told(there, client)
    post(client, body(), secret="whsec_" + "x" * 24)
    control.fault(there, kind="503")
    pages = [sign_in(run.people[0]).get("/nowhere").text, said_no(run, sign_in)]
    worker = Worker(app, (Job("events", 10, jobs.read_events),))
    worker.run_due(clock.now() + SOON)
    assert "events: APIError at" in caplog.text
    secrets = [
        "sk_test_standin",
        HOOK_SECRET,
        "acct_",
        "tr_standin",
        *(each.sign_in_name for each in run.people),
        *(each.uid for each in run.payouts()),
        *(each.key for each in run.attempts()),
        *(row.event_id for row in kept()),
    ]
    for text in (caplog.text, *pages):
        assert [each for each in secrets if each in text] == []


def said_no(run: Run, sign_in: Any) -> str:
    """The page of somebody whose link cannot be made just now."""
    payee = setting_up.payee_of(run.payer, run.people[0])
    path = f"/record/how/{payee.uid}/setup/on"
    text: str = sign_in(run.people[0]).post(path, data={"email": ""}).text
    assert "Nothing was lost" in text
    return text
