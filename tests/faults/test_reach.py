"""Stripe cannot be reached: nothing is lost, the page says so, and it goes on alone."""

import socket
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import stripe

from engage.core import clock
from engage.payouts import holding, jobs, queries, silence
from engage.payouts.rails.table import stripe_rail
from engage.payouts.rules import RailName
from engage.payouts.switches import SILENT, set_switch, stop_for_books
from tests import make
from tests.clients import Browser
from tests.fakes.stripe import control
from tests.fakes.stripe.server import StandIn
from tests.faults.stripe_run import (
    QUARTER,
    SOON,
    Run,
    act,
    impatient,
    resolve,
    send,
    state,
)

SUMS = tuple(range(10_00, 22_00, 1_00))


def nobody_there(there: StandIn) -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def no_tls_there(there: StandIn) -> str:
    return there.url.replace("http:", "https:")


def no_such_name(there: StandIn) -> str:
    return "http://stripe.invalid"


def cut_off(address: str) -> None:
    stripe_rail().client = stripe.StripeClient(
        "sk_test_standin",
        base_addresses={"api": address},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(1, 1)),
    )


@pytest.fixture(autouse=True)
def _no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that nobody has, without asking the network for it."""
    known = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kw: Any) -> Any:
        if host == "stripe.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *args, **kw)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def reason(run: Run) -> str:
    return queries.stopped_rails([run.payer.id]).get(RailName.STRIPE, "")


@pytest.mark.parametrize("where", [nobody_there, no_tls_there, no_such_name])
def test_f05_what_cannot_be_reached_keeps_payments_queued(
    there: StandIn, sign_in: Callable[..., Browser], where: Callable[[StandIn], str]
) -> None:
    run = Run(there, 75_00, 40_00)
    cut_off(where(there))
    send()
    assert (run.states(), reason(run)) == (["queued", "queued"], "")
    send(SOON)
    assert (run.states(), reason(run)) == (["queued", "queued"], SILENT)
    page = sign_in(make.finance(run.payer)).get("/runs").get_data(as_text=True)
    assert "Stripe cannot be reached just now" in page
    act(jobs.let_go, jobs.send_due, after=QUARTER)
    assert reason(run) == SILENT
    impatient(there)
    act(jobs.let_go, jobs.send_due, after=QUARTER)
    assert reason(run) == ""
    run.check_paid_once()
    assert run.numbers() == ["1", "1"]


def cut_off_after(run: Run, calls: int) -> None:
    """Nobody answers from that transfer on, whatever is asked."""
    run.fault("before", count=None, skip=calls)
    control.fault(run.there, kind="before", operation="GetBalance", skip=1)


def test_f05_cut_off_in_a_run_the_rest_waits_and_keeps_its_keys(
    there: StandIn,
) -> None:
    run = Run(there, *SUMS)
    impatient(there)
    cut_off_after(run, 2)
    send()
    found = run.states()
    assert found[:5] == ["sent", "sent", *["unknown"] * 3]
    assert set(found[5:10]) == {"sending"}, "claimed, and called no more"
    assert set(found[10:]) == {"queued"}
    assert reason(run) == SILENT
    there.faults.clear()
    act(jobs.let_go, after=SOON * 2)
    resolve(SOON * 2)
    resolve(QUARTER)
    send(QUARTER)
    run.check_paid_once()
    assert set(run.numbers()) == {"1"}


def test_f05_the_control_that_hears_nothing_calls_them_all(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "while_heard", lambda claimed: claimed)
    run = Run(there, *SUMS[:10])
    impatient(there)
    cut_off_after(run, 2)
    send()
    assert run.states() == ["sent"] * 2 + ["unknown"] * 8


def test_f05_some_lost_answers_of_one_who_is_there_stop_nothing(
    there: StandIn,
) -> None:
    run = Run(there, *SUMS)
    impatient(there)
    run.fault("before", count=7)
    send()
    assert run.states() == ["unknown"] * 7 + ["sent"] * 5
    assert reason(run) == ""
    resolve()
    run.check_paid_once()


def test_f05_what_only_a_person_ends_outlasts_the_silence(there: StandIn) -> None:
    run = Run(there, 75_00)
    stripe = RailName.STRIPE, run.payer.id
    assert set_switch(*stripe, is_stopped=True, reason=SILENT)
    assert not set_switch(*stripe, is_stopped=True, reason=SILENT)
    stop_for_books(now=clock.now())
    assert not set_switch(*stripe, is_stopped=True, reason=SILENT)
    jobs.let_go(clock.now())
    send()
    assert (run.states(), reason(run)) == (["queued"], "books")
    assert state(there)["transfers"] == []


def test_f05_a_stop_that_comes_while_it_is_asked_again_stays(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    set_switch(RailName.STRIPE, run.payer.id, is_stopped=True, reason=SILENT)
    asks = holding.ask_funds

    def slowly(*, now: datetime) -> int | None:
        stop_for_books(now=now)
        return asks(now=now)

    monkeypatch.setattr(holding, "ask_funds", slowly)
    silence.end(now=clock.now())
    assert reason(run) == "books"
