"""Every page in a real browser: accessible, within its width, from us alone."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from tests.browsing import NARROW, WIDE, axe
from tests.filled import Filled
from tests.pages import Spot
from tests.site import Site, by_person, serve

pytestmark = pytest.mark.browser
TELEPHONES = (390, 320)
# Spanish has the longer words; the markup is the same, and the proof opens both.
LANGUAGES = [pytest.param("en", marks=pytest.mark.prove), "es"]
INLINE = """() => [...document.querySelectorAll('*')].flatMap(one => [
  ...(one.hasAttribute('style') ? ['style on ' + one.tagName] : []),
  ...one.getAttributeNames().filter(name => name.startsWith('on')),
  ...(one.tagName === 'STYLE' ? ['a style element'] : []),
  ...(one.tagName === 'SCRIPT' && !one.src ? ['a script without address'] : []),
])"""
WIDEST = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.tagName + '.' + one.className).slice(0, 3)"""
Look = Callable[[Any], list[str]]


@pytest.fixture(scope="module")
def site(filled: Filled, chromium: Any) -> Iterator[Site]:
    app = filled("small")
    with serve(app) as url:
        yield Site(app, url, chromium)


def look_at(
    site: Site, spots: list[Spot], language: str, size: tuple[int, int], look: Look
) -> dict[str, list[str]]:
    """What `look` finds on each page, and what the browser complains of."""
    found: dict[str, list[str]] = {}
    for person_id, theirs in by_person(spots).items():
        with site.window(person_id, language, size) as (page, wrong):
            for spot in theirs:
                answer = page.goto(spot.path)
                seen = [] if answer.status < 400 else [f"status {answer.status}"]
                seen += look(page) + wrong
                wrong.clear()
                if seen:
                    found[spot.name] = seen
    return found


def inline(page: Any) -> list[str]:
    """Styles and scripts that stand in the page itself."""
    return list(page.evaluate(INLINE))


def sideways(page: Any) -> list[str]:
    """Telephone widths at which the page is wider than the screen, and what is."""
    found = []
    for width in TELEPHONES:
        page.set_viewport_size({"width": width, "height": 844})
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            found.append(f"{over} px too wide at {width}: {page.evaluate(WIDEST)}")
    return found


class Looked(NamedTuple):
    """What was found on each page of a language."""

    barriers: dict[str, list[str]]
    too_wide: dict[str, list[str]]


@pytest.fixture(scope="module", params=LANGUAGES)
def looked(site: Site, request: pytest.FixtureRequest) -> Looked:
    """Each page is opened once, since that is what takes long: wide, then narrowed."""
    too_wide: dict[str, list[str]] = {}

    def look(page: Any) -> list[str]:
        lang = page.locator("html").get_attribute("lang")
        found = axe(page) + inline(page) + ([] if lang == request.param else [lang])
        over = sideways(page)
        if over:
            too_wide[page.url] = over
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        return found

    barriers = look_at(site, site.templates(), request.param, WIDE, look)
    return Looked(barriers, too_wide)


def test_no_page_has_a_barrier(looked: Looked) -> None:
    assert looked.barriers == {}


def test_no_page_scrolls_sideways_on_a_telephone(looked: Looked) -> None:
    assert looked.too_wide == {}


@pytest.mark.prove  # the stories look at most of them so
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_first_page_has_a_barrier_on_a_telephone(site: Site, language: str) -> None:
    first = [
        spot
        for spot in site.templates()
        if spot.endpoint in {"home.index", "people.sign_in", "offers.show"}
    ]
    assert look_at(site, first, language, NARROW, axe) == {}


@pytest.mark.prove
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_page_of_any_role_has_a_barrier(
    site: Site, language: str, size: tuple[int, int]
) -> None:
    assert look_at(site, site.spots(), language, size, axe) == {}


def test_a_page_with_a_style_or_too_wide_is_caught(site: Site) -> None:
    with site.window(None, "en", NARROW) as (page, _):
        page.goto("/in")
        assert inline(page) == sideways(page) == []
        page.evaluate("document.querySelector('h1').style.width = '900px'")
        assert inline(page)
        assert sideways(page)
