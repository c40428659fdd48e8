"""F42: what Back shows after leaving and after signing out, in a browser that keeps.

Over TLS, in production, with the back-forward cache on. The control leaves as other
sites do, the session kept: there Back must show the words, or this proves nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, redirect
from werkzeug.wrappers import Request, Response

from engage.core import clock
from engage.core.db import db
from engage.people import actions
from engage.people.models import Person
from tests import make, tls
from tests.conftest import Databases, make_app

try:
    from playwright import sync_api as api
except ImportError:
    api = None  # the browser fixture says what is missing

Error = getattr(api, "Error", Exception)
pytestmark = pytest.mark.browser
WORDS = ("Walnut lantern", "Cedar harbor", "Willow copper", "Maple onion")
PLAIN = "<!doctype html><title>Rain</title><p>Rain is on its way.</p>"
BACK = 4
SETTLES = 300  # milliseconds


@Request.application
def elsewhere(_: Request) -> Response:
    """Stands for the neutral site."""
    return Response(PLAIN, mimetype="text/html")


class World:
    """The program and the neutral site over TLS, and a browser that keeps pages."""

    def __init__(self, app: Flask, browser: Any, url: str, neutral: str) -> None:
        self.app, self.browser, self.url, self.neutral = app, browser, url, neutral
        with app.app_context():
            person = make.consultant()
            places = [make.organization() for _ in WORDS]
            for place, words in zip(places, WORDS, strict=True):
                make.alias(person, place, words)
            self.person_id = person.id
            self.paths = [f"/account/names/{place.uid}" for place in places]

    def token(self) -> str:
        with self.app.app_context():
            person = db.session.scalar(
                sa.select(Person).where(Person.id == self.person_id)
            )
            assert person is not None
            return actions.start_sign_in(person, now=clock.now())

    def window(self, *, script: bool) -> Any:
        """A signed-in page that has opened all four private pages, one by one."""
        context = self.browser.new_context(java_script_enabled=script)
        context.set_default_timeout(10_000)
        tls.sign_in(context, self.app, self.url, self.token())
        page = context.new_page()
        for path, words in zip(self.paths, WORDS, strict=True):
            page.goto(self.url + path)
            assert words in page.content()
        return page

    def met(self, page: Any) -> list[str]:
        """Private words that four times Back brings to the screen."""
        found = []
        for _ in range(BACK):
            go_back(page)
            shown = page.content()
            found += [words for words in WORDS if words in shown]
        return found


def go_back(page: Any) -> None:
    """Press Back, as the browser's own button does; nothing at the first page."""
    reader = page.context.new_cdp_session(page)
    history = reader.send("Page.getNavigationHistory")
    entries, here = history["entries"], history["currentIndex"]
    if here > 0:
        entry = {"entryId": entries[here - 1]["id"]}
        reader.send("Page.navigateToHistoryEntry", entry)
    # A page that comes back asks for itself again: that too has to have happened.
    page.wait_for_timeout(SETTLES)
    while not is_at_rest(page):
        page.wait_for_timeout(SETTLES)
    reader.detach()


def is_at_rest(page: Any) -> bool:
    try:
        return bool(page.evaluate("document.readyState === 'complete'"))
    except Error:  # it has just gone on to another page
        return False


@pytest.fixture(scope="module")
def world(
    chromium: Any, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("tls")
    by = tls.certificate(folder)
    app = make_app(folder, databases.make("sqlite", folder), mode="production")
    with ExitStack() as at_end:
        neutral = at_end.enter_context(tls.serve(elsewhere, by, "localhost"))
        app.config["SETTINGS"] = replace(
            app.config["SETTINGS"], neutral_site=neutral + "/"
        )
        url = at_end.enter_context(tls.serve(app, by, "127.0.0.1"))
        browser = at_end.enter_context(tls.keeping(chromium, by))
        yield World(app, browser, url, neutral)


def by_link(page: Any) -> None:
    page.locator("a.leave").click()


def by_shift(page: Any) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")


def by_signing_out(page: Any) -> None:
    page.locator("form[action$='/out'] button").click()


LEAVING = [(by_link, True), (by_link, False), (by_shift, True)]
OUT = [(by_signing_out, True), (by_signing_out, False)]


@pytest.mark.parametrize(("way", "script"), [*LEAVING, *OUT])
def test_f42_back_shows_no_private_text(
    world: World, way: Callable[[Any], None], script: bool
) -> None:
    page = world.window(script=script)
    way(page)
    page.wait_for_url(lambda url: url.startswith((world.neutral, world.url + "/in")))
    if way is not by_signing_out:
        assert "Rain" in page.content()
    assert world.met(page) == []
    page.context.close()


@pytest.mark.parametrize("script", [True, False])
def test_f42_control_back_shows_it_when_the_session_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, script: bool
) -> None:
    def only_go() -> Any:
        return redirect(world.neutral + "/", 303)

    monkeypatch.setitem(world.app.view_functions, "people.leave", only_go)
    page = world.window(script=script)
    by_link(page)
    page.wait_for_url(world.neutral + "/")
    met = world.met(page)
    page.context.close()
    assert len(set(met)) >= 3


def test_f42_control_this_browser_keeps_pages(world: World) -> None:
    """Without it the cases above would be those of a browser that keeps nothing."""
    page = world.window(script=False)
    page.evaluate("document.body.dataset.mark = 'kept'")
    page.goto(world.neutral)
    go_back(page)
    assert 'data-mark="kept"' in page.content()
    page.context.close()
