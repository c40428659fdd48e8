"""Leaving within reach: by key, by thumb, without script, without a server."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.access import Role
from engage.core.db import db
from tests import pages
from tests.clients import Browser
from tests.conftest import make_app
from tests.filled import Filled
from tests.site import Site, serve

NEUTRAL = "https://www.weather.gov/"
AWAY = "**/leave"
PHONE, ZOOMED = (320, 568), (320, 256)  # the second is 1280 x 1024 at 400 %
REACHED = """() => {
  const link = document.querySelector('a.leave');
  const box = link.getBoundingClientRect();
  const at = (x, y) => link.contains(document.elementFromPoint(x, y));
  return box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight
    && box.height >= 24 && at(box.left + 4, box.top + 4)
    && at(box.right - 4, box.bottom - 4)
    && at((box.left + box.right) / 2, (box.top + box.bottom) / 2);
}"""
LOST = "postgresql+psycopg://nobody@127.0.0.1:9/none"
SHOWN = "() => [document.documentElement.hidden, document.title]"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def site(filled: Filled, chromium: Any) -> Iterator[Site]:
    app = filled("small")
    with serve(app) as url:
        yield Site(app, url, chromium)


@pytest.fixture
def consultant_id(site: Site) -> int:
    with site.app.app_context():
        return pages.person_of(Role.CONSULTANT)


@pytest.fixture
def opened(site: Site, consultant_id: int) -> Iterator[Any]:
    """The consultant's first page; the answer to leaving is played."""
    with site.window(consultant_id, "en") as (page, _):
        for place in (NEUTRAL, AWAY):
            page.context.route(place, lambda asked: asked.fulfill(body="Rain"))
        page.goto("/")
        yield page


@pytest.mark.browser
class TestTheButton:
    def test_it_is_the_first_stop_after_the_skip_link(self, opened: Any) -> None:
        opened.keyboard.press("Tab")
        assert opened.evaluate("document.activeElement.hash") == "#main"
        opened.keyboard.press("Tab")
        assert opened.evaluate("document.activeElement.className") == "leave"

    def test_there_is_another_one_for_assistive_technology(self, opened: Any) -> None:
        links = opened.get_by_role("link", name="Leave this page")
        assert links.count() == 2
        links.last.focus()
        opened.keyboard.press("Enter")
        opened.wait_for_url(AWAY)

    def test_it_hides_the_page_before_anything_is_asked(self, opened: Any) -> None:
        opened.route(AWAY, lambda _: None)
        press = "document.querySelector('a.leave').click()"
        seen = opened.evaluate(f"() => {{ {press}; return ({SHOWN})(); }}")
        assert seen == [True, "Engage"]

    def test_a_server_that_does_not_answer_is_not_waited_for(self, opened: Any) -> None:
        asked: list[str] = []
        opened.route(AWAY, lambda request: asked.append(request.request.url))
        opened.locator("a.leave").click(no_wait_after=True)
        opened.wait_for_url(NEUTRAL, timeout=3000)
        # The second request outlives the page, so that the sign-in ends all the same.
        assert len(asked) == 2

    def test_the_place_in_the_history_is_taken_over(self, opened: Any) -> None:
        before = opened.evaluate("history.length")
        opened.locator("a.leave").click()
        opened.wait_for_url(AWAY)
        assert opened.evaluate("history.length") == before


@pytest.mark.browser
class TestThreeTimesShift:
    def said(self, page: Any) -> str:
        return str(page.locator("[data-leave-voice]").inner_text())

    def test_each_press_is_said_and_the_third_leaves(self, opened: Any) -> None:
        assert opened.locator("[data-leave-voice]").get_attribute("role") == "status"
        opened.keyboard.press("Shift")
        assert "2 more times" in self.said(opened)
        opened.keyboard.press("Shift")
        assert "1 more time" in self.said(opened)
        opened.keyboard.press("Shift")
        opened.wait_for_url(AWAY)

    def test_after_five_seconds_it_begins_anew_and_says_so(self, opened: Any) -> None:
        opened.clock.install()
        opened.reload()
        opened.keyboard.press("Shift")
        opened.keyboard.press("Shift")
        opened.clock.fast_forward(5001)
        assert "stopped" in self.said(opened)
        opened.keyboard.press("Shift")
        assert "2 more times" in self.said(opened)

    def test_typing_a_capital_letter_is_not_leaving(self, opened: Any) -> None:
        for _ in range(4):
            opened.keyboard.press("Shift+A")
        assert self.said(opened) == ""


@pytest.mark.browser
@pytest.mark.parametrize("size", [PHONE, ZOOMED], ids=["telephone", "400 percent"])
def test_it_is_never_covered_or_scrolled_away(
    site: Site, consultant_id: int, size: tuple[int, int]
) -> None:
    wrong = []
    with site.window(consultant_id, "es", size) as (page, _):
        for path in ("/", "/account", "/limits", "/safety", "/nowhere"):
            page.goto(path)
            page.evaluate(
                "document.querySelector('[data-idle]')?.removeAttribute('hidden')"
            )
            for part in range(5):
                page.evaluate(f"scrollTo(0, document.body.scrollHeight * {part} / 4)")
                if not page.evaluate(REACHED):
                    wrong.append(f"{path} at {part}/4")
    assert wrong == []


@pytest.mark.browser
def test_a_link_that_scrolls_away_is_noticed(site: Site, consultant_id: int) -> None:
    """The control of the test above: without `sticky` it must fail."""
    with site.window(consultant_id, "es", ZOOMED) as (page, _):
        page.goto("/safety")
        page.evaluate("document.querySelector('.top').style.position = 'static'")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        assert not page.evaluate(REACHED)


@pytest.fixture
def adrift(tmp_path: Path) -> Browser:
    """A browser with a sign-in, whose server has lost its database."""
    app: Flask = make_app(tmp_path, "sqlite:///:memory:", mode="production")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        db.engines[None] = sa.create_engine(LOST)
    browser = app.test_client()
    assert isinstance(browser, Browser)
    signed = browser._signer().dumps({"_user_id": "x" * 43})
    browser.set_cookie("__Host-id", signed)
    browser.set_cookie("__Host-own", "y" * 43)
    return browser


def test_f05_leaving_works_while_the_database_is_away(adrift: Browser) -> None:
    answer = adrift.get("/leave", base_url="https://localhost")
    assert (answer.status_code, answer.location) == (303, NEUTRAL)
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    ended = [
        each for each in answer.headers.getlist("Set-Cookie") if "Max-Age=0" in each
    ]
    assert len(ended) == 2


def test_f05_a_page_is_a_plain_503_from_which_one_can_leave(adrift: Browser) -> None:
    answer = adrift.get("/", base_url="https://localhost")
    assert answer.status_code == 503
    assert re.search(r'<a class="leave" href="/leave"', answer.text)
    assert "/safety" in answer.text
