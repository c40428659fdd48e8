"""A run that meets too little money, or payees who cannot be paid: each for itself."""

from collections import Counter
from collections.abc import Callable

import pytest

from engage.core import clock
from engage.payouts import actions, books, holding, jobs, runs
from engage.payouts.rails.stripe import StripeRail
from engage.payouts.rules import PayoutStatus
from tests import make
from tests.clients import Browser
from tests.fakes.stripe import accounts as theirs
from tests.fakes.stripe import control
from tests.fakes.stripe.server import StandIn
from tests.faults.stripe_run import (
    Run,
    act,
    asked,
    impatient,
    resolve,
    send,
    state,
)
from tests.payouts import setting_up

SignIn = Callable[..., Browser]
S = PayoutStatus
NINE = tuple(range(10_00, 19_00, 1_00))


def test_f19_the_old_key_would_repeat_its_no_once_the_money_is_there(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(there, 75_00)
    there.store.available_cents = 10_00
    with monkeypatch.context() as unasked:
        unasked.setattr(holding, "ask_funds", lambda *, now: 1_000_00)
        send()
    assert run.states() == ["blocked funds"]
    control.fund(there, 100_00)
    payout = run.payouts()[0]
    act(jobs.let_go, jobs.send_due)
    run.check_paid_once()
    assert run.numbers() == ["1", "2"]
    refused = there.store.keys[f"payout-{payout.uid}-1"]
    assert refused.status == 400, "kept under the old key for a day"


def test_f20_drained_in_the_middle_the_rest_waits_for_money(there: StandIn) -> None:
    run = Run(there, *NINE)
    drain_after(there, transfers=4)
    send()
    assert run.states() == ["sent"] * 4 + ["blocked funds"] * 5
    assert state(there)["sent_cents"] == sum(NINE[:4])
    act(jobs.let_go, jobs.send_due)
    assert asked(there) == 9, "nothing is tried while there is too little"
    control.fund(there, 1_000_00)
    act(jobs.let_go, jobs.send_due)
    run.check_paid_once()
    assert Counter(run.numbers()) == {"1": 9, "2": 5}


def drain_after(there: StandIn, *, transfers: int) -> None:
    """The platform's own bank takes the balance while the run is being sent."""
    move = there.store.move

    def moved(cents: int, kind: str, source: str | None) -> str:
        done = move(cents, kind, source)
        if len(there.store.transfers) == transfers - 1 and kind == "transfer":
            move(-there.store.available_cents, "payout", "po_bank")
        return done

    there.store.move = moved  # type: ignore[method-assign]


def test_f21_every_third_fails_in_its_own_way_and_stands_for_itself(
    there: StandIn, sign_in: SignIn
) -> None:
    run = Run(there, *NINE)
    impatient(there)
    theirs.set_status(there.store, str(run.accounts[2].account_id), "restricted")
    theirs.close(there.store, str(run.accounts[5].account_id))
    run.fault("after", skip=8)
    send()
    assert run.states() == [
        *["sent", "sent", "blocked setup"],
        *["sent", "sent", "blocked destination"],
        *["sent", "sent", "unknown"],
    ]
    sums = runs.sums([run.batch.id])[run.batch.id].by_status
    third, sixth, ninth = NINE[2::3]
    assert sums[S.BLOCKED] == third + sixth
    assert (sums[S.UNKNOWN], sums[S.SENT]) == (ninth, sum(NINE) - sum(NINE[2::3]))
    browser = sign_in(make.finance(run.payer))
    page = browser.get(f"/runs/{run.batch.uid}").get_data(as_text=True)
    assert "Where the payments of this run are" in page
    assert "On hold: 2 of 9." in page
    retry_the_rest(run)


def retry_the_rest(run: Run) -> None:
    """What went out is not called again, and one that can be paid is."""
    sent = asked(run.there)
    theirs.set_status(run.there.store, str(run.accounts[2].account_id), "active")
    actions.retry(run.batch.id, by=make.finance(run.payer), now=clock.now())
    send()
    resolve()
    assert run.states() == [*["sent"] * 5, "blocked destination", *["sent"] * 3]
    assert asked(run.there) == sent + 3
    assert state(run.there)["sent_cents"] == sum(NINE) - NINE[5]
    assert books.problems(clock.now()) == []


def test_f23_a_restricted_payee_is_told_and_no_detail_is_kept(
    there: StandIn, sign_in: SignIn
) -> None:
    run = Run(there, 75_00)
    setting_up.turn(there, run.accounts[0], "restricted", look=False)
    send()
    assert run.states() == ["blocked setup"]
    act(jobs.look_at_accounts, jobs.let_go, jobs.look_at_accounts)
    uid = setting_up.payee_of(run.payer, run.people[0]).uid
    own = sign_in(run.people[0]).get(f"/record/how/{uid}/setup")
    assert "Stripe asks for more details" in own.get_data(as_text=True)
    browser = sign_in(make.finance(run.payer))
    page = browser.get(f"/runs/{run.batch.uid}").get_data(as_text=True)
    assert "the payee still has to finish setting up payments" in page
    assert "capabilit" not in page
    setting_up.turn(there, run.accounts[0], "active")
    act(jobs.let_go, jobs.send_due)
    run.check_paid_once()
    assert run.numbers() == ["1", "2"]


def closed(run: Run) -> None:
    theirs.close(run.there.store, str(run.accounts[0].account_id))


def withdrawn(run: Run) -> None:
    run.fault("403")


def of_another_platform(run: Run) -> None:
    del run.there.store.accounts[str(run.accounts[0].account_id)]


@pytest.mark.parametrize("lose", [closed, withdrawn, of_another_platform])
def test_f24_a_place_that_is_gone_is_set_up_again_and_released_anew(
    there: StandIn, lose: Callable[[Run], None]
) -> None:
    run = Run(there, 75_00, 40_00)
    lose(run)
    send()
    assert run.states() == ["blocked destination", "sent"]
    act(jobs.let_go, jobs.send_due)
    assert state(there)["sent_cents"] == 40_00
    assert run.states()[0].startswith("blocked")


def test_f22_the_control_that_does_not_look_calls_for_who_is_not_ready(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StripeRail, "blocked", lambda *_: "")
    run = Run(there, 75_00)
    setting_up.turn(there, run.accounts[0], "restricted")
    send()
    assert asked(there) == 1
