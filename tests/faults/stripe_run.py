"""A released run of payments by the stand-in, and what the other side says of it."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.request import urlopen

import sqlalchemy as sa
import stripe
import time_machine

from engage.core import clock
from engage.core.db import db
from engage.payouts import books, jobs
from engage.payouts.models import Payout, PayoutAttempt
from engage.payouts.rails.table import stripe_rail
from engage.payouts.rules import PayoutStatus
from tests import make
from tests.fakes.stripe import control
from tests.fakes.stripe.server import StandIn
from tests.payouts import at_stripe, owing, setting_up

S = PayoutStatus
TRANSFER = "PostTransfers"
NOW = timedelta(0)
SOON, QUARTER, HOUR = (timedelta(minutes=n) for n in (2, 15, 60))


class Run:
    """One payee for each sum in cents, all ready, in a run that two people released."""

    def __init__(self, there: StandIn, *sums: int) -> None:
        self.there, self.payer = there, make.payer()
        self.people = [make.consultant() for _ in sums]
        self.accounts = [
            at_stripe.account(there, setting_up.payee_of(self.payer, who))
            for who in self.people
        ]
        place = make.organization()
        at = {"place": place, "line": make.funding_line(place, payer=self.payer)}
        self.owed = [
            owing.owed(self.payer, to=who, rail="stripe", cents=cents, **at)
            for who, cents in zip(self.people, sums, strict=True)
        ]
        self.batch = owing.released(self.payer, *self.owed)

    def fault(self, kind: str, count: int | None = 1, **values: Any) -> None:
        control.fault(self.there, kind=kind, operation=TRANSFER, count=count, **values)

    def payouts(self) -> list[Payout]:
        query = sa.select(Payout).where(Payout.batch_id == self.batch.id)
        fresh = query.order_by(Payout.id).execution_options(populate_existing=True)
        return list(db.session.scalars(fresh))

    def states(self) -> list[str]:
        """The status of each, with why it is on hold, in their order."""
        return [
            " ".join(filter(None, (each.status, each.blocked_reason)))
            for each in self.payouts()
        ]

    def attempts(self) -> list[PayoutAttempt]:
        query = sa.select(PayoutAttempt).order_by(PayoutAttempt.id)
        fresh = query.execution_options(populate_existing=True)
        return list(db.session.scalars(fresh))

    def numbers(self) -> list[str]:
        """Which attempt each key is of, as the key itself says."""
        return [each.key.rpartition("-")[2] for each in self.attempts()]

    def check_paid_once(self) -> None:
        """Each has one transfer of its amount at its place, and the books agree."""
        db.session.rollback()
        ours = {
            f"payout_{each.uid}": (each.cents, place.account_id)
            for each, place in zip(self.payouts(), self.accounts, strict=True)
        }
        theirs = state(self.there)["transfers"]
        assert Counter(row["transfer_group"] for row in theirs) == dict.fromkeys(
            ours, 1
        )
        assert ours == {
            row["transfer_group"]: (row["amount"], row["destination"]) for row in theirs
        }
        assert set(self.states()) <= {S.SENT, S.PAID}
        assert books.problems(clock.now()) == []


def state(there: StandIn) -> dict[str, Any]:
    """What the stand-in itself counts, whatever our own tables say."""
    with urlopen(f"{there.url}/_state") as answer:  # noqa: S310 - our own server
        found: dict[str, Any] = json.load(answer)
    return found


def asked(there: StandIn, what: str = "POST /v1/transfers") -> int:
    return there.store.requests.count(tuple(what.split()))


def act(*todo: Callable[[datetime], object], after: timedelta = NOW) -> None:
    """What the worker does, that much later than the test began."""
    with time_machine.travel(clock.now() + after, tick=False):
        for job in todo:
            job(clock.now())


def send(after: timedelta = NOW) -> None:
    act(jobs.send_due, after=after)


def resolve(after: timedelta = SOON) -> None:
    act(jobs.resolve_unknown, after=after)


def impatient(there: StandIn, read_seconds: float = 0.3) -> None:
    """The rail of this test waits that long for an answer, and asks once a call."""
    stripe_rail().client = stripe.StripeClient(
        "sk_test_standin",
        base_addresses={"api": there.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(1, read_seconds)),
    )
