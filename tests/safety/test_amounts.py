"""Amounts on a consultant's pages: hidden until asked for, also without script."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from engage.core.access import Role
from tests import pages
from tests.filled import Filled
from tests.site import Site, serve
from tests.visits import visits

HIDDEN = re.compile(r'<span class="sum"><span>[^<]*</span></span>')
TAGS = re.compile(r"<[^>]+>")
AMOUNT = re.compile(r"\$\d")
# A figure of the law or of a form's own words, the same for everybody, and what
# somebody has just typed or asked to see.
OPEN: dict[str, str] = {}


def consultants(app: Any) -> list[pages.Spot]:
    found = pages.spots(app)
    return [spot for spot in found if spot.role == Role.CONSULTANT]


def test_no_page_of_a_consultant_shows_an_amount_unasked(filled: Filled) -> None:
    app = filled("small")
    wrong, hidden = {}, 0
    for visit in visits(app):
        spot = visit.spot
        if not visit.is_page or spot.role != Role.CONSULTANT:
            continue
        hidden += len(HIDDEN.findall(visit.text))
        left = TAGS.sub(" ", HIDDEN.sub("", visit.text))
        if AMOUNT.search(left) and spot.endpoint not in OPEN:
            at = AMOUNT.search(left).start()  # type: ignore[union-attr]
            wrong[spot.name] = " ".join(left[max(0, at - 60) : at + 12].split())
    assert wrong == {}
    assert hidden > 5


@pytest.fixture
def site(filled: Filled, chromium: Any) -> Iterator[Site]:
    app = filled("small")
    with serve(app) as url:
        yield Site(app, url, chromium)


@pytest.mark.browser
def test_one_press_shows_them_without_script(site: Site) -> None:
    with site.app.app_context():
        spots = [s for s in consultants(site.app) if s.endpoint == "engagements.show"]
    with site.window(spots[0].person_id, "en") as (page, _):
        page.context.route("**/*.js", lambda asked: asked.abort())
        page.goto(spots[0].path)
        sums = page.locator(".sum > span")
        assert sums.count() > 0
        assert not sums.first.is_visible()
        page.get_by_label("Show the amounts").focus()
        page.keyboard.press("Space")
        assert sums.first.is_visible()
        page.reload()
        assert not sums.first.is_visible()
