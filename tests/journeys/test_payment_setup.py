"""A payee sets up payments through the pages and the stand-in's, and is paid.

They leave early, are asked for more, finish, and are told first when a bank sends the
money back; the worker's jobs run in between, and events reach the real address.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.ledger.models import Payable, Payee
from engage.organizations.models import Organization
from engage.payouts import jobs
from engage.payouts.models import Payout
from engage.payouts.models_accounts import PayeeAccount
from engage.people.models import Person
from tests import make
from tests.browsing import NARROW, WIDE, axe
from tests.conftest import Databases, running
from tests.fakes.stripe import control
from tests.fakes.stripe.server import StandIn
from tests.payouts import owing
from tests.payouts.at_stripe import HOOK_SECRET, standing_in
from tests.site import Site, serve
from tests.words import spanish

pytestmark = pytest.mark.browser
LINK = "The link below opens the page of Stripe. It works for five minutes, and once."
MORE = "Stripe still asks for something. It says there what it is. We do not know."
SHAPES = [
    pytest.param("en", WIDE, id="en-wide", marks=pytest.mark.prove),
    pytest.param("es", NARROW, id="es-narrow"),
    pytest.param("en", NARROW, id="en-narrow", marks=pytest.mark.prove),
    pytest.param("es", WIDE, id="es-wide", marks=pytest.mark.prove),
]


@dataclass
class Place:
    """The site, the stand-in beside it, and the payee whose way this is."""

    site: Site
    there: StandIn
    payee_id: int
    person_id: int
    maker_id: int
    checker_id: int

    def work(self) -> None:
        """What the worker does within a minute or two."""
        with self.site.app.app_context():
            for job in (
                jobs.read_events,
                jobs.look_at_accounts,
                jobs.let_go,
                jobs.send_due,
                jobs.sweep,
            ):
                job(clock.now())
            db.session.remove()

    def look(self) -> None:
        """The worker looks at every account, whenever it is due."""
        with self.site.app.app_context(), db.engine.begin() as connection:
            connection.execute(sa.update(PayeeAccount).values(look_at=clock.now()))
        self.work()

    def account(self) -> str:
        with self.site.app.app_context():
            row = db.session.scalars(sa.select(PayeeAccount)).one()
            return str(row.account_id)

    def status(self) -> str:
        with self.site.app.app_context():
            payout = db.session.scalars(sa.select(Payout)).one()
            return f"{payout.status} {payout.blocked_reason}".strip()


@pytest.fixture
def place(chromium: Any, databases: Databases, tmp_path: Path) -> Iterator[Place]:
    address = databases.make("sqlite", tmp_path)
    with (
        running(tmp_path, address) as app,
        standing_in(app) as there,
        serve(app) as url,
    ):
        for thin in (False, True):
            control.endpoint(there, f"{url}/hooks", HOOK_SECRET, thin=thin)
        control.endpoint(there, f"{url}/hooks", HOOK_SECRET, connect=True)
        yield Place(Site(app, url, chromium), there, **people(app))


def people(app: Flask) -> dict[str, int]:
    """Somebody is owed $75.00, in a run that a second person can release."""
    with app.app_context():
        owing.demo_marker()
        who, payer = make.consultant(), make.payer()
        owed = owing.owed(payer, to=who, rail="manual")
        maker, checker = owing.two_in_finance(payer)
        found = {
            "payee_id": owed.payee_id,
            "person_id": who.id,
            "maker_id": maker.id,
            "checker_id": checker.id,
        }
        db.session.remove()
    return found


@dataclass
class Reader:
    """Somebody's open page, in their language."""

    page: Any
    language: str

    def open(self, path: str) -> "Reader":
        answer = self.page.goto(path)
        assert answer.status == 200, f"{answer.status} {path}"
        assert axe(self.page) == []
        return self

    def say(self, sentence: str) -> str:
        known = spanish().get(sentence) if self.language == "es" else None
        return str(known.string) if known and known.string else sentence

    def reads(self, sentence: str) -> None:
        text = " ".join(self.page.locator("main").inner_text().split())
        assert self.say(sentence) in text, f"{self.say(sentence)!r} not in: {text}"

    def does_not_read(self, sentence: str) -> None:
        assert self.say(sentence) not in self.page.locator("main").inner_text()

    def press(self, button: str) -> "Reader":
        self.page.locator(button).first.click()
        return self


