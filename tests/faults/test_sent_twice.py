"""Forms from two tabs and by two hands at once; hours changed while they are paid."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import NamedTuple

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.core import once, web
from engage.core.db import db, new_uid
from engage.core.errors import Refused
from engage.hours import actions as hours
from engage.hours import decisions
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger import queries as ledger
from engage.ledger.models import Payable
from engage.organizations.models import Organization
from engage.payouts import actions as payouts
from engage.payouts import books
from engage.people.models import Person
from tests import bad_input, forms, make
from tests.conftest import JULY
from tests.faults.traffic import ENDS_ON, PAGE, signed_in, titles, unsound
from tests.filled import Filled
from tests.forms import Sending
from tests.hours.test_races import together
from tests.hours.work import agreed, log
from tests.payouts.owing import CAPS, SAME

ROUNDS = pytest.mark.parametrize(
    "rounds", [4, pytest.param(100, marks=pytest.mark.prove)]
)
AT_ONCE = 5


# F18. One form sent twice, one after the other, is in tests/test_bad_input.py.


@pytest.fixture
def app(filled: Filled, database: str) -> Flask:
    return filled("small", database)


def sendings(app: Flask) -> Iterator[tuple[str, Sending]]:
    for key, each in forms.sendings(app).items():
        if each.endpoint not in {"people.sign_in", "people.sign_out"}:
            yield key, each


def test_s18_the_same_form_in_a_second_tab_ends_on_a_friendly_page(app: Flask) -> None:
    """A second tab has a token of its own: done again where that makes sense, or a
    sentence says why not, and then nothing has changed."""
    wrong, done = {}, 0
    for key, sending in sendings(app):
        with bad_input.trial(app, sending) as browser:
            values, path = sending.form.values(), sending.form.action
            if bad_input.send(browser, path, values).status_code != 303:
                continue
            done += 1
            before = bad_input.rows()
            second = bad_input.send(browser, path, values)
            problem = bad_input.complaint(second, before, path)
        if problem:
            wrong[key] = problem
    assert done > 25
    assert wrong == {}


def presses(app: Flask, token: str) -> Counter[int]:
    """The same form from as many tabs at the same moment: how each was answered."""
    browser = signed_in(app)
    cookie = browser.session_now()
    barrier = Barrier(AT_ONCE)

    def press(_: int) -> int:
        tab = app.test_client()
        tab.remember(**cookie)  # type: ignore[attr-defined]
        barrier.wait()
        data = {"title": token, "ends_on": str(ENDS_ON), "once": token}
        return int(tab.post(PAGE, data=data).status_code)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(press, range(AT_ONCE)))


@ROUNDS
def test_s18_the_same_form_from_many_tabs_at_once_has_one_effect(
    fresh_app: Flask, rounds: int
) -> None:
    for _ in range(rounds):
        token = new_uid()
        assert presses(fresh_app, token) == {303: AT_ONCE}
        assert titles(fresh_app)[token] == 1
    assert unsound(fresh_app) == []


def test_s18_the_control_without_form_tokens_has_several(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    use = once.use
    monkeypatch.setattr(web.once, "location_of", lambda _: None)
    monkeypatch.setattr(web.once, "use", lambda _, now: use(new_uid(), now))
    token = new_uid()
    presses(fresh_app, token)
    assert titles(fresh_app)[token] == AT_ONCE


# F19


class Hands(NamedTuple):
    """One entry that its owner changes, a coordinator approves and finance pays."""

    entry: int
    uid: str
    version: int
    owner: int
    approver: int
    payer: int
    finance: tuple[int, int]
    now: datetime

    def change(self) -> None:
        owner = db.session.get_one(Person, self.owner)
        hours.withdraw(self.entry, by=owner, now=self.now)

    def approve(self) -> None:
        hours.approve(
            [self.entry],
            by=db.session.get_one(Person, self.approver),
            now=self.now,
            no_interest=True,
            versions={self.entry: self.version},
        )

    def pay(self) -> None:
        """As soon as something is owed, and for half a second at most."""
        owed = sa.select(Payable.uid).where(Payable.source == f"hours:{self.uid}")
        until = time.monotonic() + 0.5
        while (uid := db.session.scalar(owed)) is None:
            db.session.rollback()
            if time.monotonic() > until:
                raise Refused("nothing is owed")
        payer = db.session.get_one(Organization, self.payer)
        maker, checker = (db.session.get_one(Person, each) for each in self.finance)
        batch = payouts.prepare(payer, [uid], by=maker, now=self.now)
        said = {"no_interest": True, "repeated": SAME}
        payouts.release(batch.id, by=checker, now=self.now, caps=CAPS, **said)


@pytest.fixture
def here(fresh_app: Flask) -> Iterator[Flask]:
    with time_machine.travel(JULY), fresh_app.app_context():
        yield fresh_app
        db.session.remove()


def hands() -> Hands:
    work = agreed(JULY)
    entry = log(work, 60)
    payer = db.session.get_one(Organization, work.line.payer_id)
    two = make.finance(payer).id, make.finance(payer).id
    found = Hands(
        entry.id,
        entry.uid,
        entry.version,
        work.person.id,
        work.coordinator.id,
        payer.id,
        two,
        work.done,
    )
    db.session.commit()
    return found


@ROUNDS
def test_s19_changed_while_approved_while_paid_pays_what_was_approved(
    here: Flask, rounds: int
) -> None:
    seen = set()
    for _ in range(rounds):
        three = hands()
        ended = together(here, three.change, three.approve, three.pay)
        db.session.expire_all()
        entry = db.session.get_one(HoursEntry, three.entry)
        source = f"hours:{three.uid}"
        owed = db.session.scalars(sa.select(Payable).where(Payable.source == source))
        sums = [(row.cents, row.status) for row in owed]
        is_approved = entry.status is HoursStatus.APPROVED
        assert ended[0] != ended[1]
        assert is_approved == (ended[1] == "done")
        expected = (75_00, "in_payout" if ended[2] == "done" else "waiting")
        assert sums == ([expected] if is_approved else [])
        assert ledger.problems() == []
        assert books.problems(three.now) == []
        seen.add(ended[1])
        db.session.commit()
    assert seen


@pytest.mark.usefixtures("here")
def test_s19_a_page_that_is_stale_approves_nothing() -> None:
    three = hands()
    with pytest.raises(Refused, match="changed meanwhile"):
        three._replace(version=three.version - 1).approve()
    three.approve()
    with pytest.raises(Refused):
        three.change()


@pytest.mark.usefixtures("here")
def test_s19_the_control_without_versions_approves_what_nobody_saw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decisions, "_check_seen", lambda *_: None)
    three = hands()
    three._replace(version=three.version - 1).approve()
    entry = db.session.get_one(HoursEntry, three.entry)
    assert entry.status is HoursStatus.APPROVED
