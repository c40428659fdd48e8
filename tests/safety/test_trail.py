"""The option that leaves no trail of pages in the tab."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from engage.core.access import Role
from engage.core.db import db, transaction
from engage.people.models import Person
from tests import pages
from tests.clients import Browser
from tests.filled import Filled, browser_of, undone
from tests.site import Site, serve

LENGTH = "history.length"


@pytest.fixture
def site(filled: Filled, chromium: Any) -> Iterator[Site]:
    app = filled("small", own="trail")
    with serve(app) as url:
        yield Site(app, url, chromium)


def choose(site: Site, *, wanted: bool) -> int:
    with site.app.app_context(), transaction() as session:
        person_id = pages.person_of(Role.CONSULTANT)
        session.execute(
            sa.update(Person)
            .where(Person.id == person_id)
            .values(leaves_no_trail=wanted)
        )
    return person_id


def walk(page: Any) -> None:
    """Links, a form that is refused, a form that goes through, a filter or a jump."""
    page.goto("/")
    page.locator("footer a[href='/safety']").click()
    page.wait_for_url("**/safety")
    page.locator(".top .name").click()
    page.wait_for_url(lambda url: url.endswith("/"))
    page.locator("nav a[href='/account']").click()
    page.wait_for_url("**/account")
    page.locator("main form:has(select) button").click()
    page.locator("main [role=status]").wait_for()


@pytest.mark.browser
def test_the_tab_holds_one_page(site: Site) -> None:
    with site.window(choose(site, wanted=True), "en") as (page, wrong):
        page.goto("/")
        before = page.evaluate(LENGTH)
        walk(page)
        page.locator("a.usa-skipnav").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        assert page.evaluate(LENGTH) == before
        assert wrong == []


@pytest.mark.browser
def test_a_form_that_is_refused_says_why_in_place(site: Site) -> None:
    with site.window(choose(site, wanted=True), "en") as (page, wrong):
        page.goto("/account/mail")
        before = page.evaluate(LENGTH)
        page.locator("label[for=contact-1]").click()
        page.locator("button", has_text="Save").first.click()
        page.locator("#problems").wait_for()
        assert page.evaluate("document.activeElement.id") == "problems"
        page.locator("#email").fill("me@example.org")
        page.locator("button", has_text="Save").first.click()
        page.wait_for_url("**/account")
        assert page.evaluate(LENGTH) == before
        assert wrong == []


@pytest.mark.browser
def test_control_without_the_option_pages_are_added(site: Site) -> None:
    with site.window(choose(site, wanted=False), "en") as (page, _):
        page.goto("/")
        before = page.evaluate(LENGTH)
        walk(page)
        assert page.evaluate(LENGTH) >= before + 3


def test_it_is_chosen_on_the_account_page(filled: Filled) -> None:
    app = filled("small")
    with undone(app):
        person_id = pages.person_of(Role.CONSULTANT)
        browser: Browser = browser_of(app, person_id)
        assert "js/trail.js" not in browser.get("/account").text
        sent = {"language": "en", "zone": "America/New_York", "week_start": "6"}
        browser.post("/account", data={**sent, "leaves_no_trail": "y"})
        assert "js/trail.js" in browser.get("/account").text
        person = db.session.get_one(Person, person_id, populate_existing=True)
        assert person.leaves_no_trail