def at_stripe(reader: Reader, setup: str, outcome: str) -> str:
    """Go to the stand-in's page by the link and press a button there."""
    reader.open(setup).press('form[action$="/setup/on"] button')
    reader.reads(LINK)
    link = reader.page.locator('main a[rel="noreferrer"].usa-button')
    address = str(link.get_attribute("href"))
    link.click()
    reader.page.locator(f'button[value="{outcome}"]').click()
    assert reader.page.url.endswith("/continue")
    reader.press("main a.usa-button")
    assert reader.page.url.endswith("/record")
    return address


@pytest.mark.parametrize(("language", "size"), SHAPES)
def test_f54_setting_up_may_be_left_and_finished_and_a_link_works_once(
    place: Place, language: str, size: tuple[int, int]
) -> None:
    with place.site.app.app_context():
        uid = db.session.get_one(Payee, place.payee_id).uid
    setup = f"/record/how/{uid}/setup"
    with place.site.window(place.person_id, language, size) as (page, wrong):
        reader = Reader(page, language)
        choose(reader, uid)
        reader.open(setup).reads("Who will see what")
        page.locator("[name=bank_text]").fill("SURVIVOR")
        reader.press('form[action$="/setup"] button')
        reader.reads("Choose a text that tells nobody what the money is for.")
        page.locator("[name=bank_text]").fill("work pay")
        reader.press('form[action$="/setup"] button')
        reader.reads("Not set up yet")

        old = at_stripe(reader, setup, "leave")
        place.look()
        reader.open(setup).reads("Stripe asks for more details")
        at_stripe(reader, setup, "restrict")
        place.look()
        reader.open(setup).reads(MORE)
        at_stripe(reader, setup, "finish")
        place.look()
        reader.open(setup).reads("Ready")
        reader.does_not_read(MORE)

        page.goto(old)
        assert page.url.endswith("/continue"), "a link works once"
        note = [line for line in wrong if place.there.url not in line]
        assert note == []
    assert len(place.there.store.accounts) == 1
    (chosen,) = place.there.store.settings.values()
    assert chosen["statement_descriptor"] == "WORK PAY"


def choose(reader: Reader, uid: str) -> None:
    """The payee chooses Stripe instead of a payment by hand."""
    reader.open(f"/record/how/{uid}")
    box = reader.page.locator('[name="rail"][value="stripe"]')
    reader.page.locator(f'label[for="{box.get_attribute("id")}"]').click()
    reader.press("main form:not(.press) .actions button")
    reader.reads("Saved. Your next payment goes this way.")


def test_f38_a_payment_waits_arrives_and_a_bank_is_its_payees_to_mend(
    place: Place,
) -> None:
    with place.site.app.app_context():
        uid = db.session.get_one(Payee, place.payee_id).uid
    setup = f"/record/how/{uid}/setup"
    with place.site.window(place.person_id, "en") as (page, _wrong):
        reader = Reader(page, "en")
        choose(reader, uid)
        reader.open(setup).press('form[action$="/setup"] button')
        at_stripe(reader, setup, "leave")
        release(place)
        place.work()
        assert place.status() == "blocked setup"
        at_stripe(reader, setup, "finish")
        place.look()
        place.work()
        assert place.status() == "paid"
        reader.open("/record?show=1").reads("$75.00")

        account = place.account()
        bank = control.bank(place.there, account)["payout"]
        place.look()
        reader.open(setup).reads("The last payment was sent on to your bank.")
        control.bank_refuses(place.there, account, bank)
        place.look()
        words = "Your bank sent a payment back. The money is safe. Have a look."
        reader.open("/")
        news = page.locator("main a", has_text=words)
        assert news.get_attribute("href") == setup
        reader.open(setup).reads("Nobody else is told.")
    with place.site.window(place.checker_id, "en") as (page, _wrong):
        Reader(page, "en").open("/")
        assert not page.locator("main", has_text="bank sent").count()
    assert place.status() == "paid"
    assert len(place.there.store.transfers) == 1


def release(place: Place) -> None:
    with place.site.app.app_context():
        owed = db.session.scalars(sa.select(Payable)).one()
        payer = db.session.get_one(Organization, owed.payer_id)
        maker = db.session.get_one(Person, place.maker_id)
        checker = db.session.get_one(Person, place.checker_id)
        owing.release(owing.prepared(payer, maker, owed), checker)
        db.session.remove()
